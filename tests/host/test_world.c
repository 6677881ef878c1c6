/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/chain.h"
#include "tools/given.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A world after the given lines of a scenario. */
static void world_of(struct world *world, const char *lines)
{
	static struct scenario scenario;
	world_new(world);
	assert_true(scenario_parse(text_of(lines), &scenario));
	world->series = (enum world_series)scenario.last_loader;
	for (size_t i = 0; i < scenario.step_count; i++)
		assert_null(given_apply(world, &scenario.steps[i]));
}

static void expect_names(struct world *world, const char *wanted)
{
	assert_string_equal(given_names(world).at, wanted);
}

static void paths(void **state)
{
	static const struct {
		const char *path;
		const char *written; /* NULL: no file can have it */
	} rows[] = {
		{ "/EFI/kairos/active.efi", "\\EFI\\kairos\\active.efi" },
		{ "EFI//kairos\\\\active.efi", "\\EFI\\kairos\\active.efi" },
		{ "/./EFI/../loader/./loader.conf", "\\loader\\loader.conf" },
		{ "/..", NULL },
		{ "/EFI/../../etc/passwd", NULL },
		{ "", NULL },
		{ "/", NULL },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char bytes[64];
		struct writer w = WRITER(bytes);
		assert_int_equal(tree_path(text_of(rows[i].path), &w), rows[i].written != NULL);
		if (rows[i].written)
			assert_true(text_equal(writer_text(&w), text_of(rows[i].written)));
	}
}

