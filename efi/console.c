/* SPDX-License-Identifier: Apache-2.0 */
#include "console.h"

#define LINE_UNITS     160u
#define KEY_POLL_MS    100u
#define KEYS_STALE_MAX 64u /* typed before we asked; firmware buffers fewer */

void console_show(const struct firmware *fw, struct text t)
{
	SIMPLE_TEXT_OUTPUT_INTERFACE *out = fw->system->ConOut;
	uint16_t line[LINE_UNITS];
	size_t units = 0;
	if (!out)
		return;
	for (size_t i = 0; i < t.len; i++) {
		uint8_t byte = (uint8_t)t.at[i];
		if (byte == '\n')
			line[units++] = u'\r';
		if (byte == '\n' || (byte >= ' ' && byte < 0x7f) || byte == '\r')
			line[units++] = byte;
		else if (byte < 0x80 || byte >= 0xc0) /* one mark for each code point */
			line[units++] = u'?';
		if (units + 3 > LINE_UNITS || byte == '\n' || i + 1 == t.len) {
			line[units] = 0;
			out->OutputString(out, line);
			units = 0;
		}
	}
}

static bool key_pressed(const struct firmware *fw)
{
	EFI_INPUT_KEY key;
	SIMPLE_INPUT_INTERFACE *in = fw->system->ConIn;
	return in && !EFI_ERROR(in->ReadKeyStroke(in, &key));
}

bool console_countdown(const struct firmware *fw, const char *message, uint32_t seconds)
{
	for (unsigned i = 0; i < KEYS_STALE_MAX && key_pressed(fw); i++)
		continue;
	for (uint32_t left = seconds; left > 0; left--) {
		char buffer[128];
		struct writer w = WRITER(buffer);
		write_string(&w, "\r");
		write_string(&w, message);
		write_uint(&w, left);
		write_string(&w, " s  ");
		console_show(fw, writer_text(&w));
		for (uint32_t ms = 0; ms < 1000; ms += KEY_POLL_MS) {
			if (key_pressed(fw))
				return true;
			fw->boot->Stall(KEY_POLL_MS * 1000);
		}
	}
	return false;
}
