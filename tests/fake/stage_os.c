/* SPDX-License-Identifier: Apache-2.0 */
/* What the started OS did: success and blessing as systemd-bless-boot and our OS side do it, the reset as Kairos does. */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guids.h"
#include "loader_entry.h"
#include "os.h"
#include "pe.h"
#include "variables.h"

#define LASTING (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS | EFI_VARIABLE_NON_VOLATILE)

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '\\');

	return slash ? slash + 1 : path;
}

/* systemd-bless-boot: the file of LoaderBootCountPath loses its counter, unless a file of that name is there already. */
static void bless(struct stage *stage)
{
	struct volume *volumes[] = { stage->machine.esp, stage->machine.xbootldr };
	const char *path = fake_os_report()->count_path, *name = name_of(path), *suffix = strrchr(name, '.');
	char good[512];
	uint64_t left, done;
	size_t base;

	if (!*path || !suffix || !fake_loader_counter(name, suffix, &left, &done, &base))
		return;
	snprintf(good, sizeof(good), "%.*s%s", (int)base, name, suffix);
	for (size_t i = 0; i < 2; i++)
		if (volumes[i] && fake_volume_rename(volumes[i], path, good))
			return;
}

/* `bootpilotctl good`: the note if it is asked for, then blessing if both variables speak of the same entry. */
static void works(struct stage *stage)
{
	const struct os_report *report = fake_os_report();
	char selected[1024], counted[1024], note[1100];
	struct text pending;

	fake_stage_plain_id(report->selected, selected, sizeof(selected));
	fake_stage_plain_id(name_of(report->count_path), counted, sizeof(counted));
	snprintf(note, sizeof(note), "good %s", selected);
	if (scenario_word(text_of(report->decision), "pending", &pending) && text_equal(pending, TEXT("yes")))
		fake_variables_write_text("BootpilotNote", &fake_guid_bootpilot, LASTING, note);
	if (strcmp(selected, counted) == 0)
		bless(stage);
}

/* FROM with the first OLD replaced by NEW in each place; malloc()ed. */
static char *replaced(const char *from, size_t size, const char *old, const char *new)
{
	char *to = calloc(1, size * (1 + strlen(new)) + 1);
	size_t len = 0;

	for (size_t i = 0; i < size;) {
		if (strncmp(from + i, old, strlen(old)) == 0 && size - i >= strlen(old)) {
			memcpy(to + len, new, strlen(new));
			len += strlen(new);
			i += strlen(old);
		} else
			to[len++] = from[i++];
	}
	return to;
}

static void remove_role(struct volume *volume, const char *directory, const char *role)
{
	const struct node *node = fake_volume_find(volume, directory);

	for (size_t i = 0; node && i < node->child_count;) {
		char path[700];

		snprintf(path, sizeof(path), "%s\\%s", directory, node->children[i]->name);
		if (strncasecmp(node->children[i]->name, role, strlen(role)) == 0)
			fake_volume_remove(volume, path);
		else
			i++;
	}
}

/* The copy of FILE for the role active: name, text and image. */
static void copy_conf(struct volume *volume, const struct node *file, const char *path)
{
	static const char *const keys[] = { "linux", "uki", "efi" };
	char *text = strndup((const char *)file->bytes, file->size), *copy;
	char image[600];
	struct node *written;

	copy = replaced(text, strlen(text), "recovery", "active");
	written = fake_volume_write_text(volume, path, copy, file->time);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (fake_loader_config_value(written, keys[i], image, sizeof(image))) {
			for (char *p = image; *p; p++)
				*p = *p == '/' ? '\\' : *p;
			if (strstr(image, "active"))
				fake_os_install(volume, image, OS_OK, NULL);
		}
	free(text);
	free(copy);
}

static void copy_uki(struct volume *volume, const struct node *file, const char *path)
{
	size_t size = 0;
	const uint8_t *section = fake_pe_section(file->bytes, file->size, ".osrel", &size);
	char *osrel = section ? strndup((const char *)section, size) : NULL;

	fake_os_install(volume, path, OS_OK, osrel);
	free(osrel);
}

static void copy_role(struct volume *volume, const char *directory, const char *suffix, bool clean)
{
	const struct node *node = fake_volume_find(volume, directory);
	size_t count = node ? node->child_count : 0;

	for (size_t i = 0; i < count; i++) {
		const struct node *file = node->children[i];
		char path[700], name[300];
		uint64_t left, done;
		size_t base;

		if (strncasecmp(file->name, "recovery", 8) != 0)
			continue;
		snprintf(name, sizeof(name), "active%s", file->name + 8);
		if (clean && fake_loader_counter(name, suffix, &left, &done, &base))
			snprintf(name + base, sizeof(name) - base, "+3%s", suffix);
		snprintf(path, sizeof(path), "%s\\%s", directory, name);
		if (strcmp(suffix, ".conf") == 0)
			copy_conf(volume, file, path);
		else
			copy_uki(volume, file, path);
	}
}

static void reinstall(struct stage *stage, bool clean)
{
	struct volume *volumes[] = { stage->machine.esp, stage->machine.xbootldr };

	for (size_t i = 0; i < 2; i++) {
		if (!volumes[i])
			continue;
		remove_role(volumes[i], "\\loader\\entries", "active");
		remove_role(volumes[i], "\\EFI\\Linux", "active");
		copy_role(volumes[i], "\\loader\\entries", ".conf", clean);
		copy_role(volumes[i], "\\EFI\\Linux", ".efi", clean);
	}
}

bool fake_stage_when(struct stage *stage, const struct scenario_step *step)
{
	struct text what = step ? step->subject : TEXT("fails");

	if (!*fake_os_report()->image && step) {
		stage->error = "no OS was started that could do that";
		return false;
	}
	if (text_equal(what, TEXT("works")) && step->words.len == 0)
		works(stage);
	else if (text_equal(what, TEXT("blessed")))
		bless(stage);
	else if (text_equal(what, TEXT("resets")))
		reinstall(stage, step->words.len != 0);
	else if (text_equal(what, TEXT("hangs")) && fake_os_report()->watchdog_s == 0) {
		stage->error = "the OS hangs and no watchdog runs";
		return false;
	}
	return true;
}
