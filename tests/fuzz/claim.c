/* SPDX-License-Identifier: Apache-2.0 */
#include "claim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void claim(bool holds, const char *format, ...)
{
	va_list arguments;

	if (holds)
		return;
	fprintf(stderr, "claim broken: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	abort();
}

void claim_borrowed(struct text t, struct text whole)
{
	claim(t.len == 0 || (t.at >= whole.at && t.at + t.len <= whole.at + whole.len),
	      "a text of %zu bytes lies outside of the input", t.len);
}
