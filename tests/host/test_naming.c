/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "glob.h"
#include "naming.h"

static unsigned failed;

#define WRONG(...) (print_error(__VA_ARGS__), print_error("\n"), failed++)

static void lower(char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = char_lower(at[i]);
}

static struct text id_of(const struct entry *e, enum id_form form, char *buffer, size_t size)
{
	struct writer w = { .at = buffer, .size = size };

	entry_write_id(&w, e, form);
	assert_false(w.overflow);
	return writer_text(&w);
}

/* What a systemd-boot of that FORM would start for NAME. Of entries that it puts in no order, it may be any: then an
 * uncounted one, as measured (facts/systemd-boot.md), if NAME is exactly its id. */
static const struct entry *started(const struct fixture *f, struct text name, enum id_form form)
{
	char pattern[NAMING_MAX];
	const struct entry *first = NULL;

	memcpy(pattern, name.at, name.len);
	lower(pattern, name.len);
	for (size_t i = 0; i < f->inventory.entry_count; i++) {
		const struct entry *e = &f->entries[i];
		char id[INVENTORY_ID_MAX];

		if (!glob_match((struct text){ pattern, name.len }, id_of(e, form, id, sizeof(id))))
			continue;
		int order = first == NULL ? -1 : entry_compare(e, first, form);
		if (order < 0 || (order == 0 && !e->counter.present && first->counter.present))
			first = e;
	}
	return first;
}

static enum naming name_it(const struct fixture *f, const struct entry *e, char *buffer, struct text *ret)
{
	struct writer w = { .at = buffer, .size = NAMING_MAX };
	enum naming naming = naming_write(&f->inventory, e, &w);

	assert_false(w.overflow);
	*ret = writer_text(&w);
	if (naming == NAMING_NONE)
		*ret = TEXT_EMPTY;
	return naming;
}

