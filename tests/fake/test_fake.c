/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the fake itself: firmware that behaves as EDK2 does, and a systemd-boot that does what the real ones were
 * measured to do. The program under test is not part of this. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "console.h"
#include "disk.h"
#include "files.h"
#include "firmware.h"
#include "guids.h"
#include "handles.h"
#include "laws.h"
#include "loader.h"
#include "loader_entry.h"
#include "machine.h"
#include "os.h"
#include "pool.h"
#include "variables.h"
#include "volume.h"

#define BS 2u
#define RT 4u
#define NV 1u

static const unsigned all_series[] = { 252, 254, 257, 262 };

static EFI_GUID *vendor(void)
{
	static EFI_GUID guid;

	guid = fake_guid_loader;
	return &guid;
}

/* --- Variables ----------------------------------------------------------------------------------------------------- */

static void test_variables_set(void **state)
{
	static const struct {
		const char *about;
		uint32_t before, attributes; /* before 0: not there */
		size_t size;
		EFI_STATUS expected;
		uint32_t after;
	} rows[] = {
		{ "new", 0, NV | BS | RT, 4, EFI_SUCCESS, NV | BS | RT },
		{ "new, volatile", 0, BS, 4, EFI_SUCCESS, BS },
		{ "runtime without boot service", 0, RT, 4, EFI_INVALID_PARAMETER, 0 },
		{ "overwritten", NV | BS, NV | BS, 8, EFI_SUCCESS, NV | BS },
		{ "overwritten with other attributes", NV | BS, BS, 8, EFI_INVALID_PARAMETER, NV | BS },
		{ "deleted by size 0", NV | BS, NV | BS, 0, EFI_SUCCESS, 0 },
		{ "deleted by size 0 with other attributes", BS | RT, NV | BS | RT, 0, EFI_INVALID_PARAMETER, BS | RT },
		{ "deleted by attributes 0", NV | BS | RT, 0, 0, EFI_SUCCESS, 0 },
		{ "deleted by attributes 0 although data is given", BS, 0, 4, EFI_SUCCESS, 0 },
		{ "deleted, was not there", 0, NV | BS, 0, EFI_NOT_FOUND, 0 },
		{ "appended", BS, BS | 0x40, 4, EFI_SUCCESS, BS },
		{ "nothing appended", BS, BS | 0x40, 0, EFI_SUCCESS, BS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EFI_SYSTEM_TABLE *system;
		EFI_STATUS status;

		fake_firmware_new();
		system = fake_firmware_on();
		if (rows[i].before)
			fake_variables_write("V", vendor(), rows[i].before, "1234", 4);
		status = system->RuntimeServices->SetVariable((CHAR16 *)L"V", vendor(), rows[i].attributes,
							      rows[i].size, (void *)"abcdefgh");
		if (status != rows[i].expected || fake_variables_attributes("V", vendor()) != rows[i].after)
			fail_msg("%s: status %llx, attributes %u", rows[i].about, (unsigned long long)status,
				 fake_variables_attributes("V", vendor()));
		fake_firmware_off();
	}
	assert_null(*state);
}

static void test_variables_read(void **state)
{
	EFI_RUNTIME_SERVICES *runtime;
	uint8_t buffer[8];
	UINT32 attributes = 0;
	UINTN size = 2;

	fake_firmware_new();
	runtime = fake_firmware_on()->RuntimeServices;
	fake_variables_write("V", vendor(), BS | RT, "1234", 4);
	assert_true(runtime->GetVariable((CHAR16 *)L"V", vendor(), &attributes, &size, buffer) == EFI_BUFFER_TOO_SMALL);
	assert_int_equal(size, 4);
	assert_int_equal(attributes, BS | RT);
	size = 0;
	assert_true(runtime->GetVariable((CHAR16 *)L"V", vendor(), NULL, &size, NULL) == EFI_BUFFER_TOO_SMALL);
	assert_true(runtime->GetVariable((CHAR16 *)L"V", vendor(), NULL, &size, NULL) == EFI_INVALID_PARAMETER);
	assert_true(runtime->GetVariable((CHAR16 *)L"V", vendor(), NULL, &size, buffer) == EFI_SUCCESS);
	assert_true(runtime->GetVariable((CHAR16 *)L"W", vendor(), NULL, &size, buffer) == EFI_NOT_FOUND);
	fake_firmware_off();
	assert_null(*state);
}

static void test_variables_space(void **state)
{
	static const uint8_t bytes[2000];

	fake_firmware_new();
	fake_variables_set_quota(1000);
	assert_true(fake_variables_write("Big", vendor(), NV | BS, bytes, 1000) == EFI_OUT_OF_RESOURCES);
	assert_true(fake_variables_write("Big", vendor(), BS, bytes, 1000) ==
		    EFI_SUCCESS); /* volatile space is another */
	assert_true(fake_variables_write("V", vendor(), NV | BS, bytes, 800) == EFI_SUCCESS);
	assert_true(fake_variables_write("V", vendor(), NV | BS, bytes, 810) ==
		    EFI_SUCCESS); /* no second copy's space */
	assert_true(fake_variables_write("W", vendor(), NV | BS, bytes, 200) == EFI_OUT_OF_RESOURCES);
	fake_variables_set_quota(0);
	assert_true(fake_variables_write("V", vendor(), 0, NULL, 0) == EFI_SUCCESS); /* deleting needs none */
	fake_variables_set_mood(VARIABLES_PROTECTED);
	assert_true(fake_variables_write("V", vendor(), NV | BS, bytes, 1) == EFI_WRITE_PROTECTED);
	fake_variables_set_mood(VARIABLES_LYING);
	assert_true(fake_variables_write("V", vendor(), NV | BS, bytes, 1) == EFI_SUCCESS);
	assert_false(fake_variables_exists("V", vendor()));
	assert_null(*state);
}

static void test_variables_power_off(void **state)
{
	char text[16];

	fake_firmware_new();
	fake_variables_write_text("Kept", vendor(), NV | BS, "a");
	fake_variables_write_text("Lost", vendor(), BS | RT, "b");
	assert_false(fake_variables_read_text_os("Kept", vendor(), text, sizeof(text))); /* no RUNTIME_ACCESS */
	assert_true(fake_variables_read_text_os("Lost", vendor(), text, sizeof(text)));
	fake_firmware_on();
	fake_firmware_off();
	assert_true(fake_variables_exists("Kept", vendor()));
	assert_false(fake_variables_exists("Lost", vendor()));
	assert_null(*state);
}

/* --- Files --------------------------------------------------------------------------------------------------------- */

static EFI_FILE_HANDLE open_root(struct volume *volume)
{
	EFI_FILE_IO_INTERFACE *system = fake_handles_get(fake_disk_handle(volume), &fake_guid_file_system);
	EFI_FILE_HANDLE root = NULL;

	assert_true(system->OpenVolume(system, &root) == EFI_SUCCESS);
	return root;
}

static void test_files_directory(void **state)
{
	static const char *const expected[] = { ".", "..", "b.conf", "A long name with blanks.conf" };
	struct volume *esp;
	EFI_FILE_HANDLE root, directory = NULL;
	_Alignas(8) uint8_t buffer[512];
	UINTN size;

	fake_firmware_new();
	esp = fake_volume_new(PARTITION_ESP, 0, "ESP");
	fake_volume_write_text(esp, "\\loader\\entries\\b.conf", "text", CLOCK_START);
	fake_volume_write_text(esp, "\\loader\\entries\\A long name with blanks.conf", "", CLOCK_START);
	fake_firmware_on();
	root = open_root(esp);
	assert_true(root->Open(root, &directory, (CHAR16 *)L"LOADER\\Entries", EFI_FILE_MODE_READ, 0) == EFI_SUCCESS);
	for (size_t i = 0; i < 4; i++) {
		const EFI_FILE_INFO *info = (const EFI_FILE_INFO *)buffer;
		UINTN needed = offsetof(EFI_FILE_INFO, FileName) + 2 * (strlen(expected[i]) + 1);

		size = 10; /* too small: says how much, and stays at the same entry */
		assert_true(directory->Read(directory, &size, buffer) == EFI_BUFFER_TOO_SMALL);
		assert_int_equal(size, needed);
		assert_true(directory->Read(directory, &size, buffer) == EFI_SUCCESS);
		assert_int_equal(info->Size, needed);
		for (size_t c = 0; c <= strlen(expected[i]); c++)
			assert_int_equal(info->FileName[c], expected[i][c]);
		if (i == 2)
			assert_int_equal(info->FileSize, 4);
	}
	size = sizeof(buffer);
	assert_true(directory->Read(directory, &size, buffer) == EFI_SUCCESS);
	assert_int_equal(size, 0);
	assert_true(directory->SetPosition(directory, 1) == EFI_UNSUPPORTED);
	assert_true(directory->SetPosition(directory, 0) == EFI_SUCCESS);
	directory->Close(directory);
	root->Close(root);
	assert_int_equal(laws_broken(), 0);
	fake_firmware_off();
	assert_null(*state);
}

static void test_files_read(void **state)
{
	struct volume *esp;
	EFI_FILE_HANDLE root, file = NULL;
	char buffer[16];
	UINTN size = 3;

	fake_firmware_new();
	esp = fake_volume_new(PARTITION_ESP, 0, "ESP");
	fake_volume_write_text(esp, "\\a.txt", "12345", CLOCK_START);
	fake_firmware_on();
	root = open_root(esp);
	assert_true(root->Open(root, &file, (CHAR16 *)L"\\b.txt", EFI_FILE_MODE_READ, 0) == EFI_NOT_FOUND);
	assert_true(root->Open(root, &file, (CHAR16 *)L"\\A.TXT", EFI_FILE_MODE_READ, 0) == EFI_SUCCESS);
	assert_true(file->Read(file, &size, buffer) == EFI_SUCCESS && size == 3);
	size = sizeof(buffer);
	assert_true(file->Read(file, &size, buffer) == EFI_SUCCESS && size == 2);
	assert_true(file->Read(file, &size, buffer) == EFI_SUCCESS && size == 0);
	assert_true(file->SetPosition(file, 6) == EFI_SUCCESS);
	assert_true(file->Read(file, &size, buffer) == EFI_DEVICE_ERROR);
	assert_int_equal(laws_broken(), 0);
	size = 1;
	assert_true(EFI_ERROR(file->Write(file, &size, buffer)));
	assert_int_equal(laws_broken(), 1);
	assert_true(
		EFI_ERROR(root->Open(root, &file, (CHAR16 *)L"a.txt", EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0)));
	assert_int_equal(laws_broken(), 2);
	fake_firmware_off();
	assert_null(*state);
}

static void test_disk_partition_table(void **state)
{
	struct volume *esp, *xbootldr;
	EFI_BLOCK_IO *disk = NULL;
	uint8_t sector[512];
	UINT32 crc;
	EFI_SYSTEM_TABLE *system;

	fake_firmware_new();
	esp = fake_volume_new(PARTITION_ESP, 0, "ESP");
	xbootldr = fake_volume_new(PARTITION_XBOOTLDR, 0, "XBOOTLDR");
	system = fake_firmware_on();
	assert_true(system->BootServices->LocateProtocol((EFI_GUID *)&fake_guid_block_io, NULL, (void **)&disk) ==
		    EFI_SUCCESS);
	assert_true(disk->ReadBlocks(disk, disk->Media->MediaId, 1, 512, sector) == EFI_SUCCESS);
	assert_memory_equal(sector, "EFI PART", 8);
	memcpy(&crc, sector + 16, 4);
	memset(sector + 16, 0, 4);
	system->BootServices->CalculateCrc32(sector, 92, (UINT32 *)(sector + 16));
	assert_memory_equal(&crc, sector + 16, 4);
	assert_true(disk->ReadBlocks(disk, disk->Media->MediaId, 2, 512, sector) == EFI_SUCCESS);
	assert_memory_equal(sector + 16, esp->guid, 16);
	assert_memory_equal(sector + 128, &fake_guid_type_xbootldr, 16);
	assert_memory_equal(sector + 144, xbootldr->guid, 16);
	fake_firmware_off();
	assert_null(*state);
}

/* --- Laws ---------------------------------------------------------------------------------------------------------- */

static EFI_STATUS careless(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	void *memory;
	EFI_EVENT event;
	EFI_FILE_HANDLE root;
	EFI_LOADED_IMAGE *loaded = fake_image_loaded(image);
	EFI_FILE_IO_INTERFACE *files = fake_handles_get(loaded->DeviceHandle, &fake_guid_file_system);

	system->BootServices->AllocatePool(EfiLoaderData, 100, &memory);
	system->BootServices->CreateEvent(EVT_TIMER, 0, NULL, NULL, &event);
	files->OpenVolume(files, &root);
	system->RuntimeServices->SetVariable(L"LoaderEntryDefault", (EFI_GUID *)(UINTN)&fake_guid_loader, 7, 1, "");
	return EFI_ABORTED;
}

static EFI_STATUS endless(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	while (image)
		system->BootServices->Stall(1);
	return EFI_SUCCESS;
}

static EFI_STATUS failing_calls[3];

static EFI_STATUS counting(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	void *memory;

	for (size_t i = 0; i < 3; i++) {
		failing_calls[i] = system->BootServices->AllocatePool(EfiLoaderData, 4096, &memory);
		if (!EFI_ERROR(failing_calls[i]))
			system->BootServices->FreePool(memory);
	}
	return image ? EFI_ABORTED : EFI_SUCCESS;
}

static void test_laws(void **state)
{
	struct machine machine;

	fake_machine_new(&machine, 257, MACHINE_IN_DRIVER, false, careless);
	fake_machine_boot(&machine);
	assert_int_equal(laws_broken(), 4); /* memory, an event, a file, a variable of somebody else */

	fake_machine_new(&machine, 257, MACHINE_IN_DRIVER, false, endless);
	laws_set_limit(1000);
	assert_int_equal(fake_machine_boot(&machine), OUTCOME_ENDLESS);

	fake_machine_new(&machine, 257, MACHINE_IN_DRIVER, false, counting);
	fake_fail(3, EFI_OUT_OF_RESOURCES); /* allocate, free, allocate: the second allocation */
	fake_machine_boot(&machine);
	assert_true(failing_calls[0] == EFI_SUCCESS && failing_calls[1] == EFI_OUT_OF_RESOURCES &&
		    failing_calls[2] == EFI_SUCCESS);
	assert_int_equal(fake_failed_service(), SERVICE_ALLOCATE_POOL);
	assert_int_equal(laws_calls(SERVICE_COUNT), 5);
	assert_int_equal(laws_broken(), 0);
	assert_int_equal(fake_pool_peak(), 4096);
	assert_null(*state);
}

/* --- The loader's rules -------------------------------------------------------------------------------------------- */

static void test_counter(void **state)
{
	static const struct {
		const char *file;
		bool counted;
		uint64_t left, done;
		const char *next;
	} rows[] = {
		{ "active+3.conf", true, 3, 0, "active+2-1.conf" },
		{ "active+2-1.CONF", true, 2, 1, "active+1-2.conf" },
		{ "active+0-3.conf", true, 0, 3, "active+0-4.conf" },
		{ "a+b+1.conf", true, 1, 0, "a+b+0-1.conf" },
		{ "active+2147483647.conf", true, 2147483647, 0, "active+2147483646-1.conf" },
		{ "active+0-2147483647.conf", true, 0, 2147483647, "active+0-2147483647.conf" },
		{ "active+2147483648.conf", false, 0, 0, "" },
		{ "active.conf", false, 0, 0, "" },
		{ "active+.conf", false, 0, 0, "" },
		{ "active+3-.conf", false, 0, 0, "" },
		{ "active+3x.conf", false, 0, 0, "" },
		{ "active+3.old.conf", false, 0, 0, "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t left = 0, done = 0;
		size_t base;
		char next[64] = "";

		if (fake_loader_counter(rows[i].file, ".conf", &left, &done, &base) != rows[i].counted ||
		    left != rows[i].left || done != rows[i].done)
			fail_msg("%s: %llu-%llu", rows[i].file, (unsigned long long)left, (unsigned long long)done);
		fake_loader_next_name(rows[i].file, ".conf", next, sizeof(next));
		assert_string_equal(next, rows[i].next);
	}
	assert_null(*state);
}

static void test_glob(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} rows[] = {
		{ "active.conf", "active.conf", true },
		{ "active*", "active+3.conf", true },
		{ "active[+.]*conf", "active+3.conf", true },
		{ "active[+.]*conf", "active.conf", true },
		{ "active[+.]*conf", "actives.conf", false },
		{ "?ctive.conf", "Active.conf", true },
		{ "active.conf", "ACTIVE.conf", false },
		{ "[a-c]x", "bx", true },
		{ "[a-c]x", "dx", false },
		{ "[]]", "]", true },
		{ "[a", "a", false },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "**a", "bba", true },
		{ "", "", true },
		{ "", "a", false },
		{ "?", "\xc3\xa4", true },
		{ "a-b[a-]", "a-b-", true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fake_loader_glob(rows[i].pattern, rows[i].name) != rows[i].matches)
			fail_msg("%s on %s", rows[i].pattern, rows[i].name);
	assert_null(*state);
}

static void test_version_order(void **state)
{
	static const char *const series[] = { "122.1", "123~rc1-1", "123",     "123-a",   "123-a.1",
					      "123-3", "123^post1", "123.a-1", "123.1-1", "124-1" };

	for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++)
		for (size_t j = 0; j < sizeof(series) / sizeof(series[0]); j++) {
			int r = fake_loader_version_compare(series[i], series[j]);

			if ((r < 0) != (i < j) || (r > 0) != (i > j))
				fail_msg("%s against %s: %d", series[i], series[j], r);
		}
	assert_true(fake_loader_version_compare("active_foo.conf", "active.conf") >
		    0); /* ids go down: foo comes first */
	assert_null(*state);
}

