/* SPDX-License-Identifier: Apache-2.0 */
#include "variables.h"

#include <efivar/efivar.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/utf16.h"

#define PERSISTENT                                                                                                     \
	(EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)

/* As an efi_guid_t lies in memory. */
struct guid_fields {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};

static efi_guid_t guid_of(enum variable_owner owner)
{
	static const struct guid_fields loader = LOADER_GUID, bootpilot = BOOTPILOT_GUID;
	efi_guid_t guid = EFI_GLOBAL_GUID;
	_Static_assert(sizeof(guid) == sizeof(loader), "a GUID has 16 bytes");
	if (owner == VARIABLE_SECURITY)
		guid = efi_guid_security;
	else if (owner != VARIABLE_GLOBAL)
		memcpy(&guid, owner == VARIABLE_LOADER ? &loader : &bootpilot, sizeof(guid));
	return guid;
}

static void data_free(uint8_t **data)
{
	free(*data);
}

/* libefivar leaves errno as whatever it tried last has set it. */
static int failed(void)
{
	return errno > 0 ? -errno : -EIO;
}

int variables_supported(void)
{
	struct stat info;
	if (efi_variables_supported())
		return 0;
	return stat("/sys/firmware/efi", &info) == 0 && stat("/sys/firmware/efi/runtime", &info) != 0 ? -EOPNOTSUPP
												      : -ENOENT;
}

int variables_writable(void)
{
	const char *path = getenv("EFIVARFS_PATH"); /* as libefivar takes it */
	int r = variables_supported();
	if (r < 0)
		return r;
	return access(path ? path : "/sys/firmware/efi/efivars/", W_OK) < 0 ? failed() : 0;
}

int variable_read(struct heap *heap, enum variable_owner owner, const char *name, struct text *ret, uint32_t *attributes)
{
	__attribute__((cleanup(data_free))) uint8_t *data = NULL;
	size_t size = 0;
	uint32_t found = 0;
	errno = 0;
	if (efi_get_variable(guid_of(owner), name, &data, &size, &found) < 0)
		return failed();
	*ret = heap_keep(heap, (struct text){ (const char *)data, size });
	if (attributes)
		*attributes = found;
	return 0;
}

int variable_read_text(struct heap *heap, enum variable_owner owner, const char *name, struct text *ret)
{
	struct text bytes = TEXT_EMPTY;
	int r = variable_read(heap, owner, name, &bytes, NULL);
	if (r < 0)
		return r;
	size_t count = bytes.len / sizeof(uint16_t), len = 0;
	uint16_t *units = heap_take(heap, (count + 1) * sizeof(*units));
	if (count)
		memcpy(units, bytes.at, count * sizeof(*units));
	while (len < count && units[len])
		len++;
	struct writer w = { .at = heap_take(heap, len * 3 + 1), .size = len * 3 + 1 };
	utf16_to_text(&w, units, len);
	*ret = writer_text(&w);
	return 0;
}

int variable_write(enum variable_owner owner, const char *name, struct text bytes)
{
	errno = 0;
	if (efi_set_variable(guid_of(owner), name, (uint8_t *)bytes.at, bytes.len, PERSISTENT, 0600) < 0)
		return failed();
	return 0;
}

int variable_write_text(enum variable_owner owner, const char *name, struct text text)
{
	struct heap heap = { .newest = NULL };
	size_t len, capacity = text.len + 1; /* units: never more than bytes */
	uint16_t *units = heap_take(&heap, capacity * sizeof(*units));
	int r = -EINVAL;
	if (utf16_from_text(text, units, capacity, &len))
		r = variable_write(owner, name, (struct text){ (const char *)units, (len + 1) * sizeof(*units) });
	heap_free(&heap);
	return r;
}

int variable_delete(enum variable_owner owner, const char *name)
{
	errno = 0;
	if (efi_del_variable(guid_of(owner), name) < 0 && errno != ENOENT)
		return failed();
	return 0;
}
