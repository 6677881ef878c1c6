/* SPDX-License-Identifier: Apache-2.0 */
/* testos.c - stands in for the operating system on the test machine.
 *
 * It says on the serial line how it was started, one `TESTOS KEY=VALUE` line per fact, and then behaves as told:
 * by `testos=BEHAVIOUR` in its load options, else by the first word of \testos on any file system, else `works`.
 * A variable that does not exist has no line. ovmf-test/bootpilot_ovmf/serial.py reads these lines. */
#include <efi.h>
#include "runtime.h"
#include "say.h"
#include "variable.h"

enum behaviour {
	WORKS,         /* notes its success for Bootpilot if that is waited for, then switches off */
	WORKS_UNHEARD, /* switches off without a note */
	FAILS,         /* resets */
	HANGS,         /* waits for ever: the watchdog must end it */
	RETURNS_ERROR,
	RETURNS_SUCCESS,
	PROBES, /* tries what an OS can do with the record, and switches off */
};

static const struct { const char *name; enum behaviour behaviour; } behaviours[] = {
	{ "works",           WORKS },
	{ "works-unheard",   WORKS_UNHEARD },
	{ "fails",           FAILS },
	{ "hangs",           HANGS },
	{ "returns-error",   RETURNS_ERROR },
	{ "returns-success", RETURNS_SUCCESS },
	{ "probes",          PROBES },
};

static EFI_GUID loaded_image_guid = LOADED_IMAGE_PROTOCOL;
static EFI_GUID file_system_guid = SIMPLE_FILE_SYSTEM_PROTOCOL;

/* True if TEXT begins with WORD and WORD ends there. */
static BOOLEAN begins_with_word(const char *text, const char *word)
{
	while (*word != '\0')
		if (*text++ != *word++)
			return FALSE;
	return *text <= ' ';
}

static BOOLEAN behaviour_parse(const char *text, enum behaviour *ret)
{
	for (UINTN i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++)
		if (begins_with_word(text, behaviours[i].name)) {
			*ret = behaviours[i].behaviour;
			return TRUE;
		}
	return FALSE;
}

/* `testos=NAME` anywhere in OPTIONS */
static BOOLEAN behaviour_from_options(const char *options, enum behaviour *ret)
{
	static const char key[] = "testos=";

	for (; *options != '\0'; options++) {
		UINTN i = 0;

		while (key[i] != '\0' && options[i] == key[i])
			i++;
		if (key[i] == '\0')
			return behaviour_parse(options + i, ret);
	}
	return FALSE;
}

static BOOLEAN behaviour_from_volume(EFI_BOOT_SERVICES *bs, EFI_HANDLE volume, enum behaviour *ret)
{
	EFI_FILE_IO_INTERFACE *fs;
	EFI_FILE_HANDLE root, file;
	char text[64] = "";
	UINTN size = sizeof(text) - 1;
	EFI_STATUS s;

	if (EFI_ERROR(bs->HandleProtocol(volume, &file_system_guid, (void **)&fs)))
		return FALSE;
	if (EFI_ERROR(fs->OpenVolume(fs, &root)))
		return FALSE;
	s = root->Open(root, &file, L"\\testos", EFI_FILE_MODE_READ, 0);
	if (!EFI_ERROR(s)) {
		s = file->Read(file, &size, text);
		file->Close(file);
	}
	root->Close(root);
	return !EFI_ERROR(s) && behaviour_parse(text, ret);
}

/* The entry may live on XBOOTLDR while the file is on the ESP, so every file system is asked. */
static BOOLEAN behaviour_from_file(EFI_BOOT_SERVICES *bs, enum behaviour *ret)
{
	EFI_HANDLE *volumes;
	UINTN count;
	BOOLEAN found = FALSE;

	if (EFI_ERROR(bs->LocateHandleBuffer(ByProtocol, &file_system_guid, NULL, &count, &volumes)))
		return FALSE;
	for (UINTN i = 0; i < count && !found; i++)
		found = behaviour_from_volume(bs, volumes[i], ret);
	bs->FreePool(volumes);
	return found;
}