static struct machine machine_with(unsigned series)
{
	struct machine machine;

	fake_machine_new(&machine, series, MACHINE_PLAIN, false, NULL);
	return machine;
}

static void add_entry(struct volume *volume, const char *file, const char *text, const char *image, enum os_state state)
{
	char path[256];

	snprintf(path, sizeof(path), "\\loader\\entries\\%s", file);
	fake_volume_write_text(volume, path, text, CLOCK_START);
	fake_os_install(volume, image, state, NULL);
}

/* What a watch read at the end of the last power cycle. */
static char seen[4096];

static void watch_entries(void)
{
	fake_variables_read_text("LoaderEntries", vendor(), seen, sizeof(seen));
}

static void test_ids(void **state)
{
	static const struct {
		const char *file, *id252, *id257, *id262;
	} rows[] = {
		{ "active+3.conf", "active+3.conf", "active.conf", "active.conf" },
		{ "ACTIVE+3.CONF", "active+3.conf", "ACTIVE.conf", "active.conf" },
		{ "Active.conf", "active.conf", "active.conf", "active.conf" },
		{ "active+3x.conf", "active+3x.conf", "active+3x.conf", "active+3x.conf" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t s = 0; s < 4; s++) {
			struct machine machine = machine_with(all_series[s]);
			const char *expected = all_series[s] < 257    ? rows[i].id252
					       : all_series[s] == 257 ? rows[i].id257
								      : rows[i].id262;

			add_entry(machine.esp, rows[i].file, "linux /a.efi\n", "\\a.efi", OS_OK);
			assert_int_equal(fake_machine_boot(&machine), OUTCOME_OS);
			assert_string_equal(fake_os_report()->selected, expected);
		}
	assert_null(*state);
}

static void test_counting(void **state)
{
	static const struct {
		const char *key;
		bool counted[4]; /* 252, 254, 257, 262 */
		bool listed[4];
	} rows[] = {
		{ "linux", { true, true, true, true }, { true, true, true, true } },
		{ "efi", { true, true, true, false }, { true, true, true, true } },
		{ "uki", { false, false, false, true }, { false, false, false, true } },
	};

	for (size_t i = 0; i < 3; i++)
		for (size_t s = 0; s < 4; s++) {
			struct machine machine = machine_with(all_series[s]);
			bool renamed;
			char text[64];

			snprintf(text, sizeof(text), "%s /a.efi\n", rows[i].key);
			add_entry(machine.esp, "a+2.conf", text, "\\a.efi", OS_OK);
			assert_int_equal(fake_machine_boot(&machine) == OUTCOME_OS, rows[i].listed[s]);
			renamed = fake_volume_find(machine.esp, "\\loader\\entries\\a+1-1.conf") != NULL;
			assert_int_equal(renamed, rows[i].counted[s]);
			assert_string_equal(fake_os_report()->count_path,
					    renamed ? "\\loader\\entries\\a+1-1.conf" : "");
		}
	assert_null(*state);
}

static void test_type2(void **state)
{
	for (size_t s = 0; s < 4; s++) {
		struct machine machine = machine_with(all_series[s]);

		fake_os_install(machine.esp, "\\EFI\\Linux\\a+1.efi", OS_OK, "ID=test\nVERSION_ID=1\n");
		fake_os_install(machine.esp, "\\EFI\\Linux\\b.efi", OS_OK, NULL); /* no .osrel: not listed */
		fake_os_install(machine.esp, "\\EFI\\Linux\\c.efi", OS_OTHER_MACHINE, "ID=test\nVERSION_ID=9\n");
		assert_int_equal(fake_machine_boot(&machine), OUTCOME_OS);
		assert_string_equal(fake_os_report()->image, "\\EFI\\Linux\\a+0-1.efi");
		assert_string_equal(fake_os_report()->count_path, "\\EFI\\Linux\\a+0-1.efi");
	}
	assert_null(*state);
}

static void test_order(void **state)
{
	static const struct {
		const char *about, *first, *first_text, *second, *second_text;
	} rows[] = {
		/* the first one is picked */
		{ "ids go down", "b.conf", "", "a.conf", "" },
		{ "a longer id comes first", "active_foo.conf", "", "active.conf", "" },
		{ "exhausted comes last", "a.conf", "", "b+0-3.conf", "" },
		{ "exhausted comes last, sort-key or not", "a.conf", "", "b+0.conf", "sort-key 1\n" },
		{ "a sort-key comes before none", "a.conf", "sort-key z\n", "b.conf", "" },
		{ "sort-keys go up", "a.conf", "sort-key 1\n", "b.conf", "sort-key 2\n" },
		{ "versions go down", "a.conf", "sort-key 1\nversion 10\n", "b.conf", "sort-key 1\nversion 9\n" },
		{ "machine-ids go up", "a.conf", "sort-key 1\nmachine-id 1\n", "b.conf", "sort-key 1\nmachine-id 2\n" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t s = 0; s < 4; s++) {
			struct machine machine = machine_with(all_series[s]);
			char text[128];

			snprintf(text, sizeof(text), "%slinux /second.efi\n", rows[i].second_text);
			add_entry(machine.esp, rows[i].second, text, "\\second.efi", OS_OK);
			snprintf(text, sizeof(text), "%slinux /first.efi\n", rows[i].first_text);
			add_entry(machine.esp, rows[i].first, text, "\\first.efi", OS_OK);
			assert_int_equal(fake_machine_boot(&machine), OUTCOME_OS);
			if (strcmp(fake_os_report()->image, "\\first.efi") != 0)
				fail_msg("%u, %s: %s", all_series[s], rows[i].about, fake_os_report()->image);
		}
	assert_null(*state);
}

static void test_choice(void **state)
{
	static const struct {
		const char *about, *oneshot, *variable, *config, *boots;
		unsigned from; /* series */
	} rows[] = {
		{ "the first in order", "", "", "", "\\b.efi", 252 },
		{ "one-shot as a glob", "a[+.]*conf", "", "", "\\a.efi", 252 },
		{ "one-shot in upper case", "A*", "", "", "\\a.efi", 252 },
		{ "one-shot before the variable", "a*", "b*", "", "\\a.efi", 252 },
		{ "variable before loader.conf", "", "a*", "b*", "\\a.efi", 252 },
		{ "loader.conf", "", "", "a*", "\\a.efi", 252 },
		{ "an unknown one-shot is passed over", "nobody", "", "a*", "\\a.efi", 252 },
		{ "an exhausted entry is booted if it is asked for", "x*", "", "", "\\x.efi", 252 },
		{ "the bare id needs a loader that strips", "x.conf", "", "", "\\x.efi", 257 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t s = 0; s < 4; s++) {
			struct machine machine = machine_with(all_series[s]);
			char config[64];

			if (all_series[s] < rows[i].from)
				continue;
			add_entry(machine.esp, "a+3.conf", "linux /a.efi\n", "\\a.efi", OS_OK);
			add_entry(machine.esp, "b.conf", "linux /b.efi\n", "\\b.efi", OS_OK);
			add_entry(machine.esp, "x+0-3.conf", "linux /x.efi\n", "\\x.efi", OS_OK);
			fake_variables_write_text("LoaderEntryOneShot", vendor(), NV | BS | RT, rows[i].oneshot);
			fake_variables_write_text("LoaderEntryDefault", vendor(), NV | BS | RT, rows[i].variable);
			snprintf(config, sizeof(config), "default %s\n", rows[i].config);
			fake_machine_loader_conf(&machine, config);
			assert_int_equal(fake_machine_boot(&machine), OUTCOME_OS);
			if (strcmp(fake_os_report()->image, rows[i].boots) != 0)
				fail_msg("%u, %s: %s", all_series[s], rows[i].about, fake_os_report()->image);
			assert_false(fake_variables_exists("LoaderEntryOneShot", vendor()));
		}
	assert_null(*state);
}

static void test_entries_variable(void **state)
{
	struct machine machine = machine_with(257);

	add_entry(machine.esp, "b.conf", "linux /b.efi\n", "\\b.efi", OS_OK);
	add_entry(machine.esp, "a.conf", "linux /a.efi\n", "\\a.efi", OS_MISSING); /* not listed */
	add_entry(machine.esp, "c.conf", "architecture aa64\nlinux /b.efi\n", "\\b.efi", OS_OK);
	add_entry(machine.esp, "auto-x.conf", "linux /b.efi\n", "\\b.efi", OS_OK);
	add_entry(machine.esp, "self.conf", "efi /EFI/systemd/systemd-bootx64.efi\n", "\\b.efi", OS_OK);
	fake_firmware_watch(watch_entries);
	assert_int_equal(fake_machine_boot(&machine), OUTCOME_OS);
	assert_string_equal(seen, "b.conf"); /* up to the first NUL */
	assert_null(*state);
}

static void test_broken_image(void **state)
{
	static const enum os_state states[] = { OS_EMPTY, OS_TRUNCATED, OS_NOT_PE, OS_OTHER_MACHINE };

	for (size_t i = 0; i < 4; i++)
		for (size_t s = 0; s < 4; s++) {
			struct machine machine = machine_with(all_series[s]);

			add_entry(machine.esp, "a+1.conf", "linux /a.efi\n", "\\a.efi", states[i]);
			/* 262 resets while there are tries, the others give up */
			assert_int_equal(fake_machine_boot(&machine),
					 all_series[s] == 262 ? OUTCOME_RESET : OUTCOME_FIRMWARE);
			assert_int_equal(fake_machine_boot(&machine), OUTCOME_FIRMWARE);
			assert_non_null(fake_volume_find(machine.esp, "\\loader\\entries\\a+0-2.conf"));
		}
	assert_null(*state);
}

static void test_read_only(void **state)
{
	struct machine machine = machine_with(252);

	add_entry(machine.esp, "a+1.conf", "linux /a.efi\n", "\\a.efi", OS_OK);
	machine.esp->read_only = true;
	assert_int_equal(fake_machine_boot(&machine), OUTCOME_OS);
	assert_string_equal(fake_os_report()->count_path, "");
	assert_non_null(fake_volume_find(machine.esp, "\\loader\\entries\\a+1.conf"));
	assert_null(*state);
}

static void test_xbootldr(void **state)
{
	struct machine machine = machine_with(254);

	fake_machine_add_xbootldr(&machine);
	add_entry(machine.xbootldr, "a+1.conf", "linux /a.efi\n", "\\a.efi", OS_OK);
	assert_int_equal(fake_machine_boot(&machine), OUTCOME_OS);
	assert_non_null(fake_volume_find(machine.xbootldr, "\\loader\\entries\\a+0-1.conf"));
	assert_null(*state);
}

/* Sets a volatile one-shot as a program does when NVRAM is full. */
static EFI_STATUS set_volatile(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	system->RuntimeServices->SetVariable((CHAR16 *)L"LoaderEntryOneShot", vendor(), BS, sizeof(L"a.conf"),
					     (void *)L"a.conf");
	return image ? EFI_ABORTED : EFI_SUCCESS;
}

static void watch_oneshot(void)
{
	fake_variables_read_text("LoaderEntryOneShot", vendor(), seen, sizeof(seen));
}

static void test_driver(void **state)
{
	for (size_t s = 0; s < 4; s++) {
		struct machine machine;

		fake_machine_new(&machine, all_series[s], MACHINE_IN_DRIVER, false, set_volatile);
		add_entry(machine.esp, "a.conf", "linux /a.efi\n", "\\a.efi", OS_OK);
		add_entry(machine.esp, "b.conf", "linux /b.efi\n", "\\b.efi", OS_OK);
		fake_firmware_watch(watch_oneshot);
		assert_int_equal(fake_machine_boot(&machine), OUTCOME_OS);
		assert_string_equal(fake_os_report()->image, "\\a.efi");
		assert_string_equal(seen, "a.conf"); /* deleting it with other attributes failed */
		assert_int_equal(fake_machine_boot(&machine), OUTCOME_OS);
	}
	assert_null(*state);
}

static EFI_STATUS succeed(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	return image && system ? EFI_SUCCESS : EFI_ABORTED;
}

static void test_berths(void **state)
{
	static const struct {
		enum machine_berth berth;
		image_entry program;
		enum outcome expected;
	} rows[] = {
		{ MACHINE_IN_ENTRY, succeed, OUTCOME_MENU },     { MACHINE_IN_TYPE2, succeed, OUTCOME_MENU },
		{ MACHINE_IN_FIRST, succeed, OUTCOME_FIRMWARE }, { MACHINE_IN_ENTRY, set_volatile, OUTCOME_FIRMWARE },
		{ MACHINE_IN_FIRST, set_volatile, OUTCOME_OS },  { MACHINE_IN_NET, set_volatile, OUTCOME_OS },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct machine machine;

		fake_machine_new(&machine, 257, rows[i].berth, false, rows[i].program);
		add_entry(machine.esp, "a.conf", "linux /a.efi\n", "\\a.efi", OS_OK);
		assert_int_equal(fake_machine_boot(&machine), rows[i].expected);
	}
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variables_set),
		cmocka_unit_test(test_variables_read),
		cmocka_unit_test(test_variables_space),
		cmocka_unit_test(test_variables_power_off),
		cmocka_unit_test(test_files_directory),
		cmocka_unit_test(test_files_read),
		cmocka_unit_test(test_disk_partition_table),
		cmocka_unit_test(test_laws),
		cmocka_unit_test(test_counter),
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_version_order),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_counting),
		cmocka_unit_test(test_type2),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_entries_variable),
		cmocka_unit_test(test_broken_image),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_xbootldr),
		cmocka_unit_test(test_driver),
		cmocka_unit_test(test_berths),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
