/* SPDX-License-Identifier: Apache-2.0 */
#include "berth.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "own_option.h"
#include "path.h"

const struct berth berths[] = {
	{ "driver+net", PART_APPLICATION | PART_DRIVER | PART_BEHIND },
	{ "driver", PART_DRIVER },
	/* systemd-boot tries nothing else when its default is refused: what firmware starts next must be another file. */
	{ "entry", PART_APPLICATION | PART_COPY | PART_ENTRY | PART_DEFAULT_ENTRY | PART_BEHIND },
	{ "type2", PART_TYPE2 | PART_COPY | PART_DEFAULT_TYPE2 | PART_BEHIND },
	{ "first", PART_APPLICATION | PART_FRONT },
	{ "net", PART_APPLICATION | PART_BEHIND },
	{ NULL, 0 },
};

static const struct text ids[] = { BERTH_ENTRY_ID, BERTH_TYPE2_ID };
const struct loader_conf_ids berth_ids = { ids, sizeof(ids) / sizeof(ids[0]) };

struct text berth_option_file(unsigned parts)
{
	return parts & PART_COPY ? BERTH_COPY : BERTH_APPLICATION;
}

const struct berth *berth_named(const char *name)
{
	for (const struct berth *berth = berths; berth->name; berth++)
		if (strcmp(berth->name, name) == 0)
			return berth;
	return NULL;
}

static bool is_there(int root, struct text path)
{
	size_t links = 0;
	_closes_ int fd = path_open(root, path, &links);
	return fd >= 0;
}

unsigned berth_parts_found(struct machine *machine)
{
	static const struct {
		enum berth_part part;
		struct text path;
	} files[] = { { PART_APPLICATION, BERTH_APPLICATION },
		      { PART_COPY, BERTH_COPY },
		      { PART_DRIVER, BERTH_DRIVER },
		      { PART_TYPE2, BERTH_TYPE2 },
		      { PART_ENTRY, BERTH_ENTRY } };
	struct text loader_conf = tree_text(&machine->world.tree, BERTH_LOADER_CONF.at);
	struct own_option own;
	unsigned parts = 0;
	_closes_ int root = open(machine->place.esp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; root >= 0 && i < sizeof(files) / sizeof(files[0]); i++)
		parts |= is_there(root, files[i].path) ? files[i].part : 0;
	parts |= loader_conf_is_pinned(loader_conf, BERTH_ENTRY_ID) ? PART_DEFAULT_ENTRY : 0;
	parts |= loader_conf_is_pinned(loader_conf, BERTH_TYPE2_ID) ? PART_DEFAULT_TYPE2 : 0;
	if (machine->live.state == LIVE_ELSEWHERE || machine->live.state == LIVE_NO_VARIABLES)
		return parts;
	own_option_read(machine, &own);
	parts |= own_option_is_placed(&own, OWN_BEHIND) ? PART_BEHIND : 0;
	parts |= own_option_is_placed(&own, OWN_FRONT) ? PART_FRONT : 0;
	return parts;
}

struct text berth_words(struct heap *heap, unsigned parts)
{
	static const struct {
		unsigned parts;
		struct text word;
	} pieces[] = {
		{ PART_DRIVER, TEXT("driver") },
		{ PART_APPLICATION | PART_BEHIND, TEXT("net") },
		{ PART_APPLICATION | PART_FRONT, TEXT("first") },
		{ PART_APPLICATION | PART_ENTRY | PART_DEFAULT_ENTRY, TEXT("entry") },
		{ PART_TYPE2 | PART_DEFAULT_TYPE2, TEXT("type2") },
	};
	struct text words = TEXT_EMPTY;
	if (parts & PART_COPY) /* the option is the copy's */
		parts &= ~(unsigned)PARTS_OPTION;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		if ((parts & pieces[i].parts) != pieces[i].parts)
			continue;
		const struct text joined[] = { words, words.len ? TEXT("+") : TEXT_EMPTY, pieces[i].word };
		words = heap_join(heap, joined, 3);
	}
	return words;
}
