/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#include <string.h>

#include "clock.h"
#include "laws.h"
#include "wide.h"

#define KEYS_MAX 16u

static const struct {
	UINTN columns, rows; /* 0: this mode is not there, as 80x50 on most machines */
} modes[] = { { 80, 25 }, { 0, 0 }, { 100, 31 }, { 128, 40 } };

static char text[1u << 18];
static size_t text_len;
static bool used, missing;
static SIMPLE_TEXT_OUTPUT_MODE mode;
static struct {
	uint64_t due; /* ticks */
	EFI_INPUT_KEY key;
} keys[KEYS_MAX];
static size_t key_count, key_next;

const char *fake_console_text(void)
{
	return text;
}

bool fake_console_says(const char *part)
{
	return strstr(text, part) != NULL;
}

bool fake_console_used(void)
{
	return used;
}

void fake_console_missing(bool is_missing)
{
	missing = is_missing;
}

void fake_console_press(double seconds, UINT16 scan, CHAR16 character)
{
	if (key_count == KEYS_MAX)
		return;
	keys[key_count].due = (uint64_t)(seconds * (double)CLOCK_SECOND) + 1; /* never 0, which says "no key" */
	keys[key_count++].key = (EFI_INPUT_KEY){ .ScanCode = scan, .UnicodeChar = character };
}

void fake_console_press_nothing(void)
{
	key_count = key_next = 0;
}

uint64_t fake_console_next_key(void)
{
	return key_next < key_count ? keys[key_next].due : 0;
}

bool fake_console_key_is_due(void)
{
	return key_next < key_count && keys[key_next].due <= fake_clock_now();
}

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *string)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_OUTPUT);

	if (EFI_ERROR(injected))
		return injected;
	used = true;
	for (; *string; string++) {
		if (*string == '\n')
			mode.CursorRow++;
		else if (*string == '\r')
			mode.CursorColumn = 0;
		else
			mode.CursorColumn++;
		if ((UINTN)mode.CursorColumn >= modes[mode.Mode].columns) {
			mode.CursorColumn = 0;
			mode.CursorRow++;
		}
		if ((UINTN)mode.CursorRow >= modes[mode.Mode].rows)
			mode.CursorRow = (INT32)modes[mode.Mode].rows - 1;
		if (sizeof(text) - text_len > 4 && wide_read(string, 1, text + text_len, 5))
			text_len += strlen(text + text_len);
	}
	return this->Mode == &mode ? EFI_SUCCESS : EFI_DEVICE_ERROR;
}

static EFI_STATUS EFIAPI test_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *string)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_MODE);

	return EFI_ERROR(injected) ? injected : this && string ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI query_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN number, UINTN *columns, UINTN *rows)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_MODE);

	if (EFI_ERROR(injected))
		return injected;
	if (!this || number >= sizeof(modes) / sizeof(modes[0]) || modes[number].columns == 0)
		return EFI_UNSUPPORTED;
	*columns = modes[number].columns;
	*rows = modes[number].rows;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN number)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_MODE);

	if (EFI_ERROR(injected))
		return injected;
	if (!this || number >= sizeof(modes) / sizeof(modes[0]) || modes[number].columns == 0)
		return EFI_UNSUPPORTED;
	used = true;
	mode.Mode = (INT32)number;
	mode.CursorColumn = mode.CursorRow = 0;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_attribute(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN attribute)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_MODE);

	if (EFI_ERROR(injected))
		return injected;
	if (!this || attribute > 0x7F)
		return EFI_UNSUPPORTED;
	used = true;
	mode.Attribute = (INT32)attribute;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI clear_screen(SIMPLE_TEXT_OUTPUT_INTERFACE *this)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_MODE);

	if (EFI_ERROR(injected))
		return injected;
	used = true;
	this->Mode->CursorColumn = this->Mode->CursorRow = 0;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_cursor(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN column, UINTN row)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_MODE);

	if (EFI_ERROR(injected))
		return injected;
	if (column >= modes[mode.Mode].columns || row >= modes[mode.Mode].rows)
		return EFI_UNSUPPORTED;
	used = true;
	this->Mode->CursorColumn = (INT32)column;
	this->Mode->CursorRow = (INT32)row;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI enable_cursor(SIMPLE_TEXT_OUTPUT_INTERFACE *this, BOOLEAN enable)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_MODE);

	if (EFI_ERROR(injected))
		return injected;
	used = true;
	this->Mode->CursorVisible = enable;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI reset_output(SIMPLE_TEXT_OUTPUT_INTERFACE *this, BOOLEAN extended)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_RESET);

	used = true;
	return EFI_ERROR(injected) ? injected : this || extended ? EFI_SUCCESS : EFI_DEVICE_ERROR;
}

static EFI_STATUS EFIAPI reset_input(SIMPLE_INPUT_INTERFACE *this, BOOLEAN extended)
{
	EFI_STATUS injected = laws_call(SERVICE_TEXT_RESET);

	if (EFI_ERROR(injected))
		return injected;
	while (fake_console_key_is_due()) /* keys typed ahead are dropped */
		key_next++;
	return this || extended ? EFI_SUCCESS : EFI_DEVICE_ERROR;
}

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *this, EFI_INPUT_KEY *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_READ_KEY);

	if (EFI_ERROR(injected))
		return injected;
	if (!this || !fake_console_key_is_due())
		return EFI_NOT_READY;
	*ret = keys[key_next++].key;
	return EFI_SUCCESS;
}

void fake_console_power_on(void)
{
	text[text_len = 0] = '\0';
	used = false;
	key_next = 0;
	mode = (SIMPLE_TEXT_OUTPUT_MODE){ .MaxMode = sizeof(modes) / sizeof(modes[0]), .Attribute = EFI_LIGHTGRAY };
}

void fake_console_install(EFI_SYSTEM_TABLE *system)
{
	static SIMPLE_TEXT_OUTPUT_INTERFACE output;
	static SIMPLE_INPUT_INTERFACE input;

	output = (SIMPLE_TEXT_OUTPUT_INTERFACE){
		.Reset = reset_output,
		.OutputString = output_string,
		.TestString = test_string,
		.QueryMode = query_mode,
		.SetMode = set_mode,
		.SetAttribute = set_attribute,
		.ClearScreen = clear_screen,
		.SetCursorPosition = set_cursor,
		.EnableCursor = enable_cursor,
		.Mode = &mode,
	};
	input = (SIMPLE_INPUT_INTERFACE){
		.Reset = reset_input,
		.ReadKeyStroke = read_key,
		.WaitForKey = fake_clock_key_event(),
	};
	system->ConOut = system->StdErr = missing ? NULL : &output;
	system->ConIn = missing ? NULL : &input;
}
