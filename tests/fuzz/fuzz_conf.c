/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an entry: as lines "key value", as a Type #1 entry, as os-release. */
#include "claim.h"
#include "shared/conf.h"
#include "shared/image.h"
#include "shared/inventory.h"
#include "shared/keyvalue.h"

static void check_pairs(struct text bytes, const char *separators)
{
	struct keyvalue_reader reader = { .rest = bytes, .separators = separators };
	struct keyvalue pair = { .line = 0 };
	uint32_t before = 0;

	while (keyvalue_next(&reader, &pair)) {
		claim_borrowed(pair.key, bytes);
		claim_borrowed(pair.value, bytes);
		claim(pair.line > before, "lines go backwards");
		claim(!text_contains(pair.key, '\n') && !text_contains(pair.value, '\n'), "a pair over two lines");
		claim(!text_contains(pair.value, '\0'), "a NUL in a value");
		before = pair.line;
	}
	claim(reader.line <= bytes.len + 1, "more lines than bytes");
}

static void check_conf(struct text bytes)
{
	struct conf conf;
	struct entry entry = entry_of_name(TEXT("active.conf"));

	conf_parse(bytes, &conf);
	entry_read_conf(&entry, bytes);
	claim(conf.key <= CONF_KEY_EFI, "a key out of its range");
	claim(conf.key != CONF_KEY_NONE || conf.image.len == 0, "an image without a key");
	claim(conf.key != CONF_KEY_NONE || !conf.mixed, "keys are mixed, and there is none");
	claim(conf.has_profile || conf.profile == 0, "a profile that is not there");
	const struct text texts[] = { conf.image,      conf.title,	  conf.sort_key, conf.version,
				      conf.machine_id, conf.architecture, conf.options };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		claim_borrowed(texts[i], bytes);
}

static void check_osrel(struct text bytes)
{
	struct osrel osrel;

	osrel_parse(bytes, &osrel);
	claim_borrowed(osrel.title, bytes);
	claim_borrowed(osrel.sort_key, bytes);
	claim_borrowed(osrel.version, bytes);
	claim(osrel.title.len || !osrel.sort_key.len, "a sort-key without a title: both may come from ID");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };

	check_pairs(bytes, KEYVALUE_BLANK);
	check_pairs(bytes, KEYVALUE_EQUALS);
	check_conf(bytes);
	check_osrel(bytes);
	return 0;
}
