/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keyvalue.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BYTES(literal) { (literal), sizeof(literal) - 1 }

/* All pairs of TEXT as "line:key=value|". */
static void expect_pairs(struct text text, const char *separators, const char *wanted)
{
	char memory[256];
	struct writer w = WRITER(memory);
	struct keyvalue_reader reader = { .rest = text, .separators = separators };
	struct keyvalue pair;

	while (keyvalue_next(&reader, &pair)) {
		write_uint(&w, pair.line);
		write_char(&w, ':');
		write_text(&w, pair.key);
		write_char(&w, '=');
		write_text(&w, pair.value);
		write_char(&w, '|');
	}
	if (w.overflow || !text_equal(writer_text(&w), text_of(wanted)))
		fail_msg("\"%.*s\": got \"%.*s\", wanted \"%s\"", (int)text.len, text.at ? text.at : "", (int)w.len,
			 memory, wanted);

	pair = (struct keyvalue){ TEXT("untouched"), TEXT("untouched"), 7 };
	if (keyvalue_next(&reader, &pair) || !text_equal(pair.key, TEXT("untouched")) ||
	    !text_equal(pair.value, TEXT("untouched")) || pair.line != 7)
		fail_msg("\"%.*s\": the end is not the end", (int)text.len, text.at ? text.at : "");
}

struct row {
	struct text text;
	const char *wanted;
};

static void blanks(void **state)
{
	static const struct row rows[] = {
		{ { NULL, 0 },                         ""                       },
		{ BYTES(""),                           ""                       },
		{ BYTES("\n\r\n \t\n"),                ""                       },
		{ BYTES("title Kairos"),               "1:title=Kairos|"        },
		{ BYTES("title Kairos\n"),             "1:title=Kairos|"        },
		{ BYTES("title\tKairos OS \t\n"),      "1:title=Kairos OS|"     },
		{ BYTES("  title \t  Kairos"),         "1:title=Kairos|"        },
		{ BYTES("title a=b"),                  "1:title=a=b|"           },
		/* line ends */
		{ BYTES("a 1\nb 2"),                   "1:a=1|2:b=2|"           },
		{ BYTES("a 1\r\nb 2\r\n"),             "1:a=1|2:b=2|"           },
		{ BYTES("a 1\rb 2"),                   "1:a=1|2:b=2|"           },
		{ BYTES("a 1\n\n\nb 2"),               "1:a=1|4:b=2|"           },
		{ BYTES("a 1\n\r\nb 2"),               "1:a=1|3:b=2|"           },
		/* comments at the start of a line only */
		{ BYTES("#a 1\nb 2"),                  "2:b=2|"                 },
		{ BYTES(" \t# a 1\nb 2"),              "2:b=2|"                 },
		{ BYTES("a 1 # b"),                    "1:a=1 # b|"             },
		{ BYTES("a #1"),                       "1:a=#1|"                },
		{ BYTES("a# 1"),                       "1:a#=1|"                },
		/* no value */
		{ BYTES("a\nb 2"),                     "2:b=2|"                 },
		{ BYTES("a   \nb 2"),                  "2:b=2|"                 },
		/* quotes */
		{ BYTES("a \"b c\""),                  "1:a=b c|"               },
		{ BYTES("a 'b c'"),                    "1:a=b c|"               },
		{ BYTES("a \" b \"  "),                "1:a= b |"               },
		{ BYTES("a \"b"),                      "1:a=\"b|"               },
		{ BYTES("a b\""),                      "1:a=b\"|"               },
		{ BYTES("a \"b'"),                     "1:a=\"b'|"              },
		{ BYTES("a \"\""),                     "1:a=|"                  },
		{ BYTES("a \""),                       "1:a=|"                  },
		{ BYTES("a ''b 2"),                    "1:a=''b 2|"             },
		{ BYTES("a \"\"b\"\""),                "1:a=\"b\"|"             },
		{ BYTES("\"a\" b"),                    "1:\"a\"=b|"             },
		/* a NUL is the end of the file */
		{ BYTES("a 1\0\nb 2\n"),               "1:a=1|"                 },
		{ BYTES("a 1\n\0b 2\n"),               "1:a=1|"                 },
		{ BYTES("\0a 1\n"),                    ""                       },
		{ BYTES("a \"1\0\""),                  "1:a=\"1|"               },
		/* letter case and bytes above 0x7F stay */
		{ BYTES("Title \xc3\xa4"),             "1:Title=\xc3\xa4|"      },
		{ BYTES("\xef\xbb\xbf" "a 1"),         "1:\xef\xbb\xbf" "a=1|"  },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		expect_pairs(rows[i].text, KEYVALUE_BLANK, rows[i].wanted);
}

static void equals(void **state)
{
	static const struct row rows[] = {
		{ BYTES("ID=kairos\nNAME=\"Kairos OS\"\n"), "1:ID=kairos|2:NAME=Kairos OS|" },
		{ BYTES("ID==a=b"),                         "1:ID=a=b|"                     },
		{ BYTES("ID = a"),                          "1:ID = a|"                     },
		{ BYTES("ID a\nB=2"),                       "2:B=2|"                        },
		{ BYTES("A=\nB=2"),                         "2:B=2|"                        },
		{ BYTES("A=\"\"\nB=2"),                     "1:A=|2:B=2|"                   },
		{ BYTES("=a"),                              "1:=a|"                         },
		{ BYTES("="),                               ""                              },
		{ BYTES("#ID=a\r\nB=2"),                    "2:B=2|"                        },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		expect_pairs(rows[i].text, KEYVALUE_EQUALS, rows[i].wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(blanks), cmocka_unit_test(equals) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
