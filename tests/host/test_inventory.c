/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static struct text id_of(const struct entry *e, enum id_form form, char *buffer, size_t size)
{
	struct writer w = { .at = buffer, .size = size };

	entry_write_id(&w, e, form);
	return writer_text(&w);
}

static void ids(void **state)
{
	static const struct {
		const char *file;
		struct text ids[ID_FORM_COUNT]; /* full, stripped, kept */
		struct text name;
		struct text suffix;
	} rows[] = {
		{ "active.conf", { NAME("active.conf"), NAME("active.conf"), NAME("active.conf") }, NAME("active"), NAME(".conf") },
		{ "active+3.conf", { NAME("active+3.conf"), NAME("active.conf"), NAME("active.conf") }, NAME("active"), NAME(".conf") },
		{ "active+2-1.conf", { NAME("active+2-1.conf"), NAME("active.conf"), NAME("active.conf") }, NAME("active"), NAME(".conf") },
		{ "active+0-3.efi", { NAME("active+0-3.efi"), NAME("active.efi"), NAME("active.efi") }, NAME("active"), NAME(".efi") },
		{ "Active.CONF", { NAME("active.conf"), NAME("active.conf"), NAME("active.conf") }, NAME("Active"), NAME(".CONF") },
		{ "ACTIVE+3.CONF", { NAME("active+3.conf"), NAME("active.conf"), NAME("ACTIVE.conf") }, NAME("ACTIVE"), NAME(".CONF") },
		{ "a+x.conf", { NAME("a+x.conf"), NAME("a+x.conf"), NAME("a+x.conf") }, NAME("a+x"), NAME(".conf") },
		{ "a+x+1.conf", { NAME("a+x+1.conf"), NAME("a+x.conf"), NAME("a+x.conf") }, NAME("a+x"), NAME(".conf") },
		{ "a+003.conf", { NAME("a+003.conf"), NAME("a.conf"), NAME("a.conf") }, NAME("a"), NAME(".conf") },
		{ "\xc3\x84+3.conf", { NAME("\xc3\x84+3.conf"), NAME("\xc3\x84.conf"), NAME("\xc3\x84.conf") }, NAME("\xc3\x84"), NAME(".conf") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		char buffer[INVENTORY_ID_MAX];

		fixture_init(&f, "");
		struct entry e = fixture_entry(&f, rows[i].file);
		for (unsigned form = 0; form < ID_FORM_COUNT; form++) {
			struct text id = id_of(&e, (enum id_form)form, buffer, sizeof(buffer));
			if (!text_equal(id, rows[i].ids[form]))
				fail_msg("%s: id %s in form %u", rows[i].file, shown(id), form);
		}
		if (!text_equal(entry_name(&e), rows[i].name) || !text_equal(entry_suffix(&e), rows[i].suffix))
			fail_msg("%s: name %s, suffix %s", rows[i].file, shown(entry_name(&e)), shown(entry_suffix(&e)));
	}
}

static void foreign(void **state)
{
	static const struct {
		const char *file;
		bool foreign;
	} rows[] = {
		{ "bootpilot-loader.conf", true },  { "bootpilot-loader+3.conf", true },   { "BOOTPILOT-LOADER+0-3.CONF", true },
		{ "bootpilotx64.efi", true },       { "bootpilotaa64.efi", true },         { "bootpilotx64+2-1.efi", true },
		{ "BootpilotX64.EFI", true },       { "auto-windows.conf", true },         { "AUTO-reboot-to-firmware-setup.conf", true },
		{ "auto-osx+3.conf", true },        { "active.conf", false },              { "active+3.efi", false },
		{ "automatic.conf", false },        { "active-auto-windows.conf", false }, { "auto.conf", false },
		{ "my-bootpilot.conf", false },     { "statereset.conf", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, "");
		struct entry e = fixture_entry(&f, rows[i].file);
		if (entry_is_foreign(&e) != rows[i].foreign)
			fail_msg("%s: foreign %d", rows[i].file, !rows[i].foreign);
	}
}

static void twins(void **state)
{
	static const struct {
		const char *a, *b;
		bool twins;
	} rows[] = {
		{ "active", "active+3", true },        { "active+3", "active+2-1", true },    { "active+3", "active+3,x", true },
		{ "active", "active,x", true },        { "ACTIVE+3.CONF", "active", true },   { "active+0003", "active+3", true },
		{ "active.efi", "active+3.EFI", true }, { "active", "active.efi", false },    { "active", "passive", false },
		{ "active+3", "active_b+3", false },   { "active+x", "active", false },       { "active+x+3", "active+x", true },
		{ "active+3x", "active+3", false },    { "passive.old", "passive", false },   { "\xc3\x84", "\xc3\xa4", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, "");
		struct entry a = fixture_entry(&f, rows[i].a), b = fixture_entry(&f, rows[i].b);
		if (entry_is_twin(&a, &b) != rows[i].twins || entry_is_twin(&b, &a) != rows[i].twins)
			fail_msg("%s and %s: twins %d", rows[i].a, rows[i].b, !rows[i].twins);
		if ((entry_id_hash(&a) == entry_id_hash(&b)) != rows[i].twins)
			fail_msg("%s and %s: the hashes say otherwise", rows[i].a, rows[i].b);
		if (id_hash(a.file) != entry_id_hash(&a) || id_hash(b.file) != entry_id_hash(&b))
			fail_msg("%s or %s: the text has another hash", rows[i].a, rows[i].b);
		for (unsigned form = 0; form < ID_FORM_COUNT; form++) {
			char buffer[INVENTORY_ID_MAX];
			if (id_hash(id_of(&a, (enum id_form)form, buffer, sizeof(buffer))) != entry_id_hash(&a))
				fail_msg("%s: its id in form %u has another hash", rows[i].a, form);
		}
	}
}

/* Each row from first to last, in every form of ids unless it says otherwise. */
static void order(void **state)
{
	static const struct {
		const char *about;
		const char *files;
	} rows[] = {
		{ "ids downwards", "passive active_foo active" },
		{ "ids are compared as versions", "os-10 os-9 os-2" },
		{ "exhausted last", "recovery+1-2 passive active+0-3 a+0" },
		{ "exhausted last, even with the first sort-key", "b,s=b a+0-3,s=a" },
		{ "with sort-key before without", "a,s=zzz zzz" },
		{ "sort-key upwards", "a,s=a b,s=b c,s=c" },
		{ "then machine-id upwards", "a,s=k,m=1 b,s=k,m=2" },
		{ "then version downwards", "a,s=k,m=1,v=1.10 b,s=k,m=1,v=1.9 c,s=k,m=1,v=1.9~rc1" },
		{ "then id downwards", "b,s=k,m=1,v=1 a,s=k,m=1,v=1" },
		{ "without sort-key the version does not count", "b,v=1 a,v=2" },
		{ "unified images among the others", "os_2.efi os_1" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, rows[i].files);
		for (size_t a = 0; a < f.inventory.entry_count; a++) {
			for (size_t b = 0; b < f.inventory.entry_count; b++) {
				for (unsigned form = 0; form < ID_FORM_COUNT; form++) {
					int c = entry_compare(&f.entries[a], &f.entries[b], (enum id_form)form);
					if (a < b ? c >= 0 : a > b ? c <= 0 : c != 0)
						fail_msg("%s: %s to %s is %d in form %u", rows[i].about,
							 shown(f.entries[a].file), shown(f.entries[b].file), c, form);
				}
			}
		}
	}
}

static void order_is_an_order(void **state)
{
	struct fixture f;

	fixture_init(&f, "a a+3 a+0-3 A+2.CONF a_b a-b+1 a.efi a+1.efi b,s=k b+3,s=k,v=2 b+2,s=k,v=10 c,s=k,m=1 C+0,s=j "
			 "a+3,x a+2-1,x os-9 os-10+3 os-10.1");
	size_t n = f.inventory.entry_count;
	for (unsigned form = 0; form < ID_FORM_COUNT; form++) {
		for (size_t a = 0; a < n; a++) {
			for (size_t b = 0; b < n; b++) {
				int ab = entry_compare(&f.entries[a], &f.entries[b], (enum id_form)form);
				int ba = entry_compare(&f.entries[b], &f.entries[a], (enum id_form)form);
				if ((ab < 0) != (ba > 0) || (ab == 0) != (ba == 0))
					fail_msg("%s, %s: both ways", shown(f.entries[a].file), shown(f.entries[b].file));
				if (ab == 0 && a != b && !entry_is_twin(&f.entries[a], &f.entries[b]))
					fail_msg("%s, %s: no order", shown(f.entries[a].file), shown(f.entries[b].file));
				for (size_t c = 0; c < n; c++) {
					int bc = entry_compare(&f.entries[b], &f.entries[c], (enum id_form)form);
					int ac = entry_compare(&f.entries[a], &f.entries[c], (enum id_form)form);
					if (ab < 0 && bc < 0 && ac >= 0)
						fail_msg("%s, %s, %s: no order", shown(f.entries[a].file),
							 shown(f.entries[b].file), shown(f.entries[c].file));
				}
			}
		}
	}
}

static void fingerprints(void **state)
{
	static const struct {
		const char *about;
		const char *a, *b;
		const char *conf;
		uint64_t size, time, header;
		bool same;
	} rows[] = {
		{ "nothing changed", "active", "active", "linux /a", 1, 2, 3, true },
		{ "the counter moved", "active+3", "active+2-1", "linux /a", 1, 2, 3, true },
		{ "blessed", "active+3", "active", "linux /a", 1, 2, 3, true },
		{ "another name", "active", "passive", "linux /a", 1, 2, 3, false },
		{ "another conf", "active", "active", "linux /b", 1, 2, 3, false },
		{ "an empty conf", "active", "active", "", 1, 2, 3, false },
		{ "another size", "active", "active", "linux /a", 2, 2, 3, false },
		{ "another time", "active", "active", "linux /a", 1, 3, 3, false },
		{ "other headers", "active", "active", "linux /a", 1, 2, 4, false },
		{ "size and time changed places", "active", "active", "linux /a", 2, 1, 3, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, "");
		struct entry a = fixture_entry(&f, rows[i].a), b = fixture_entry(&f, rows[i].b);
		bool same = entry_fingerprint(&a, TEXT("linux /a"), 1, 2, 3) ==
			    entry_fingerprint(&b, text_of(rows[i].conf), rows[i].size, rows[i].time, rows[i].header);
		if (same != rows[i].same)
			fail_msg("%s: the same %d", rows[i].about, same);
	}
}

static void releases(void **state)
{
	static const struct {
		struct text info;
		uint32_t major;
	} rows[] = {
		{ NAME("systemd-boot 252.39-1~deb12u1"), 252 }, { NAME("systemd-boot 254.26-1~bpo12+1"), 254 },
		{ NAME("systemd-boot 257.13-1"), 257 },         { NAME("systemd-boot 262.1-1"), 262 },
		{ NAME("systemd-boot 258"), 258 },              { NAME("systemd-boot 258~rc1"), 258 },
		{ NAME("rEFInd 0.14.0"), 0 },                   { NAME("GRUB 2.12"), 0 },
		{ NAME(""), 0 },                                { NAME("systemd-boot"), 0 },
		{ NAME("systemd-boot "), 0 },                   { NAME("systemd-boot v257"), 0 },
		{ NAME("systemd-stub 257"), 0 },                { NAME("257"), 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (loader_major(rows[i].info) != rows[i].major)
			fail_msg("\"%s\": %u", shown(rows[i].info), loader_major(rows[i].info));
}

static void lists_of_ids(void **state)
{
	static const struct {
		struct text list;
		unsigned count;
		struct text first, last;
	} rows[] = {
		{ NAME(""), 0, NAME(""), NAME("") },
		{ NAME("active.conf\0"), 1, NAME("active.conf"), NAME("active.conf") },
		{ NAME("active.conf\0passive.conf\0auto-windows\0"), 3, NAME("active.conf"), NAME("auto-windows") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text rest = rows[i].list, id = TEXT("untouched"), first = TEXT_EMPTY, last = TEXT_EMPTY;
		unsigned count = 0;

		while (loader_next_id(&rest, &id)) {
			first = count == 0 ? id : first;
			last = id;
			if (++count > 10)
				fail_msg("row %zu has no end", i);
		}
		if (count != rows[i].count || !text_equal(first, rows[i].first) || !text_equal(last, rows[i].last))
			fail_msg("row %zu: %u ids from %s to %s", i, count, shown(first), shown(last));
		if (count == 0)
			assert_true(text_equal(id, TEXT("untouched")));
	}

	/* garbage ends, too */
	char garbage[64];
	for (unsigned seed = 1; seed < 500; seed++) {
		unsigned x = seed * 2654435761u, count = 0;
		for (size_t i = 0; i < sizeof(garbage); i++) {
			x = x * 1664525u + 1013904223u;
			garbage[i] = (x >> 28) < 6 ? '\0' : (char)(x >> 20);
		}
		struct text rest = { garbage, sizeof(garbage) }, id;
		while (loader_next_id(&rest, &id))
			if (++count > sizeof(garbage))
				fail_msg("seed %u has no end", seed);
	}
}

static void the_first_other(void **state)
{
	static const struct {
		const char *about;
		struct text list;
		const char *given;
		struct text id; /* empty: none */
	} rows[] = {
		{ "ours comes first", NAME("bootpilot-loader.conf\0active+3.conf\0passive.conf\0"), "", NAME("active+3.conf") },
		{ "ours counted, then the firmware", NAME("bootpilot-loader+2-1.conf\0auto-reboot-to-firmware-setup\0os.efi\0"), "", NAME("os.efi") },
		{ "ours as an image", NAME("bootpilotx64.efi\0active.conf\0"), "", NAME("active.conf") },
		{ "tried already", NAME("bootpilot-loader.conf\0active+2-1.conf\0passive.conf\0"), "failed=active.conf", NAME("passive.conf") },
		{ "of one role the first listed", NAME("active_b.conf\0active_a.conf\0"), "", NAME("active_b.conf") },
		{ "nothing else", NAME("bootpilot-loader.conf\0auto-windows\0"), "", NAME("") },
		{ "all tried", NAME("active.conf\0"), "failed=active.conf", NAME("") },
		{ "an empty list", NAME(""), "", NAME("") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct text id = TEXT_EMPTY;

		fixture_init(&f, "");
		fixture_given(&f, rows[i].given);
		f.inventory.loader.entries_known = true;
		f.inventory.loader.entries = rows[i].list;
		if (roles_first_other(&f.inventory, &id) != (rows[i].id.len > 0))
			fail_msg("%s: found %s", rows[i].about, shown(id));
		if (rows[i].id.len > 0 && !text_equal(id, rows[i].id))
			fail_msg("%s: %s", rows[i].about, shown(id));
	}
}

static void what_the_loader_lists(void **state)
{
	static const struct {
		const char *name;
		bool type1, type2;
	} rows[] = {
		{ "active.conf", true, false },  { "ACTIVE.CONF", true, false }, { "a.conf", true, false },
		{ "active.efi", false, true },   { "a.EFI", false, true },	 { "active.conf~", false, false },
		{ "notes.txt", false, false },   { ".active.conf", false, false }, { ".a.efi", false, false },
		{ ".conf", false, false },       { "conf", false, false },	 { "active.conf.bak", false, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text name = text_of(rows[i].name);
		if (entry_is_listed(ENTRY_TYPE1, name) != rows[i].type1 || entry_is_listed(ENTRY_TYPE2, name) != rows[i].type2)
			fail_msg("%s", rows[i].name);
	}
}

static void what_a_conf_says(void **state)
{
	struct entry entry = { .key = CONF_KEY_NONE };

	entry_read_conf(&entry, TEXT("title A\nsort-key b\nversion 1.2\nmachine-id 4711\narchitecture x64\nlinux /k\nefi /e\n"));
	assert_true(text_equal(entry.title, TEXT("A")));
	assert_true(text_equal(entry.sort_key, TEXT("b")));
	assert_true(text_equal(entry.version, TEXT("1.2")));
	assert_true(text_equal(entry.machine_id, TEXT("4711")));
	assert_true(text_equal(entry.architecture, TEXT("x64")));
	assert_true(entry.key != CONF_KEY_NONE);
	assert_true(entry.image_path.len == 2);
	assert_true(entry.mixed);
}

/* Twins have one id in that form; then the tries decide, but never against the order of two different entries. */
static void tries_in_the_order(void **state)
{
	static const struct {
		const char *a, *b;
		int wanted;
	} rows[] = {
		{ "active+3", "active+2", -1 },	  { "active+2", "active+3", 1 },   { "active+2-1", "active+2", 1 },
		{ "active+2-1", "active+2-1", 0 }, { "active", "active+3", 0 },     { "active+3", "active", 0 },
		{ "os-2+1", "os-1+3", -1 },	  { "os-1+3", "os-2+1", 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, "");
		struct entry a = fixture_entry(&f, rows[i].a), b = fixture_entry(&f, rows[i].b);
		int r = entry_compare(&a, &b, ID_STRIPPED);
		if ((r > 0) - (r < 0) != rows[i].wanted)
			fail_msg("%s to %s: %d", rows[i].a, rows[i].b, r);
	}
}

static void ids_in_a_list(void **state)
{
	static const char list[] = { '\0', '\0', 'a', '.', 'c', '\0', '\0', 'b' };
	char *copy = malloc(sizeof(list)); /* so that a look beyond it is seen */
	struct text id;

	assert_non_null(copy);
	memcpy(copy, list, sizeof(list));
	struct text ids = { copy, sizeof(list) };
	assert_true(loader_next_id(&ids, &id));
	assert_true(text_equal(id, TEXT("a.c")));
	assert_true(loader_next_id(&ids, &id));
	assert_true(text_equal(id, TEXT("b")));
	assert_false(loader_next_id(&ids, &id));
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tries_in_the_order),
		cmocka_unit_test(ids_in_a_list),
		cmocka_unit_test(what_a_conf_says),
		cmocka_unit_test(what_the_loader_lists),
		cmocka_unit_test(ids),          cmocka_unit_test(foreign),      cmocka_unit_test(twins),
		cmocka_unit_test(order),        cmocka_unit_test(order_is_an_order), cmocka_unit_test(fingerprints),
		cmocka_unit_test(releases),     cmocka_unit_test(lists_of_ids), cmocka_unit_test(the_first_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
