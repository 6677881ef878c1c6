/* SPDX-License-Identifier: Apache-2.0 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guids.h"
#include "loader_entry.h"
#include "os.h"
#include "variables.h"

#define LASTING (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS | EFI_VARIABLE_NON_VOLATILE)

static void text_to_string(struct text text, char *ret, size_t size)
{
	snprintf(ret, size, "%.*s", (int)text.len, text.len ? text.at : "");
}

/* The value of KEY= in STEP's words, or OTHERWISE. */
static bool word(const struct scenario_step *step, const char *key, const char *otherwise, char *ret, size_t size)
{
	struct text value;
	bool found = scenario_word(step->words, key, &value);

	if (found)
		text_to_string(value, ret, size);
	else
		snprintf(ret, size, "%s", otherwise);
	return found;
}

static bool fails(struct stage *stage, const char *error)
{
	stage->error = error;
	return false;
}

void fake_stage_plain_id(const char *name, char *ret, size_t size)
{
	const char *suffix = strrchr(name, '.');
	uint64_t left, done;
	size_t base;

	if (suffix && fake_loader_counter(name, suffix, &left, &done, &base))
		snprintf(ret, size, "%.*s%s", (int)base, name, suffix);
	else
		snprintf(ret, size, "%s", name);
	for (; *ret; ret++)
		if (*ret >= 'A' && *ret <= 'Z')
			*ret = (char)(*ret - 'A' + 'a');
}

static struct volume *volume_of(struct stage *stage, const struct scenario_step *step)
{
	char on[16];

	word(step, "on", "esp", on, sizeof(on));
	if (strcmp(on, "xbootldr") != 0)
		return stage->machine.esp;
	fake_machine_add_xbootldr(&stage->machine);
	return stage->machine.xbootldr;
}

/* The volume that has PATH, the ESP first. */
static struct volume *volume_with(const struct stage *stage, const char *path)
{
	if (fake_volume_find(stage->machine.esp, path))
		return stage->machine.esp;
	if (stage->machine.xbootldr && fake_volume_find(stage->machine.xbootldr, path))
		return stage->machine.xbootldr;
	return NULL;
}

static void add_line(char *text, size_t size, const struct scenario_step *step, const char *key)
{
	char value[256];

	if (word(step, key, "", value, sizeof(value)))
		snprintf(text + strlen(text), size - strlen(text), "%s %s\n", key, value);
}

static void slashes(char *path, char from, char to)
{
	for (; *path; path++)
		if (*path == from)
			*path = to;
}

static bool given_entry(struct stage *stage, const struct scenario_step *step)
{
	static const char *const keys[] = { "sort-key", "version", "machine-id", "architecture" };
	struct volume *volume = volume_of(stage, step);
	char file[256], id[256], path[600], image[512], otherwise[512], key[16], state_name[32], conf[2048], title[256];
	bool has_image, has_state;
	enum os_state state;
	static uint64_t edits;

	text_to_string(step->subject, file, sizeof(file));
	fake_stage_plain_id(file, id, sizeof(id));
	if (strrchr(id, '.'))
		*strrchr(id, '.') = '\0';
	snprintf(otherwise, sizeof(otherwise), "\\EFI\\test\\%.200s.efi", id);
	has_image = word(step, "image", otherwise, image, sizeof(image));
	has_state = word(step, "state", "ok", state_name, sizeof(state_name));
	word(step, "key", "linux", key, sizeof(key));
	word(step, "title", id, title, sizeof(title));
	if (!fake_os_state(state_name, &state))
		return fails(stage, "unknown state of an image");
	slashes(image, '/', '\\');
	/* an image that another line has put there is shared, unless this line says its state */
	if (has_state || !has_image || !fake_volume_find(volume, image))
		fake_os_install(volume, image, state, NULL);
	snprintf(conf, sizeof(conf), "title %s\n", title);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		add_line(conf, sizeof(conf), step, keys[i]);
	slashes(image, '\\', '/');
	if (strcmp(key, "none") != 0)
		snprintf(conf + strlen(conf), sizeof(conf) - strlen(conf), "%s %s\n", key, image);
	snprintf(path, sizeof(path), "\\loader\\entries\\%s", file);
	fake_volume_write_text(volume, path, conf, UINT64_C(1767225600) + 2 * ++edits);
	return true;
}

