/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.h - what an operating system can do with Bootpilot's variables when the boot services are gone */
#ifndef TESTOS_RUNTIME_H
#define TESTOS_RUNTIME_H
#include <efi.h>

/* Ends the boot services, tries to read, list, write and delete the record as the OS could, and leaves what came of it in
 * the variable TestosSaw, one line `OPERATION NAME=STATUS` each: nothing else than a variable is needed then. What it writes
 * is the value of TestosForgery, if there is one. Returns only if the boot services do not end. */
EFI_STATUS runtime_probe(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);
#endif
