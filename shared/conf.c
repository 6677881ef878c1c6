/* SPDX-License-Identifier: Apache-2.0 */
#include "conf.h"

#include "keyvalue.h"

/* systemd-boot compares keys with their letter case. */
static bool key_is(struct text key, const char *name)
{
	return text_equal(key, text_of(name));
}

static enum conf_key image_key(struct text key)
{
	if (key_is(key, "linux"))
		return CONF_KEY_LINUX;
	if (key_is(key, "uki"))
		return CONF_KEY_UKI;
	if (key_is(key, "efi"))
		return CONF_KEY_EFI;
	return CONF_KEY_NONE;
}

static void image_take(struct conf *conf, enum conf_key key, struct text image)
{
	if (conf->key != CONF_KEY_NONE && conf->key != key)
		conf->mixed = true;
	conf->key = key;
	conf->image = image;
}

static void profile_take(struct conf *conf, struct text value)
{
	uint64_t profile;

	if (!text_to_uint(value, UINT32_MAX, &profile))
		return;
	conf->has_profile = true;
	conf->profile = (uint32_t)profile;
}

static struct text *text_of_key(struct conf *conf, struct text key)
{
	if (key_is(key, "title"))
		return &conf->title;
	if (key_is(key, "sort-key"))
		return &conf->sort_key;
	if (key_is(key, "version"))
		return &conf->version;
	if (key_is(key, "machine-id"))
		return &conf->machine_id;
	if (key_is(key, "architecture"))
		return &conf->architecture;
	if (key_is(key, "options"))
		return &conf->options;
	return NULL;
}

void conf_parse(struct text bytes, struct conf *ret)
{
	struct keyvalue_reader reader = { .rest = bytes, .separators = KEYVALUE_BLANK };
	struct keyvalue pair;
	struct conf conf = { .key = CONF_KEY_NONE };

	while (keyvalue_next(&reader, &pair)) {
		enum conf_key key = image_key(pair.key);
		struct text *text = text_of_key(&conf, pair.key);

		if (key != CONF_KEY_NONE)
			image_take(&conf, key, pair.value);
		else if (text)
			*text = pair.value;
		else if (key_is(pair.key, "profile"))
			profile_take(&conf, pair.value);
	}
	*ret = conf;
}
