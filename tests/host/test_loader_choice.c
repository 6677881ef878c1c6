/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "loader_choice.h"
#include "report.h"

#define LAYOUT "active passive recovery statereset"

static void what_a_loader_left_alone_boots(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		const char *given;
		bool reset;
	} rows[] = {
		{ "without sort keys the ids go down", LAYOUT, "", true },
		{ "with counters", "active+3 passive+3 recovery+3 statereset+3", "", true },
		{ "sort keys put it last", "active,s=1 passive,s=2 recovery,s=3 statereset,s=4", "", false },
		{ "a sort key comes before none", "active,s=1 passive recovery statereset", "", false },
		{ "what is exhausted comes last", "active passive recovery statereset+0-3", "", false },
		{ "all exhausted", "active+0-3 passive+0-3 recovery+0-3 statereset+0-3", "", true },
		{ "a pin names another", LAYOUT, "default=active*", false },
		{ "a pin that names nothing", LAYOUT, "default=cos*", true },
		{ "a preferred one before the pin", LAYOUT, "default=statereset* preferred=recovery.conf", false },
		{ "pinned to the reset, sort keys or not", "active,s=1 statereset,s=4", "default=statereset*", true },
		{ "a pin in the other form of an id", "active+3 statereset+3", "default=active+3.conf", false },
		{ "a pin of the reset in the other form of its id", "active+3,s=1 statereset+3,s=4", "default=statereset.conf", true },
		{ "a loader that drops counters has another order", "os+3 os.d", "active=os.conf reset=os.d.conf", true },
		{ "another name that stands before it", LAYOUT " ubuntu", "", false },
		{ "of what is closed the place is unknown", LAYOUT " ubuntu,closed", "", true },
		{ "Bootpilot's own entry is not in question", LAYOUT " bootpilot-loader,s=0", "", true },
		{ "what the loader hides is not there", "active,s=1,missing statereset,s=4", "", true },
		{ "another architecture", "active,s=1,arch statereset,s=4", "", true },
		{ "a key that it does not know", "active,s=1,uki statereset,s=4", "loader=252", true },
		{ "a conf without an image", "active,s=1,nokey statereset,s=4", "", true },
		{ "a broken image is listed", "active,s=1,truncated statereset,s=4", "", false },
		{ "what failed a moment ago is listed", "active,s=1 statereset,s=4", "failed=active.conf", false },
		{ "the reset entry is hidden itself", "active passive statereset,missing", "", false },
		{ "no reset entry", "active passive recovery", "", false },
		{ "nothing", "", "", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		if (loader_would_reset(&f.inventory) != rows[i].reset)
			fail_msg("%s", rows[i].about);
	}
}

static void whom_a_wish_may_mean(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		struct text wish;
		bool known;
	} rows[] = {
		{ "an id", LAYOUT, NAME("active.conf"), true },
		{ "in capitals", LAYOUT, NAME("ACTIVE.CONF"), true },
		{ "of a counted file", "active+3", NAME("active.conf"), true },
		{ "with its counter", "active+3", NAME("active+3.conf"), true },
		{ "with another counter", "active+3", NAME("active+2-1.conf"), false },
		{ "a pattern", LAYOUT, NAME("act*"), true },
		{ "a pattern that fits nothing", LAYOUT, NAME("cos*"), false },
		{ "a pattern that may fit what the loader makes up", LAYOUT, NAME("*windows"), true },
		{ "the same with a single character", LAYOUT, NAME("?uto-windows"), true },
		{ "the same with a set", LAYOUT, NAME("[a]uto-windows"), true },
		{ "what the loader makes up", LAYOUT, NAME("auto-reboot-to-firmware-setup"), true },
		{ "nothing of that name", LAYOUT, NAME("cos.conf"), false },
		{ "a name without suffix", LAYOUT, NAME("active"), false },
		{ "a file that nobody opened", "active statereset ubuntu,closed", NAME("ubuntu.conf"), true },
		{ "a file that the loader hides", "active,missing statereset", NAME("active.conf"), false },
		{ "a profile", "os.efi statereset", NAME("os.efi@2"), true },
		{ "a name that begins as a profile does", "@a statereset", NAME("@a.conf"), true },
		{ "a profile of nothing", "active statereset", NAME("os.efi@2"), false },
		{ "no text", LAYOUT, NAME(""), true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		char *wish = malloc(rows[i].wish.len + 1); /* one byte before, so that a look beyond the end is seen */

		assert_non_null(wish);
		memcpy(wish + 1, rows[i].wish.at, rows[i].wish.len);
		fixture_init(&f, rows[i].files);
		if (loader_may_know(&f.inventory, (struct text){ wish + 1, rows[i].wish.len }) != rows[i].known)
			fail_msg("%s", rows[i].about);
		free(wish);
	}
	struct fixture f;
	fixture_init(&f, LAYOUT);
	f.inventory.entries_capped = true; /* it may be among those that we did not list */
	assert_true(loader_may_know(&f.inventory, TEXT("cos.conf")));
}

