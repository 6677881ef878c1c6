/* SPDX-License-Identifier: Apache-2.0 */
#include "variable.h"

#define TEXT_MAX 4096

EFI_GUID loader_guid = { 0x4a67b082, 0x0a4c, 0x41cf, { 0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f } };
EFI_GUID bootpilot_guid = { 0x6f0e3d1c, 0x52b8, 0x4a57, { 0x9d, 0x0b, 0x3c, 0x8f, 0x7e, 0x41, 0xa2, 0xd9 } };
EFI_GUID global_guid = { 0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } };

static CHAR16 wide[TEXT_MAX];
static char text[TEXT_MAX];

/* Appends C as UTF-8 at text[N] and returns the new length. Half a surrogate pair becomes '?'. */
static UINTN append(UINTN n, CHAR16 c)
{
	if (c >= 0xd800 && c < 0xe000)
		c = '?';
	if (c < 0x80) {
		text[n++] = (char)c;
	} else if (c < 0x800) {
		text[n++] = (char)(0xc0 | c >> 6);
		text[n++] = (char)(0x80 | (c & 0x3f));
	} else {
		text[n++] = (char)(0xe0 | c >> 12);
		text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		text[n++] = (char)(0x80 | (c & 0x3f));
	}
	return n;
}

/* CHARS characters of FROM as UTF-8; NULs inside become blanks if LIST, and end the text otherwise. */
static const char *narrow(const CHAR16 *from, UINTN chars, BOOLEAN list)
{
	UINTN n = 0;

	for (UINTN i = 0; i < chars && n < TEXT_MAX - 4 && (from[i] != 0 || list); i++)
		n = append(n, from[i] == 0 ? ' ' : from[i]);
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
	return text;
}

/* Returns the size in bytes, 0 if the variable cannot be read. */
static UINTN variable_read(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor)
{
	UINTN size = sizeof(wide);

	return EFI_ERROR(rt->GetVariable(name, vendor, NULL, &size, wide)) ? 0 : size;
}

const char *variable_text(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor)
{
	UINTN size = variable_read(rt, name, vendor);

	return size == 0 ? NULL : narrow(wide, size / sizeof(CHAR16), FALSE);
}

const char *variable_list(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor)
{
	UINTN size = variable_read(rt, name, vendor);

	return size == 0 ? NULL : narrow(wide, size / sizeof(CHAR16), TRUE);
}

const char *variable_byte(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor)
{
	if (variable_read(rt, name, vendor) == 0)
		return NULL;
	return (wide[0] & 0xff) == 0 ? "0" : "1";
}

static const char *hex4(UINTN number)
{
	for (UINTN i = 0; i < 4; i++)
		text[i] = "0123456789ABCDEF"[number >> (12 - 4 * i) & 15];
	text[4] = '\0';
	return text;
}

const char *variable_word(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor)
{
	return variable_read(rt, name, vendor) < sizeof(CHAR16) ? NULL : hex4(wide[0]);
}

const char *variable_size(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor)
{
	UINTN size = variable_read(rt, name, vendor);

	return size == 0 ? NULL : hex4(size);
}

const char *options_text(const CHAR16 *options, UINT32 size_bytes)
{
	/* a device path or other bytes are not a text; they come out as '?' and mean nothing to us */
	return narrow(options, options == NULL ? 0 : size_bytes / sizeof(CHAR16), FALSE);
}

const char *image_path(EFI_DEVICE_PATH *path)
{
	if (path == NULL || path->Type != MEDIA_DEVICE_PATH || path->SubType != MEDIA_FILEPATH_DP)
		return NULL;

	UINTN bytes = path->Length[0] | (UINTN)path->Length[1] << 8;
	UINTN header = sizeof(EFI_DEVICE_PATH);
	if (bytes <= header)
		return NULL;
	return narrow((const CHAR16 *)(const void *)((const UINT8 *)path + header), (bytes - header) / sizeof(CHAR16), FALSE);
}

/* ENTRY may still carry its counter (systemd-boot up to 257.7): the note names the entry without it. */
static UINTN copy_without_counter(CHAR16 *to, UINTN max, const CHAR16 *entry)
{
	const CHAR16 *dot = NULL, *plus = NULL;
	UINTN n = 0;

	for (const CHAR16 *c = entry; *c != 0; c++) {
		if (*c == '.')
			dot = c;
		if (*c == '+')
			plus = c;
	}
	for (const CHAR16 *c = entry; *c != 0 && n < max; c++)
		if (plus == NULL || dot == NULL || c < plus || c >= dot)
			to[n++] = *c;
	return n;
}

EFI_STATUS variable_note_good(EFI_RUNTIME_SERVICES *rt)
{
	static const char good[] = "good ";
	CHAR16 note[512];
	UINTN n = 0, size = variable_read(rt, L"LoaderEntrySelected", &loader_guid);

	if (size < sizeof(CHAR16))
		return EFI_NOT_FOUND;
	wide[size / sizeof(CHAR16) - 1] = 0;
	for (; good[n] != '\0'; n++)
		note[n] = (CHAR16)good[n];
	n += copy_without_counter(note + n, sizeof(note) / sizeof(CHAR16) - 1 - n, wide);
	note[n++] = 0;
	return rt->SetVariable(L"BootpilotNote", &bootpilot_guid,
			       EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS,
			       n * sizeof(CHAR16), note);
}
