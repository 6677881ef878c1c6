/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void expect(const char *row, const char *what, struct text got, const char *wanted)
{
	if (!text_equal(got, text_of(wanted)))
		fail_msg("\"%s\": %s is \"%.*s\", wanted \"%s\"", row, what, (int)got.len, got.len ? got.at : "", wanted);
}

static void image_keys(void **state)
{
	static const struct {
		const char *text;
		enum conf_key key;
		bool mixed;
		const char *image;
	} rows[] = {
		{ "",                              CONF_KEY_NONE,  false, NULL        },
		{ "title a\n",                     CONF_KEY_NONE,  false, NULL        },
		{ "linux /vmlinuz\n",              CONF_KEY_LINUX, false, "/vmlinuz"  },
		{ "uki /EFI/a.efi",                CONF_KEY_UKI,   false, "/EFI/a.efi" },
		{ "efi \\EFI\\a.efi\r\n",          CONF_KEY_EFI,   false, "\\EFI\\a.efi" },
		{ "efi vmlinuz",                   CONF_KEY_EFI,   false, "vmlinuz"   },
		{ "efi /a b.efi",                  CONF_KEY_EFI,   false, "/a b.efi"  },
		{ "efi /a\nefi /b",                CONF_KEY_EFI,   false, "/b"        },
		{ "linux /a\nefi /b",              CONF_KEY_EFI,   true,  "/b"        },
		{ "efi /a\nuki /b",                CONF_KEY_UKI,   true,  "/b"        },
		{ "efi /a\nlinux /b\nefi /c",      CONF_KEY_EFI,   true,  "/c"        },
		{ "EFI /a",                        CONF_KEY_NONE,  false, NULL        },
		{ "Linux /a",                      CONF_KEY_NONE,  false, NULL        },
		{ "efi",                           CONF_KEY_NONE,  false, NULL        },
		{ "efix /a\nxefi /b\nef /c",       CONF_KEY_NONE,  false, NULL        },
		{ "#efi /a",                       CONF_KEY_NONE,  false, NULL        },
		{ "efi=/a",                        CONF_KEY_NONE,  false, NULL        },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct conf conf;

		memset(&conf, 0xA5, sizeof(conf));
		conf_parse(text_of(rows[i].text), &conf);
		if (conf.key != rows[i].key || conf.mixed != rows[i].mixed)
			fail_msg("\"%s\": key %d, mixed %d", rows[i].text, (int)conf.key, conf.mixed);
		expect(rows[i].text, "image", conf.image, rows[i].image);
	}
}

static void all_texts(void **state)
{
	static const char text[] = "# made by hand\n"
				   "title\t\"Kairos (active)\"\r\n"
				   "sort-key  kairos\n"
				   "version 1.2.3\n"
				   "machine-id 0123\n"
				   "architecture X64\n"
				   "initrd /initrd\n"
				   "options a=b c\n"
				   "options quiet\n"
				   "sort-key other\n"
				   "profile 2\n"
				   "efi /a.efi";
	struct conf conf;

	conf_parse(text_of(text), &conf);
	expect("all", "title", conf.title, "Kairos (active)");
	expect("all", "sort-key", conf.sort_key, "other");
	expect("all", "version", conf.version, "1.2.3");
	expect("all", "machine-id", conf.machine_id, "0123");
	expect("all", "architecture", conf.architecture, "X64");
	expect("all", "options", conf.options, "quiet");
	expect("all", "image", conf.image, "/a.efi");
	assert_true(conf.has_profile);
	assert_int_equal(conf.profile, 2);
}

static void profiles(void **state)
{
	static const struct {
		const char *text;
		bool has;
		uint32_t profile;
	} rows[] = {
		{ "",                     false, 0          }, { "profile 0",          true,  0 },
		{ "profile 4294967295",   true,  UINT32_MAX }, { "profile 4294967296", false, 0 },
		{ "profile main",         false, 0          }, { "profile -1",         false, 0 },
		{ "profile 1\nprofile x", true,  1          }, { "profile 1\nprofile 2", true, 2 },
		{ "profile \"1\"",        true,  1          }, { "profile",            false, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct conf conf;

		conf_parse(text_of(rows[i].text), &conf);
		if (conf.has_profile != rows[i].has || conf.profile != rows[i].profile)
			fail_msg("\"%s\": %d %u", rows[i].text, conf.has_profile, conf.profile);
	}
}

static void any_bytes(void **state)
{
	char bytes[300];
	struct conf conf;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		for (size_t from = 0; from < 8 && from <= len; from++) {
			conf_parse((struct text){ bytes + from, len - from }, &conf);
			assert_int_equal(conf.key, CONF_KEY_NONE);
		}
	conf_parse(TEXT("efi /a\0\nefi /b"), &conf);
	expect("NUL", "image", conf.image, "/a");
	conf_parse(TEXT("e\0f\0i\0 \0/\0"), &conf); /* UTF-16 */
	assert_int_equal(conf.key, CONF_KEY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_keys), cmocka_unit_test(all_texts), cmocka_unit_test(profiles),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
