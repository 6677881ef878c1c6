/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "counter.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NAME(literal) { (literal), sizeof(literal) - 1 }

static void counters(void **state)
{
	static const struct {
		struct text file;
		enum counter_error error;
		bool present;
		uint32_t left, done;
		size_t base_len;
	} rows[] = {
		/* a series from the first boot to the last */
		{ NAME("active+3.conf"),                     COUNTER_OK,            true,  3, 0, 6 },
		{ NAME("active+2-1.conf"),                   COUNTER_OK,            true,  2, 1, 6 },
		{ NAME("active+0-3.conf"),                   COUNTER_OK,            true,  0, 3, 6 },
		{ NAME("active.conf"),                       COUNTER_OK,            false, 0, 0, 6 },
		{ NAME("active+3.efi"),                      COUNTER_OK,            true,  3, 0, 6 },
		/* letter case */
		{ NAME("active+2-1.CONF"),                   COUNTER_OK,            true,  2, 1, 6 },
		{ NAME("ACTIVE+2-1.eFi"),                    COUNTER_OK,            true,  2, 1, 6 },
		/* the suffix */
		{ NAME(""),                                  COUNTER_NO_SUFFIX,     false, 0, 0, 0 },
		{ NAME("active+3"),                          COUNTER_NO_SUFFIX,     false, 0, 0, 0 },
		{ NAME("active+3.con"),                      COUNTER_NO_SUFFIX,     false, 0, 0, 0 },
		{ NAME("active+3.conf~"),                    COUNTER_NO_SUFFIX,     false, 0, 0, 0 },
		{ NAME("active+3conf"),                      COUNTER_NO_SUFFIX,     false, 0, 0, 0 },
		{ NAME("active.conf+3"),                     COUNTER_NO_SUFFIX,     false, 0, 0, 0 },
		{ NAME("active.conf\0"),                     COUNTER_NO_SUFFIX,     false, 0, 0, 0 },
		{ NAME("conf"),                              COUNTER_NO_SUFFIX,     false, 0, 0, 0 },
		{ NAME(".conf"),                             COUNTER_OK,            false, 0, 0, 0 },
		{ NAME(".efi"),                              COUNTER_OK,            false, 0, 0, 0 },
		/* no name, many signs */
		{ NAME("+3.conf"),                           COUNTER_OK,            true,  3, 0, 0 },
		{ NAME("++3.conf"),                          COUNTER_OK,            true,  3, 0, 1 },
		{ NAME("a+b+3.conf"),                        COUNTER_OK,            true,  3, 0, 3 },
		{ NAME("a+9+3-1.conf"),                      COUNTER_OK,            true,  3, 1, 3 },
		{ NAME("a.conf+3.conf"),                     COUNTER_OK,            true,  3, 0, 6 },
		{ NAME("a\0b+3.conf"),                       COUNTER_OK,            true,  3, 0, 3 },
		/* no number */
		{ NAME("+.conf"),                            COUNTER_NO_NUMBER,     false, 0, 0, 0 },
		{ NAME("active+.conf"),                      COUNTER_NO_NUMBER,     false, 0, 0, 0 },
		{ NAME("active+3+.conf"),                    COUNTER_NO_NUMBER,     false, 0, 0, 0 },
		{ NAME("active+-1.conf"),                    COUNTER_NO_NUMBER,     false, 0, 0, 0 },
		{ NAME("active+x3.conf"),                    COUNTER_NO_NUMBER,     false, 0, 0, 0 },
		{ NAME("active+ 3.conf"),                    COUNTER_NO_NUMBER,     false, 0, 0, 0 },
		{ NAME("active+3-.conf"),                    COUNTER_NO_NUMBER,     false, 0, 0, 0 },
		{ NAME("active+3--1.conf"),                  COUNTER_NO_NUMBER,     false, 0, 0, 0 },
		{ NAME("active+3-x.conf"),                   COUNTER_NO_NUMBER,     false, 0, 0, 0 },
		/* sizes */
		{ NAME("a+007-0001.conf"),                   COUNTER_OK,            true,  7, 1, 1 },
		{ NAME("a+2147483647-2147483647.conf"),      COUNTER_OK,            true,  COUNTER_MAX, COUNTER_MAX, 1 },
		{ NAME("a+0000000000000000000000000003.efi"), COUNTER_OK,           true,  3, 0, 1 },
		{ NAME("a+2147483648.conf"),                 COUNTER_TOO_LARGE,     false, 0, 0, 0 },
		{ NAME("a+1-2147483648.conf"),               COUNTER_TOO_LARGE,     false, 0, 0, 0 },
		{ NAME("a+4294967299.conf"),                 COUNTER_TOO_LARGE,     false, 0, 0, 0 },
		{ NAME("a+18446744073709551619.conf"),       COUNTER_TOO_LARGE,     false, 0, 0, 0 },
		{ NAME("a+99999999999999999999.conf"),       COUNTER_TOO_LARGE,     false, 0, 0, 0 },
		{ NAME("a+340282366920938463463374607431.conf"), COUNTER_TOO_LARGE, false, 0, 0, 0 },
		/* more behind it */
		{ NAME("active+1x.conf"),                    COUNTER_TRAILING_TEXT, false, 0, 0, 0 },
		{ NAME("active+3-1x.conf"),                  COUNTER_TRAILING_TEXT, false, 0, 0, 0 },
		{ NAME("active+3-1-1.conf"),                 COUNTER_TRAILING_TEXT, false, 0, 0, 0 },
		{ NAME("active+3 .conf"),                    COUNTER_TRAILING_TEXT, false, 0, 0, 0 },
		{ NAME("active+3\0.conf"),                   COUNTER_TRAILING_TEXT, false, 0, 0, 0 },
		{ NAME("active+3.conf.conf"),                COUNTER_TRAILING_TEXT, false, 0, 0, 0 },
		{ NAME("active+3.old.efi"),                  COUNTER_TRAILING_TEXT, false, 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct counter counter = { true, 77, 88, 99 };
		enum counter_error error = counter_parse(rows[i].file, &counter);

		if (error != rows[i].error)
			fail_msg("%s: error %d, wanted %d", rows[i].file.at, (int)error, (int)rows[i].error);
		if (error != COUNTER_OK) {
			if (!counter.present || counter.left != 77 || counter.done != 88 || counter.base_len != 99)
				fail_msg("%s: written in spite of the error", rows[i].file.at);
			continue;
		}
		if (counter.present != rows[i].present || counter.left != rows[i].left || counter.done != rows[i].done ||
		    counter.base_len != rows[i].base_len)
			fail_msg("%s: present %d, left %u, done %u, base %zu", rows[i].file.at, counter.present,
				 counter.left, counter.done, counter.base_len);
	}
}

static void no_name_at_all(void **state)
{
	struct counter counter;

	assert_int_equal(counter_parse(TEXT_EMPTY, &counter), COUNTER_NO_SUFFIX);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(counters), cmocka_unit_test(no_name_at_all) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