/* Pins are read where the loader may follow them: not when it chose us by them, unless they say which OS is active. */
static void where_pins_matter(void **state)
{
	static const struct {
		const char *files;
		bool as_entry, matter;
	} rows[] = {
		{ "active passive", false, true },
		{ "active passive", true, false },
		{ "os_2.efi,s=os,v=2 os_1.efi,s=os,v=1", false, true },
		{ "os_2.efi,s=os,v=2 os_1.efi,s=os,v=1", true, true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, rows[i].files);
		f.inventory.started_as_entry = rows[i].as_entry;
		assert_int_equal(loader_pins_matter(&f.inventory), rows[i].matter);
	}
}

/* What comes of it: the reset entry is never booted for want of another word. */
static void left_alone_is_not_wiped(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		const char *given;
		struct text request;
		enum reason reason;
		struct text name;
		bool menu, refused;
	} rows[] = {
		{ "a wish that nothing fulfils", LAYOUT, "request", NAME("cos.conf"), REASON_ACTIVE_GOOD, NAME("active.conf"), false, true },
		{ "the reset as a wish is a person's", LAYOUT, "request", NAME("statereset.conf"), REASON_REQUESTED, NAME(""), false, false },
		{ "a wish too long to be kept", LAYOUT, "request", NAME(""), REASON_REQUESTED, NAME(""), false, false },
		{ "no harm: sort keys", "active,s=1 statereset,s=4", "request", NAME("cos.conf"), REASON_REQUESTED, NAME(""), false, false },
		{ "the wish may lie where nothing can be read", LAYOUT, "request unreadable=xbootldr", NAME("cos.conf"), REASON_REQUESTED,
		  NAME(""), false, false },
		{ "half a view", LAYOUT, "unreadable=xbootldr", NAME(""), REASON_UNREADABLE, NAME("active.conf"), false, false },
		{ "half a view, of what failed", "active+0-3 passive statereset", "unreadable=xbootldr", NAME(""), REASON_UNREADABLE,
		  NAME("active[+.]*conf"), false, false },
		{ "half a view, and no other role", "statereset", "unreadable=xbootldr", NAME(""), REASON_UNREADABLE, NAME(""), true, false },
		{ "half a view, no harm", "active,s=1 statereset,s=4", "unreadable=xbootldr", NAME(""), REASON_UNREADABLE, NAME(""), false, false },
		{ "nothing bootable", "active,missing statereset", "", NAME(""), REASON_NOTHING_BOOTABLE, NAME(""), true, false },
		{ "nothing bootable now", "active statereset", "failed=active.conf", NAME(""), REASON_NOTHING_BOOTABLE, NAME(""), true, false },
		{ "nothing bootable, no harm", "active,s=1,truncated statereset,s=4", "", NAME(""), REASON_NOTHING_BOOTABLE, NAME(""), false, false },
		{ "nothing bootable, switched off", "active,missing statereset", "nothing=poweroff", NAME(""), REASON_NOTHING_BOOTABLE, NAME(""), false, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;

		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		f.inventory.request = rows[i].request;
		policy_decide(&f.inventory, &d);
		if (d.reason != rows[i].reason || d.force_menu != rows[i].menu ||
		    !text_equal((struct text){ d.name, d.name_len }, rows[i].name) ||
		    ((d.remarks & REMARK_REQUEST_REFUSED) != 0) != rows[i].refused)
			fail_msg("%s: %s, name %.*s, menu %d, remarks %x", rows[i].about, shown(reason_name(d.reason)),
				 (int)d.name_len, d.name, d.force_menu, d.remarks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_loader_left_alone_boots),
		cmocka_unit_test(whom_a_wish_may_mean),
		cmocka_unit_test(where_pins_matter),
		cmocka_unit_test(left_alone_is_not_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