static bool given_uki(struct stage *stage, const struct scenario_step *step)
{
	struct volume *volume = volume_of(stage, step);
	char file[256], path[600], state_name[32], id[128], version[128], osrel_word[8], osrel[512];
	enum os_state state;

	text_to_string(step->subject, file, sizeof(file));
	word(step, "state", "ok", state_name, sizeof(state_name));
	word(step, "id", "test", id, sizeof(id));
	word(step, "osrel", "yes", osrel_word, sizeof(osrel_word));
	if (!fake_os_state(state_name, &state))
		return fails(stage, "unknown state of an image");
	snprintf(osrel, sizeof(osrel), "ID=%s\nPRETTY_NAME=\"Test OS\"\n", id);
	if (word(step, "version", "", version, sizeof(version)))
		snprintf(osrel + strlen(osrel), sizeof(osrel) - strlen(osrel), "VERSION_ID=%s\n", version);
	snprintf(path, sizeof(path), "\\EFI\\Linux\\%s", file);
	fake_os_install(volume, path, state, strcmp(osrel_word, "no") == 0 ? NULL : osrel);
	return true;
}

static bool given_file(struct stage *stage, const char *path, struct text words)
{
	char text[4096];
	size_t len = 0;

	for (size_t i = 0; i < words.len && len + 1 < sizeof(text); i++) {
		bool escaped = words.at[i] == '\\' && i + 1 < words.len && words.at[i + 1] == 'n';

		text[len++] = escaped ? '\n' : words.at[i];
		i += escaped;
	}
	text[len] = '\0';
	if (strcasecmp(path, "\\loader\\loader.conf") == 0)
		fake_machine_loader_conf(&stage->machine, text);
	else
		fake_volume_write_text(stage->machine.esp, path, text, UINT64_C(1767225600));
	return true;
}

static bool given_config(struct stage *stage, const char *key, const char *value)
{
	size_t len = strlen(stage->config);

	snprintf(stage->config + len, sizeof(stage->config) - len, "%s %s\n", key, value);
	fake_machine_configure(&stage->machine, stage->config);
	return true;
}

static bool given_variable(const char *name, const EFI_GUID *vendor, const char *value)
{
	fake_variables_write(name, vendor, 0, NULL, 0); /* whatever attributes it had */
	if (*value)
		fake_variables_write_text(name, vendor, LASTING, value);
	return true;
}

bool fake_stage_given(struct stage *stage, const struct scenario_step *step)
{
	char subject[1024], words[4096];
	struct volume *volume;
	enum os_state state;

	text_to_string(step->subject, subject, sizeof(subject));
	text_to_string(step->words, words, sizeof(words));
	switch (step->kind) {
	case STEP_ENTRY:
		return given_entry(stage, step);
	case STEP_UKI:
		return given_uki(stage, step);
	case STEP_IMAGE:
		if (!fake_os_state(words, &state))
			return fails(stage, "unknown state of an image");
		fake_os_install(stage->machine.esp, subject, state, NULL);
		return true;
	case STEP_FILE:
		return given_file(stage, subject, step->words);
	case STEP_REMOVE:
		volume = volume_with(stage, subject);
		return (volume && fake_volume_remove(volume, subject)) ||
		       fails(stage, "there is no such file to remove");
	case STEP_RENAME:
		volume = volume_with(stage, subject);
		return (volume && fake_volume_rename(volume, subject, words)) || fails(stage, "cannot be renamed");
	case STEP_CONFIG:
		return given_config(stage, subject, words);
	case STEP_VARIABLE:
		return given_variable(subject, &fake_guid_loader, words);
	case STEP_NOTE:
		return given_variable("BootpilotNote", &fake_guid_bootpilot, words);
	case STEP_ESP:
		stage->machine.esp->read_only = strcmp(subject, "read-only") == 0;
		if (stage->machine.xbootldr)
			stage->machine.xbootldr->read_only = stage->machine.esp->read_only;
		return true;
	case STEP_NVRAM:
		fake_variables_lose();
		return true;
	case STEP_THEN:
	case STEP_NAMES:
	case STEP_WHEN:
		break;
	}
	return fails(stage, "not a fact");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void fake_stage_names(const struct stage *stage, char *ret, size_t size)
{
	static const char *const directories[] = { "\\loader\\entries", "\\EFI\\Linux" };
	const struct volume *volumes[] = { stage->machine.esp, stage->machine.xbootldr };
	const char *names[2048];
	size_t count = 0;

	for (size_t i = 0; i < 4; i++) {
		const struct volume *volume = volumes[i / 2];
		const struct node *directory = volume ? fake_volume_find(volume, directories[i % 2]) : NULL;

		for (size_t n = 0; directory && n < directory->child_count && count < 2048; n++)
			if (strncmp(directory->children[n]->name, "bootpilot", 9) != 0)
				names[count++] = directory->children[n]->name;
	}
	qsort(names, count, sizeof(names[0]), by_name);
	ret[0] = '\0';
	for (size_t i = 0; i < count; i++)
		snprintf(ret + strlen(ret), size - strlen(ret), "%s%s", i ? " " : "", names[i]);
}
