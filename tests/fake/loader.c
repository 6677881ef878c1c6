/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "devicepath.h"
#include "disk.h"
#include "guids.h"
#include "handles.h"
#include "images.h"
#include "loader_entry.h"
#include "pe.h"
#include "pool.h"
#include "power.h"
#include "variables.h"
#include "wide.h"

#define PASSING (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)
#define LASTING (PASSING | EFI_VARIABLE_NON_VOLATILE)

static const struct release {
	unsigned series;
	const char *version;
	uint64_t features;
} releases[] = {
	{ 252, "252.39", 0x7FF },
	{ 254, "254.26", 0x1FFF },
	{ 257, "257.13", 0x7FFF },
	{ 262, "262.1", 0x3FFFFF },
};

/* What one run knows. */
struct run {
	EFI_HANDLE image;
	struct volume *esp;
	struct loader_list list;
	char oneshot[WIDE_MAX]; /* lower case */
	char default_variable[WIDE_MAX], default_config[WIDE_MAX];
};

static const struct release *release;
static struct loader_trace trace;

const struct loader_trace *fake_loader_trace(void)
{
	return &trace;
}

void fake_loader_forget(void)
{
	memset(&trace, 0, sizeof(trace));
}

static const struct release *release_of(unsigned series)
{
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
		if (releases[i].series == series)
			return &releases[i];
	abort();
}

const char *fake_loader_version(unsigned series)
{
	return release_of(series)->version;
}

uint8_t *fake_loader_file(unsigned series, size_t *ret_size)
{
	char magic[64];
	struct pe_plan plan = {
		.machine = PE_MACHINE_X64, .subsystem = PE_APPLICATION, .build = series, .text = "systemd-boot"
	};

	snprintf(magic, sizeof(magic), LOADER_MARKER "%s ####", fake_loader_version(series));
	plan.sections[0] = (struct pe_section){ ".sdmagic", magic, strlen(magic) + 1 };
	return fake_pe_build(&plan, ret_size);
}

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static void set_text(const char *name, const char *value)
{
	fake_variables_write_text(name, &fake_guid_loader, PASSING, value);
}

