/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "version.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Each series from old to new: every pair of it is compared, in both directions. */
static const char *const spec[] = { /* UAPI.10 */
	"122.1", "123~rc1-1", "123", "123-a", "123-a.1", "123-1", "123-1.1", "123^post1", "123.a-1", "123.1-1", "123a-1",
	"124-1", NULL,
};
static const char *const marks[] = { "1~", "1~~", "1~a", "1~1", "1", "1-", "1^", "1.", "1a", "2", NULL };
/* what is unknown is dropped before a mark, not behind it: "1~_" is longer than "1~" */
static const char *const unknown[] = { "1~", "1~_", "1~a", NULL };
static const char *const lengths[] = { "", "a", "aa", "ab", "b", "0", "1", "9", "10", "99", "100", NULL };
static const char *const letters[] = { "", "A", "Z", "a", "z", "zz", NULL };
static const char *const huge[] = {
	"9", "18446744073709551615", "18446744073709551616", "99999999999999999999999999999998",
	"99999999999999999999999999999999", NULL,
};
static const char *const ids[] = { "active", "active.conf", "active_foo.conf", NULL }; /* as systemd-boot sorts ids */
static const char *const kernels[] = { "5.11.0", "5.11.0-rc5", "5.11.0-0.rc5", "5.11.0-1", NULL };
static const char *const real[] = { "v6", "6.1.9-1-amd64", "6.1.10-1-amd64", "6.1.10-2-amd64", "6.12.0", NULL };

static const char *const *const series[] = { spec, marks, unknown, lengths, letters, huge, ids, kernels, real };

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void in_order(void **state)
{
	for (size_t s = 0; s < COUNT(series); s++)
		for (size_t i = 0; series[s][i]; i++)
			for (size_t k = 0; series[s][k]; k++) {
				int order = version_compare(text_of(series[s][i]), text_of(series[s][k]));

				if (sign(order) != (i > k) - (i < k))
					fail_msg("\"%s\" and \"%s\": %d", series[s][i], series[s][k], order);
			}
}

static void equal(void **state)
{
	static const char *rows[][2] = {
		{ "", "" },           { "123", "0123" },  { "0", "000" },        { "123_a", "123a" },   { "1", "1_" },
		{ "_1", "1" },        { "1.007", "1.7" }, { "1 2", "1+2" },      { "a__b", "a_b" },     { "\xc3\xa4", "" },
		{ "1.", "1." },       { "~", "~" },       { "1-_^.2", "1-_^.2" }, { "1%~2", "1~2" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (version_compare(text_of(rows[i][0]), text_of(rows[i][1])) != 0 ||
		    version_compare(text_of(rows[i][1]), text_of(rows[i][0])) != 0)
			fail_msg("\"%s\" and \"%s\" are not equal", rows[i][0], rows[i][1]);
	assert_int_equal(version_compare(TEXT("1\0"), TEXT("1")), 0);
	assert_int_equal(version_compare(TEXT_EMPTY, TEXT("")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(in_order), cmocka_unit_test(equal) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
