/* SPDX-License-Identifier: Apache-2.0 */
#include "say.h"

static EFI_GUID serial_guid = SERIAL_IO_PROTOCOL;
static SERIAL_IO_INTERFACE *serial;
static SIMPLE_TEXT_OUTPUT_INTERFACE *console;

static void say(const char *text)
{
	for (; *text != '\0'; text++) {
		char c = *text == '\r' || *text == '\n' || (UINT8)*text >= ' ' ? *text : ' ';

		if (serial != NULL) {
			UINTN size = 1;
			EFI_STATUS s = serial->Write(serial, &size, &c);
			if (EFI_ERROR(s)) /* a full port: once more, then the letter is lost and the runner says so */
				serial->Write(serial, &size, &c);
		} else if (console != NULL) {
			CHAR16 wide[2] = { (CHAR16)(UINT8)c, 0 };
			console->OutputString(console, wide);
		}
	}
}

void say_begin(EFI_SYSTEM_TABLE *st)
{
	console = st->ConOut;
	if (EFI_ERROR(st->BootServices->LocateProtocol(&serial_guid, NULL, (void **)&serial)))
		serial = NULL;
	say("\r\nTESTOS begin\r\n"); /* on a line of its own, whatever the loader left behind */
}

static void say_value(const char *value)
{
	char c[2] = "";

	for (; *value != '\0'; value++) {
		c[0] = (UINT8)*value < ' ' ? ' ' : *value;
		say(c);
	}
}

void say_line(const char *key, const char *value)
{
	if (value == NULL)
		return;
	say("TESTOS ");
	say(key);
	say("=");
	say_value(value);
	say("\r\n");
}