static void report(EFI_SYSTEM_TABLE *st, EFI_LOADED_IMAGE *self)
{
	EFI_RUNTIME_SERVICES *rt = st->RuntimeServices;

	say_line("loader", variable_text(rt, L"LoaderInfo", &loader_guid));
	say_line("entry", variable_text(rt, L"LoaderEntrySelected", &loader_guid));
	say_line("counted", variable_text(rt, L"LoaderBootCountPath", &loader_guid));
	say_line("entries", variable_list(rt, L"LoaderEntries", &loader_guid));
	say_line("oneshot", variable_text(rt, L"LoaderEntryOneShot", &loader_guid));
	say_line("default", variable_text(rt, L"LoaderEntryDefault", &loader_guid));
	say_line("decision", variable_text(rt, L"BootpilotDecision", &bootpilot_guid));
	say_line("state", variable_text(rt, L"BootpilotState", &bootpilot_guid));
	say_line("visit", variable_size(rt, L"BootpilotVisit", &bootpilot_guid));
	say_line("secure-boot", variable_byte(rt, L"SecureBoot", &global_guid));
	say_line("boot-current", variable_word(rt, L"BootCurrent", &global_guid));
	say_line("image", image_path(self->FilePath));
	say_line("options", options_text(self->LoadOptions, self->LoadOptionsSize));
}

/* What the OS side of Bootpilot does on a healthy boot: say so, and only if it is waited for. */
static void note_success(EFI_RUNTIME_SERVICES *rt)
{
	const char *decision = variable_text(rt, L"BootpilotDecision", &bootpilot_guid);
	BOOLEAN pending = FALSE;

	if (decision == NULL)
		return;
	for (const char *word = decision; *word != '\0' && !pending; word++)
		pending = (word == decision || word[-1] == ' ') && begins_with_word(word, "pending=yes");
	if (!pending)
		return;

	say_line("note", EFI_ERROR(variable_note_good(rt)) ? "failed" : "written");
}

/* Waits for something that never happens, with the processor asleep, so that an emulator can skip the time. */
static void hang(EFI_BOOT_SERVICES *bs)
{
	EFI_EVENT never;
	UINTN index;

	if (EFI_ERROR(bs->CreateEvent(0, 0, NULL, NULL, &never)))
		return;
	for (;;)
		bs->WaitForEvent(1, &never, &index);
}

static EFI_STATUS behave(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st, enum behaviour behaviour)
{
	EFI_RUNTIME_SERVICES *rt = st->RuntimeServices;

	switch (behaviour) {
	case WORKS:
		note_success(rt);
		say_line("end", "shutdown");
		rt->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
		break;
	case WORKS_UNHEARD:
		say_line("end", "shutdown");
		rt->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
		break;
	case FAILS:
		say_line("end", "reset");
		rt->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
		break;
	case HANGS:
		say_line("end", "hang");
		hang(st->BootServices);
		break;
	case RETURNS_ERROR:
		say_line("end", "error");
		return EFI_DEVICE_ERROR;
	case RETURNS_SUCCESS:
		say_line("end", "success");
		return EFI_SUCCESS;
	case PROBES:
		say_line("end", "shutdown");
		return runtime_probe(handle, st);
	}
	return EFI_ABORTED; /* the reset service returned: nothing else can be done */
}

EFI_STATUS efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st); /* called by gnu-efi's start code */

EFI_STATUS efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *st)
{
	enum behaviour behaviour = WORKS;
	EFI_LOADED_IMAGE *self;
	EFI_STATUS s = st->BootServices->HandleProtocol(handle, &loaded_image_guid, (void **)&self);

	if (EFI_ERROR(s))
		return s;

	if (!behaviour_from_options(options_text(self->LoadOptions, self->LoadOptionsSize), &behaviour))
		if (!behaviour_from_file(st->BootServices, &behaviour))
			behaviour = WORKS;

	say_begin(st);
	report(st, self);
	for (UINTN i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++)
		if (behaviours[i].behaviour == behaviour)
			say_line("does", behaviours[i].name);
	return behave(handle, st, behaviour);
}
