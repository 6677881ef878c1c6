/* SPDX-License-Identifier: Apache-2.0 */
/* variables.h - the variable store, as EDK2 behaves (MdeModulePkg/Universal/Variable/RuntimeDxe).
 *
 * The functions that name a vendor serve loader, OS and tests: they neither count nor fail on demand. */
#ifndef FAKE_VARIABLES_H
#define FAKE_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <efi.h>

#define VARIABLES_QUOTA 65536u /* bytes of non-volatile space by default: names, data and headers */

enum variables_mood {
	VARIABLES_HONEST,
	VARIABLES_PROTECTED, /* every non-volatile change is EFI_WRITE_PROTECTED */
	VARIABLES_LYING,     /* every non-volatile change is EFI_SUCCESS and is not done */
	VARIABLES_FORGETFUL, /* non-volatile variables are gone after the power cycle */
};

void fake_variables_new(void);               /* an empty store of the default quota, honest */
void fake_variables_power_off(void);         /* what is not NV is gone */
void fake_variables_lose(void);              /* everything is gone */
void fake_variables_save(void);              /* for any number of times that they shall be so again */
void fake_variables_restore(void);
void fake_variables_set_quota(size_t bytes); /* below what is used: full */
void fake_variables_set_mood(enum variables_mood mood);
void fake_variables_install(EFI_RUNTIME_SERVICES *runtime);
void fake_variables_of_anybody(bool set); /* the program under test is not Bootpilot, and may set any variable */

/* SetVariable and GetVariable without the call counter. */
EFI_STATUS fake_variables_write(const char *name, const EFI_GUID *vendor, uint32_t attributes, const void *data,
				size_t size);
bool fake_variables_exists(const char *name, const EFI_GUID *vendor);
uint32_t fake_variables_attributes(const char *name, const EFI_GUID *vendor); /* 0: not there */
size_t fake_variables_size(const char *name, const EFI_GUID *vendor);         /* bytes, 0: not there */
/* Its data into BUFFER, SIZE bytes at most. Returns how many there were to copy. */
size_t fake_variables_copy(const char *name, const EFI_GUID *vendor, void *buffer, size_t size);

/* Texts, UTF-16LE with NUL in the store. An empty or NULL text deletes. */
EFI_STATUS fake_variables_write_text(const char *name, const EFI_GUID *vendor, uint32_t attributes, const char *utf8);
/* Into BUFFER; false, and an empty BUFFER, if it is not there or no text. */
bool fake_variables_read_text(const char *name, const EFI_GUID *vendor, char *buffer, size_t size);
/* The same, as the OS sees it: without RUNTIME_ACCESS a variable is not there. */
bool fake_variables_read_text_os(const char *name, const EFI_GUID *vendor, char *buffer, size_t size);

unsigned
fake_variables_writes(void); /* successful changes of non-volatile variables by programs under test, this power cycle */

#endif