static void names(void **state)
{
	enum { ANY = -1 };
	static const struct {
		const char *about;
		const char *files; /* the first one is to be named */
		int naming;        /* ANY: a glob or an id */
		struct text name;  /* empty: not asked */
	} rows[] = {
		{ "no counter", "active passive recovery", NAMING_EXACT, NAME("active.conf") },
		{ "no counter, upper case", "ACTIVE.CONF passive", NAMING_EXACT, NAME("active.conf") },
		{ "no counter, unified image", "active.efi active", NAMING_EXACT, NAME("active.efi") },
		{ "no counter beside its counted twin", "active active+3", NAMING_EXACT, NAME("active.conf") },
		{ "no counter beside an exhausted twin", "active active+0-3", NAMING_EXACT, NAME("active.conf") },
		{ "no counter, dots", "passive.old passive+3", NAMING_EXACT, NAME("passive.old.conf") },
		{ "counted", "active+3 passive recovery", NAMING_GLOB, NAME("") },
		{ "counted, unified image", "active+3.efi passive.efi", NAMING_GLOB, NAME("") },
		{ "counted, everything counted", "passive+2-1 active+3 recovery+3 statereset+3", NAMING_GLOB, NAME("") },
		{ "exhausted", "recovery+0-3 active+0-3 passive+0-3", NAMING_GLOB, NAME("") },
		{ "counted beside another suffix", "active+3 active+3.efi", NAMING_GLOB, NAME("") },
		{ "counted, upper case", "ACTIVE+3.CONF passive", NAMING_GLOB, NAME("") },
		{ "counted, another one fits the pattern and comes first", "Active+3 bctive", NAMING_NONE, NAME("") },
		{ "counted, another one fits the pattern and stands behind it", "active+3,s=1 active.cold,s=2", NAMING_GLOB,
		  NAME("active[+.]*conf") },
		{ "counted, another one fits the pattern and stands in front", "active+3,s=2 active.old,s=1", NAMING_GLOB,
		  NAME("active[+.][3c]*onf") },
		{ "counted, another one fits both patterns", "active+3,s=2 active.cold,s=1", NAMING_NONE, NAME("") },
		{ "counted, what the loader makes up is no neighbour", "AUTA-A+3.CONF auto-b", NAMING_GLOB, NAME("") },
		{ "counted, first only where letter case does not count", "BCTIVE+3.CONF active", NAMING_NONE, NAME("") },
		{ "counted, a set in its name", "os[1]+3 os1", NAMING_GLOB, NAME("") },
		{ "counted, a star in its name", "os*+3 osx osy+3", NAMING_GLOB, NAME("") },
		{ "counted, a question mark in its name", "os?+3 osx+3", NAMING_GLOB, NAME("") },
		{ "counted, a backslash in its name", "os\\x+3 osx+3", NAMING_GLOB, NAME("") },
		{ "not counted, a set in its name", "os[1] os1", ANY, NAME("") },
		{ "not counted, a star in its name", "os* osx", ANY, NAME("") },
		{ "counted, a plus in its name", "os+a+3 os", NAMING_GLOB, NAME("") },
		{ "counted, a variant of it beside it", "active+3 active_old+3 active-x", NAMING_GLOB, NAME("") },
		{ "a letter beyond ASCII", "\xc3\xa4ktiv+3 passive", NAMING_GLOB, NAME("") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		char buffer[NAMING_MAX];
		struct text name;

		fixture_init(&f, rows[i].files);
		enum naming naming = name_it(&f, &f.entries[0], buffer, &name);
		if (rows[i].naming != ANY ? (int)naming != rows[i].naming : naming == NAMING_NONE)
			WRONG("%s: naming %d (%s), wanted %d", rows[i].about, (int)naming, shown(name), rows[i].naming);
		if (rows[i].name.len > 0 && !text_equal(name, rows[i].name))
			WRONG("%s: %s, wanted %s", rows[i].about, shown(name), shown(rows[i].name));

		/* the same as the last of them, and alone: then everything has a name */
		size_t last = f.inventory.entry_count - 1;
		struct entry first = f.entries[0];
		f.entries[0] = f.entries[last];
		f.entries[last] = first;
		if (name_it(&f, &f.entries[last], buffer, &name) != naming)
			WRONG("%s: as the last one it has another name, %s", rows[i].about, shown(name));
		f.entries[last] = f.entries[0];
		f.entries[0] = first;
		f.inventory.entry_count = 1;
		if (name_it(&f, &f.entries[0], buffer, &name) == NAMING_NONE)
			WRONG("%s: alone it has no name", rows[i].about);
	}
	if (failed > 0)
		fail_msg("%u rows failed", failed);
}

static const char *const sets[] = {
	"active+3 passive+3 recovery+3 statereset+3",
	"passive.old passive+3 passive.old+3",
	"active.conf active+3.conf active+2-1.conf",
	"active+3 ACTIVE active+3.efi",
	"ACTIVE+3.CONF active_b bctive+3 ACTIVE-B+2.CONF",
	"a+3 a.a+3 a.conf+3 a.conf a+3.efi a.efi",
	"os[ab]+3 osa+3 osb os[ab]",
	"os*+3 os?+3 os+3 osx+2 os",
	"os\\+3 os\\\\+3 os+3",
	"a+x+3 a+x a+3x a+3",
	"active+3,s=a,v=1 active+3,x,s=b,v=2 active_2+3,s=a,v=3",
	"active+0-3 active_old+0-3 active-old+3 active_old",
	"passive+3 passive@x+3 passive.conf@x passive.efi",
	"with%20blank+3 with+3 with%20blank",
	"\xc3\x84+3 \xc3\xa4+3",
	"[+3 ]+3 -+3 [a-z]+3 q+3",
	"x+2147483647-2147483647 x_y+0 X",
};

/* Whatever is written starts what was asked for, or a twin of it, in every loader: no list of entries is known. */
static void whatever_is_written_starts_no_other_id(void **state)
{
	unsigned named = 0, unnamed = 0;

	failed = 0;
	for (size_t i = 0; i < COUNT(sets); i++) {
		struct fixture f;

		fixture_init(&f, sets[i]);
		for (size_t n = 0; n < f.inventory.entry_count; n++) {
			char buffer[NAMING_MAX];
			struct text name;
			enum naming naming = name_it(&f, &f.entries[n], buffer, &name);

			if (naming == NAMING_NONE) {
				unnamed++;
				continue;
			}
			named++;
			for (unsigned form = 0; form < ID_FORM_COUNT; form++) {
				const struct entry *e = started(&f, name, (enum id_form)form);
				if (e == NULL || (e != &f.entries[n] && !entry_is_twin(e, &f.entries[n])))
					WRONG("%s: %s for %s starts %s in form %u", sets[i], shown(name),
					      shown(f.entries[n].file), e == NULL ? "nothing" : shown(e->file), form);
			}
		}
	}
	print_message("%u named, %u not\n", named, unnamed);
	assert_true(named > 30);
	if (failed > 0)
		fail_msg("%u names start something else", failed);
}

/* A loader that strips counters cannot tell twins apart; not to name them would leave a bootable role. */
static void twins_share_their_name(void **state)
{
	static const struct {
		const char *about;
		const char *files;
	} rows[] = {
		{ "the counted twin of a blessed one", "active+3 active" },
		{ "fewer tries than its twin", "active+1-2 active+3" },
		{ "the same file on the other partition", "active+3 active+3,x" },
		{ "the same file on the other partition, no counter", "active active,x" },
	};

	failed = 0;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		char buffer[NAMING_MAX];
		struct text name;

		fixture_init(&f, rows[i].files);
		if (name_it(&f, &f.entries[0], buffer, &name) == NAMING_NONE)
			WRONG("%s: no name", rows[i].about);
	}
	if (failed > 0)
		fail_msg("%u twins are not named", failed);
}

