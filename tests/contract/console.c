/* SPDX-License-Identifier: Apache-2.0 */
/* The console, with nobody at it. */
#include "contract.h"

void check_console(struct contract *c)
{
	static uint16_t words[] = u"\r\ncontract, on the screen\r\n", odd[] = u"\u00fc \u4e2d\r\n", nothing[] = u"";
	SIMPLE_TEXT_OUTPUT_INTERFACE *out = c->system->ConOut;
	SIMPLE_INPUT_INTERFACE *in = c->system->ConIn;
	EFI_INPUT_KEY key = { 0, 0 };
	EFI_STATUS s = EFI_SUCCESS;

	if (!out || !in)
		return;
	claim_status(c, "OutputString", "a line", out->OutputString(out, words), EFI_SUCCESS);
	claim_status(c, "OutputString", "no character at all", out->OutputString(out, nothing), EFI_SUCCESS);
	claim(c, "OutputString", "what cannot be shown is no error", !EFI_ERROR(out->OutputString(out, odd)));
	for (unsigned i = 0; i < 64 && !EFI_ERROR(s); i++)
		s = in->ReadKeyStroke(in, &key); /* what a serial line made of its own noise */
	claim_status(c, "ReadKeyStroke", "nobody presses a key: EFI_NOT_READY, at once", s, EFI_NOT_READY);
	claim_status(c, "ReadKeyStroke", "and again", in->ReadKeyStroke(in, &key), EFI_NOT_READY);
}
