/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl role: which role the running system has, by the entry that systemd-boot started. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "options.h"
#include "shared/roles.h"

static bool role_by_word(const char *word, enum role *ret)
{
	for (enum role role = ROLE_ACTIVE; role <= ROLE_NONE; role++)
		if (text_equal(text_of(word), role_name(role))) {
			*ret = role;
			return true;
		}
	return false;
}

/* The entry counts, not the decision: a person may have chosen another one in the menu. The decision knows configured roles. */
static enum role role_of(const struct live *live)
{
	struct entry entry = entry_of_name(live->selected);
	struct config config;
	enum role role;
	config_set_defaults(&config);
	struct text word = live_word(live->decision, "role");
	if (id_hash(live->selected) == id_hash(live_word(live->decision, "entry")))
		for (role = ROLE_ACTIVE; role < ROLE_NONE; role++)
			if (text_equal(word, role_name(role)))
				return role;
	return roles_of_entry(&config, &entry);
}

static int refuse(const struct live *live)
{
	fprintf(stderr, "bootpilotctl: the role of this system cannot be told: %s.\n",
		live->state == LIVE_NO_LOADER ? "it was not started by systemd-boot"
		: live->error == -EOPNOTSUPP  ? "the kernel runs without EFI runtime services"
					      : "EFI variables cannot be read");
	return EXIT_FAILED;
}

int command_role(const struct options *options)
{
	struct heap heap = { .newest = NULL };
	struct live live;
	enum role wanted;
	bool found = false;
	for (size_t i = 0; i < options->operand_count; i++)
		if (!options->is || !role_by_word(options->operands[i], &wanted))
			return options_refuse("role",
					      options->is ? "no role has the name " : "this goes only with --is: ",
					      options->operands[i]);
	if (options->is && !options->operand_count)
		return options_refuse("role", "--is needs at least one role", "");

	live_read(&heap, TEXT_EMPTY, &live);
	int status = EXIT_DONE;
	if (!live.selected.len) {
		status = refuse(&live);
	} else {
		enum role role = role_of(&live);
		for (size_t i = 0; i < options->operand_count; i++)
			found |= role_by_word(options->operands[i], &wanted) && wanted == role;
		if (options->is)
			status = found ? EXIT_DONE : EXIT_FAILED;
		else if (options->json)
			words_json_print(json_pack("{s:i, s:s, s:o, s:o}", "schema", 1, "command", "role", "role",
						   words_json(&heap, role_name(role)), "entry",
						   words_json(&heap, live.selected)));
		else
			printf("%.*s\n", SHOWN(role_name(role)));
	}
	heap_free(&heap);
	return status;
}