/* With LoaderEntries the id stands there: exact, in whatever form. */
static void from_the_list(void **state)
{
	static const char *const files = "active+3 passive+2-1 recovery RECOVERY_B+3.CONF unified+3.efi";

	failed = 0;
	for (unsigned form = 0; form < ID_FORM_COUNT; form++) {
		struct fixture f;

		fixture_init(&f, files);
		fixture_scanned(&f, (enum id_form)form);
		for (size_t n = 0; n < f.inventory.entry_count; n++) {
			char buffer[NAMING_MAX], id[INVENTORY_ID_MAX];
			struct text name, wanted = id_of(&f.entries[n], (enum id_form)form, id, sizeof(id));
			enum naming naming = name_it(&f, &f.entries[n], buffer, &name);
			const struct entry *e = naming == NAMING_NONE ? NULL : started(&f, name, (enum id_form)form);
			bool kept = form == ID_KEPT && n == 3; /* plain text never matches it */

			if (e != &f.entries[n])
				WRONG("form %u: %s for %s starts %s", form, shown(name), shown(f.entries[n].file),
				      e == NULL ? "nothing" : shown(e->file));
			if (!kept && (naming != NAMING_EXACT || !text_equal(name, wanted)))
				WRONG("form %u: %s is named %s (%d), its id is %s", form, shown(f.entries[n].file),
				      shown(name), (int)naming, shown(wanted));
		}
	}
	if (failed > 0)
		fail_msg("%u names failed", failed);
}

/* A list without the file: only a glob can name it, as if there were no list. */
static void from_a_list_without_it(void **state)
{
	struct fixture f;
	char buffer[NAMING_MAX];
	struct text name;

	fixture_init(&f, "active+3 passive");
	f.inventory.loader.entries_known = true;
	f.inventory.loader.entries = TEXT("passive.conf\0");
	assert_int_equal(name_it(&f, &f.entries[0], buffer, &name), NAMING_GLOB);
	f.inventory.loader.entries = TEXT_EMPTY;
	assert_int_equal(name_it(&f, &f.entries[0], buffer, &name), NAMING_GLOB);
}

static void a_small_writer_is_safe(void **state)
{
	static const struct {
		const char *files;
		const char *given;
		size_t needed; /* bytes of the shortest name */
	} rows[] = {
		{ "active+3 passive", "", 15 },         /* active[+.]*conf */
		{ "active+3 passive", "scanned", 11 },  /* active.conf */
		{ "active passive", "", 11 },
		{ "os[a]+3 passive", "scanned", 11 },   /* os\[a].conf */
	};

	for (size_t row = 0; row < COUNT(rows); row++) {
		struct fixture f;
		char buffer[64];

		fixture_init(&f, rows[row].files);
		fixture_given(&f, rows[row].given);
		for (size_t size = 0; size < 20; size++) {
			struct writer w = { .at = buffer, .size = size };

			memset(buffer, 0x7E, sizeof(buffer));
			enum naming naming = naming_write(&f.inventory, &f.entries[0], &w);
			for (size_t i = size; i < sizeof(buffer); i++)
				assert_int_equal(buffer[i], 0x7E);
			if ((naming != NAMING_NONE) != (size >= rows[row].needed))
				fail_msg("%s: %zu bytes, naming %d", rows[row].files, size, (int)naming);
		}
	}
}

/* What stands in the buffer before stays, and does not belong to the name; a name that has no room is none. */
static void behind_what_is_there(void **state)
{
	for (unsigned listed = 0; listed < 2; listed++) {
		struct fixture f;
		char buffer[NAMING_MAX];
		struct writer w = WRITER(buffer);

		fixture_init(&f, "active+3 passive+3 actives.conf");
		if (listed)
			fixture_scanned(&f, ID_FULL);
		write_string(&w, "[a*");
		assert_int_equal(naming_write(&f.inventory, &f.entries[0], &w), listed ? NAMING_EXACT : NAMING_GLOB);
		assert_true(text_equal(writer_text(&w), text_of(listed ? "[a*active+3.conf" : "[a*active[+.]*conf")));
		for (size_t size = 0; size < writer_text(&w).len - 3; size++) {
			struct writer small = { .at = buffer, .size = size };
			assert_int_equal(naming_write(&f.inventory, &f.entries[0], &small), NAMING_NONE);
			assert_true(small.len == 0 && !small.overflow);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behind_what_is_there),
		cmocka_unit_test(names),
		cmocka_unit_test(whatever_is_written_starts_no_other_id),
		cmocka_unit_test(twins_share_their_name),
		cmocka_unit_test(from_the_list),
		cmocka_unit_test(from_a_list_without_it),
		cmocka_unit_test(a_small_writer_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