/* Step 1: who we are and where we came from. */
static void export_self(const struct run *run)
{
	const uint8_t *g = run->esp->guid;
	char text[128];

	snprintf(text, sizeof(text), "systemd-boot %s", release->version);
	set_text("LoaderInfo", text);
	set_text("LoaderImageIdentifier", fake_image_path(run->image));
	fake_variables_write("LoaderFeatures", &fake_guid_loader, PASSING, &release->features,
			     sizeof(release->features));
	if (run->esp->partition == PARTITION_NONE || run->esp->partition == PARTITION_MBR)
		return; /* a partition without a GUID */
	snprintf(text, sizeof(text), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", g[3], g[2],
		 g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
	set_text("LoaderDevicePartUUID", text);
}

/* Loads PATH of VOLUME as a child of this run's image. */
static EFI_STATUS load_child(const struct run *run, const struct volume *volume, const char *path, EFI_HANDLE *ret)
{
	EFI_HANDLE device = fake_disk_handle(volume);
	const EFI_DEVICE_PATH *device_path = fake_handles_get(device, &fake_guid_device_path);
	struct path_bytes whole;

	whole.size = fake_path_size(device_path) - 4;
	memcpy(whole.at, device_path, whole.size);
	fake_path_add_file(&whole, path);
	return fake_image_load(run->image, (EFI_DEVICE_PATH *)whole.at, NULL, 0, ret);
}

/* Step 2: drivers, in the order of the directory. Whatever fails is passed over. */
static void start_drivers(const struct run *run)
{
	const struct node *drivers = fake_volume_find(run->esp, "\\EFI\\systemd\\drivers");

	for (size_t i = 0; drivers && i < drivers->child_count; i++) {
		const char *name = drivers->children[i]->name;
		size_t len = strlen(name);
		EFI_HANDLE driver = NULL;
		char path[512];

		if (drivers->children[i]->is_directory || name[0] == '.' || len < 7 ||
		    strcasecmp(name + len - 7, "x64.efi") != 0)
			continue;
		snprintf(path, sizeof(path), "\\EFI\\systemd\\drivers\\%s", name);
		if (EFI_ERROR(load_child(run, run->esp, path, &driver))) {
			if (driver) /* refused by Secure Boot, but loaded */
				fake_image_unload(driver);
			continue;
		}
		if (fake_image_loaded(driver)->ImageCodeType != EfiBootServicesCode)
			fake_image_unload(driver);
		else
			fake_image_start(driver);
	}
}

/* Step 3: loader.conf and the one-shot, which is deleted with the attributes that a lasting one has: a volatile one that
 * somebody left stays. */
static void read_defaults(struct run *run)
{
	const struct node *config = fake_volume_find(run->esp, "\\loader\\loader.conf");

	fake_loader_config_value(config, "default", run->default_config, sizeof(run->default_config));
	fake_variables_read_text("LoaderEntryOneShot", &fake_guid_loader, run->oneshot, sizeof(run->oneshot));
	if (fake_variables_exists("LoaderEntryOneShot", &fake_guid_loader))
		fake_variables_write("LoaderEntryOneShot", &fake_guid_loader, LASTING, NULL, 0);
	fake_variables_read_text("LoaderEntryDefault", &fake_guid_loader, run->default_variable,
				 sizeof(run->default_variable));
	lower(run->oneshot);
	lower(run->default_variable);
	lower(run->default_config);
}

static void add_firmware_setup(struct loader_list *list)
{
	struct loader_entry *entry = fake_loader_entry_add(list);

	entry->kind = LOADER_CALL;
	strcpy(entry->id, "auto-reboot-to-firmware-setup");
	list->count++;
}

/* Step 5, the end: all ids, one behind the other. */
static void export_entries(const struct loader_list *list)
{
	size_t units = 0, at = 0;
	CHAR16 *ids;

	for (size_t i = 0; i < list->count; i++)
		units += wide_units(list->entries[i].id);
	ids = fake_pool_take(units * sizeof(*ids));
	for (size_t i = 0; i < list->count; i++) {
		wide_write(list->entries[i].id, ids + at);
		at += wide_units(list->entries[i].id);
	}
	fake_variables_write("LoaderEntries", &fake_guid_loader, PASSING, ids, units * sizeof(*ids));
}

static struct loader_entry *match(const struct loader_list *list, const char *pattern, bool pass_over_bad)
{
	for (size_t i = 0; *pattern && i < list->count; i++) {
		struct loader_entry *entry = &list->entries[i];

		if (pass_over_bad && entry->counted && entry->left == 0)
			continue;
		if (fake_loader_glob(pattern, entry->id))
			return entry;
	}
	return NULL;
}

/* `@saved` stands for what was booted last. */
static struct loader_entry *match_default(const struct loader_list *list, const char *pattern)
{
	char saved[WIDE_MAX];

	if (strcmp(pattern, "@saved") != 0)
		return match(list, pattern, false);
	fake_variables_read_text("LoaderEntryLastBooted", &fake_guid_loader, saved, sizeof(saved));
	return match(list, saved, false);
}

static struct loader_entry *match_preferred(const struct run *run)
{
	const struct node *config = fake_volume_find(run->esp, "\\loader\\loader.conf");
	struct loader_entry *entry;
	char preferred[WIDE_MAX];

	fake_variables_read_text("LoaderEntryPreferred", &fake_guid_loader, preferred, sizeof(preferred));
	lower(preferred);
	entry = match(&run->list, preferred, true);
	if (entry)
		return entry;
	fake_loader_config_value(config, "preferred", preferred, sizeof(preferred));
	lower(preferred);
	return match(&run->list, preferred, true);
}

/* Step 6. */
static struct loader_entry *pick(const struct run *run)
{
	struct loader_entry *entry = match(&run->list, run->oneshot, false);

	if (!entry && release->series >= 260)
		entry = match_preferred(run);
	if (!entry)
		entry = match_default(&run->list, run->default_variable);
	if (!entry)
		entry = match_default(&run->list, run->default_config);
	for (size_t i = 0; !entry && i < run->list.count; i++)
		if (run->list.entries[i].kind != LOADER_CALL)
			entry = &run->list.entries[i];
	return entry;
}

/* Step 7: the rename. LoaderBootCountPath tells the OS what to rename to the good name; where it could not be renamed,
 * the boot goes on and nobody is told. */
static void count(struct loader_entry *entry)
{
	char old[700], next[400], path[700];

	if (!entry->counted || (entry->kind == LOADER_EFI && release->series >= 258))
		return;
	snprintf(old, sizeof(old), "%s\\%s", entry->directory, entry->file);
	fake_loader_next_name(entry->file, entry->kind == LOADER_TYPE2 ? ".efi" : ".conf", next, sizeof(next));
	if (!fake_volume_rename(entry->volume, old, next))
		return;
	snprintf(path, sizeof(path), "%s\\%s", entry->directory, next);
	set_text("LoaderBootCountPath", path);
	if (strcasecmp(entry->image, old) == 0)
		fake_loader_keep(entry->image, sizeof(entry->image), path);
	fake_loader_keep(entry->file, sizeof(entry->file), next);
}

static void remember(const struct run *run, const struct loader_entry *entry)
{
	bool saved = strcmp(run->default_variable, "@saved") == 0 ||
		     (!*run->default_variable && strcmp(run->default_config, "@saved") == 0);

	set_text("LoaderEntrySelected", entry->id);
	if (strcmp(run->oneshot, entry->id) == 0)
		return;
	if (saved)
		fake_variables_write_text("LoaderEntryLastBooted", &fake_guid_loader, LASTING, entry->id);
	else if (fake_variables_exists("LoaderEntryLastBooted", &fake_guid_loader))
		fake_variables_write("LoaderEntryLastBooted", &fake_guid_loader, LASTING, NULL, 0);
}

static bool resets_on_error(const struct run *run, bool had_tries)
{
	char value[WIDE_MAX];

	if (release->series < 258)
		return false;
	fake_loader_config_value(fake_volume_find(run->esp, "\\loader\\loader.conf"), "reboot-on-error", value,
				 sizeof(value));
	return strcmp(value, "yes") == 0 || (had_tries && strcmp(value, "no") != 0);
}

static EFI_STATUS start_entry(const struct run *run, struct loader_entry *entry)
{
	bool had_tries = entry->counted && entry->left > 0; /* as its name said before this boot */
	EFI_HANDLE image = NULL;
	EFI_STATUS status;

	if (entry->kind == LOADER_CALL)
		power_end(OUTCOME_RESET); /* into the firmware's setup */
	count(entry);
	remember(run, entry);
	fake_loader_keep(trace.id, sizeof(trace.id), entry->id);
	fake_loader_keep(trace.file, sizeof(trace.file), entry->file);
	fake_clock_set_watchdog(300);
	status = load_child(run, entry->volume, entry->image, &image);
	if (!EFI_ERROR(status))
		status = fake_image_start(image);
	else if (image)
		fake_image_unload(image);
	trace.status = status;
	fake_clock_set_watchdog(0);
	if (!EFI_ERROR(status))
		power_end(OUTCOME_MENU); /* it shows its menu again and waits for a key, for ever */
	if (resets_on_error(run, had_tries)) {
		fake_clock_advance(5 * CLOCK_SECOND);
		power_end(OUTCOME_RESET);
	}
	return status;
}

static EFI_STATUS loader_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	struct run *run = fake_pool_take(sizeof(*run));
	EFI_LOADED_IMAGE *loaded = fake_image_loaded(image);
	struct loader_entry *entry;

	memset(run, 0, sizeof(*run));
	run->image = image;
	run->list.series = release->series;
	run->esp = fake_disk_volume(loaded->DeviceHandle);
	if (!run->esp || EFI_ERROR(run->esp->broken) || !system)
		return EFI_NOT_FOUND;
	export_self(run);
	start_drivers(run);
	read_defaults(run);
	fake_loader_scan(&run->list, run->esp, fake_image_path(image));
	if (fake_variables_exists("OsIndicationsSupported", &fake_guid_global))
		add_firmware_setup(&run->list);
	if (run->list.count == 0)
		return EFI_NOT_FOUND;
	export_entries(&run->list);
	entry = pick(run);
	if (fake_variables_exists("LoaderConfigTimeoutOneShot", &fake_guid_loader))
		power_end(OUTCOME_MENU); /* set at all, it forces the menu, which waits for a key */
	if (!entry)
		power_end(OUTCOME_MENU); /* nothing to start by itself */
	else
		return start_entry(run, entry);
}

void fake_loader_register(unsigned series)
{
	release = release_of(series);
	fake_loader_forget();
	fake_images_register(LOADER_MARKER, loader_main, false);
}