static void counting_by_series(void **state)
{
	static const struct {
		const char *given;
		const char *after;
		const char *counted; /* LoaderBootCountPath */
	} rows[] = {
		{ "about x\nloader 252\ngiven entry active+3.conf\n", "active+2-1.conf",
		  "\\loader\\entries\\active+2-1.conf" },
		{ "about x\nloader 252\ngiven entry active+3.conf key=efi\n", "active+2-1.conf",
		  "\\loader\\entries\\active+2-1.conf" },
		{ "about x\nloader 262\ngiven entry active+3.conf key=efi\n", "active+3.conf",
		  "\\loader\\entries\\active+3.conf" }, /* Bootpilot's, as the loader will not */
		{ "about x\nloader 262\ngiven entry active+3.conf key=uki\n", "active+2-1.conf",
		  "\\loader\\entries\\active+2-1.conf" },
		{ "about x\ngiven entry active+0-3.conf\n", "active+0-4.conf", "\\loader\\entries\\active+0-4.conf" },
		{ "about x\ngiven entry active.conf\n", "active.conf", "" },
		{ "about x\ngiven esp read-only\ngiven entry active+3.conf\n", "active+3.conf", "" },
		{ "about x\ngiven uki active+3.efi\n", "active+2-1.efi", "\\EFI\\Linux\\active+2-1.efi" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world world;
		world_of(&world, rows[i].given);
		world_boot(&world);
		assert_int_equal(world.end, WORLD_OS);
		expect_names(&world, rows[i].after);
		assert_true(text_equal(world.count_path, text_of(rows[i].counted)));
		world_free(&world);
	}
}

static void record_survives_power_cycles(void **state)
{
	struct world world;
	world_of(&world, "about x\ngiven entry active+3.conf\n");
	world_boot(&world);
	assert_int_equal(world.inventory.record_state, RECORD_ABSENT);
	world_boot(&world);
	assert_int_equal(world.inventory.record_state, RECORD_VALID);
	assert_int_equal(world.inventory.record.last_role, ROLE_ACTIVE);
	assert_int_equal(world.inventory.record.roles[ROLE_ACTIVE].launches, 1);
	world_forget_variables(&world);
	world_boot(&world);
	assert_int_equal(world.inventory.record_state, RECORD_ABSENT);
	world_free(&world);
}

static void no_reset_without_a_record(void **state)
{
	struct world world;
	world_of(&world, "about x\ngiven entry recovery+0-3.conf\ngiven entry statereset+3.conf\n");
	world.nvram_protected = true;
	world_boot(&world);
	assert_int_equal(world.decision.action, ACTION_BOOT);
	assert_int_equal(world.decision.cause, CAUSE_NOT_RECORDABLE);
	expect_names(&world, "recovery+0-4.conf statereset+3.conf");
	world_free(&world);
}

static void unreadable_is_not_missing(void **state)
{
	struct world world;
	world_of(&world, "about x\ngiven entry passive+3.conf\n");
	world.tree.unreadable[PARTITION_XBOOTLDR] = true;
	world_boot(&world);
	assert_int_equal(world.decision.reason, REASON_UNREADABLE);
	assert_int_equal(world.decision.role, ROLE_NONE);
	assert_int_equal(world.end, WORLD_OS); /* systemd-boot's own choice */
	world_free(&world);
}

static void note_is_read_once(void **state)
{
	struct world world;
	world_of(&world, "about x\ngiven entry active.conf\ngiven note forget\n");
	world_boot(&world);
	assert_int_equal(world.inventory.note.len, strlen("forget"));
	world_boot(&world);
	assert_int_equal(world.inventory.note.len, 0);
	world_free(&world);
}

static void blessing_never_overwrites(void **state)
{
	struct world world;
	world_of(&world, "about x\ngiven entry active+3.conf\n");
	world_boot(&world);
	tree_add(&world.tree, PARTITION_ESP, TEXT("/loader/entries/Active.conf"))->kind = TREE_TEXT;
	world_bless(&world);
	expect_names(&world, "Active.conf active+2-1.conf");
	world_free(&world);
}

static void reinstalling_copies_recovery(void **state)
{
	struct world world;
	world_of(&world,
		 "about x\ngiven entry active_old+0-3.conf\ngiven entry recovery_x+0-3.conf\ngiven uki recovery.efi\n");
	world_reinstall(&world, false);
	expect_names(&world, "active.efi active_x+0-3.conf recovery.efi recovery_x+0-3.conf");
	assert_non_null(tree_find(&world.tree, PARTITION_ESP, TEXT("/EFI/test/active_x.efi")));
	world_reinstall(&world, true);
	expect_names(&world, "active.efi active_x+3.conf recovery.efi recovery_x+0-3.conf");
	world_free(&world);
}

static void state_tells_what_matters(void **state)
{
	struct world world;
	world_of(&world, "about x\ngiven entry active+0-8.conf\n");
	uint64_t before = world_state(&world);
	given_apply(&world, &(struct scenario_step){ STEP_RENAME, 1, TEXT("\\loader\\entries\\active+0-8.conf"),
						     TEXT("active+0-9.conf") });
	assert_true(world_state(&world) == before);
	given_apply(&world, &(struct scenario_step){ STEP_RENAME, 1, TEXT("\\loader\\entries\\active+0-9.conf"),
						     TEXT("active+1-9.conf") });
	assert_false(world_state(&world) == before);
	world_free(&world);
}

static void chains(void **state)
{
	static const struct {
		const char *given;
		struct options options;
		enum chain_end end;
		const char *rows; /* role FIRST-LAST */
	} rows[] = {
		{ "about x\ngiven entry active.conf\n", { 0 }, CHAIN_REPEATS, "active 1-2" },
		{ "about x\ngiven entry active+3.conf\ngiven entry passive.conf\n",
		  { 0 },
		  CHAIN_REPEATS,
		  "active 1-3, passive 4-" },
		{ "about x\ngiven entry active+3.conf\n",
		  { .succeed = { { 2 }, 1 } },
		  CHAIN_REPEATS,
		  "active 1-1, active 2-2, active 3-" },
		{ "about x\ngiven entry active+3.conf\n",
		  { .fail = { { 1 }, 1 } },
		  CHAIN_REPEATS,
		  "active 1-1, active 2-2, active 3-" },
		{ "about x\ngiven entry active.conf state=missing\n", { 0 }, CHAIN_STOPS, "none 1-1" },
		{ "about x\ngiven entry active+2147483647.conf\ngiven entry passive+1.conf\ngiven entry "
		  "recovery.conf\n",
		  { 0 },
		  CHAIN_REPEATS,
		  "active 1-2147483647, passive 2147483648-2147483648, recovery 2147483649-" },
		{ "about x\ngiven esp read-only\ngiven entry active+2147483647.conf\n",
		  { 0 },
		  CHAIN_REPEATS,
		  "active 1-" },
	};
	static struct chain chain;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world world;
		char bytes[1024];
		struct writer w = WRITER(bytes);
		world_of(&world, rows[i].given);
		chain_play(&world, &rows[i].options, &chain);
		for (size_t r = 0; r < chain.count; r++) {
			write_string(&w, r ? ", " : "");
			write_text(&w, role_name(chain.rows[r].role));
			write_char(&w, ' ');
			write_uint(&w, chain.rows[r].first);
			write_char(&w, '-');
			write_uint(&w, chain.rows[r].last);
		}
		if (chain.end != rows[i].end || !text_starts_fold(writer_text(&w), text_of(rows[i].rows)))
			fail_msg("%s: wanted \"%s\", got \"%.*s\"", rows[i].given, rows[i].rows, (int)w.len, bytes);
		world_free(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(counting_by_series),
		cmocka_unit_test(record_survives_power_cycles),
		cmocka_unit_test(no_reset_without_a_record),
		cmocka_unit_test(unreadable_is_not_missing),
		cmocka_unit_test(note_is_read_once),
		cmocka_unit_test(blessing_never_overwrites),
		cmocka_unit_test(reinstalling_copies_recovery),
		cmocka_unit_test(state_tells_what_matters),
		cmocka_unit_test(chains),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
