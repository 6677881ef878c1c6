/* SPDX-License-Identifier: Apache-2.0 */
#include "variables.h"

#include "shared/memory.h"
#include "shared/report.h"
#include "shared/utf16.h"

#define GLOBAL_GUID                                                                                                    \
	{                                                                                                              \
		0x8be4df61, 0x93ca, 0x11d2,                                                                            \
		{                                                                                                      \
			0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c                                                 \
		}                                                                                                      \
	}

const EFI_GUID guid_loader = LOADER_GUID;
const EFI_GUID guid_bootpilot = BOOTPILOT_GUID;
const EFI_GUID guid_global = GLOBAL_GUID;

EFI_STATUS variable_get(const struct firmware *fw, const char *name, const EFI_GUID *vendor, void *buffer,
			size_t capacity, size_t *ret_size, uint32_t *ret_attributes)
{
	uint16_t wide[VARIABLE_NAME_MAX];
	EFI_GUID guid = *vendor;
	UINTN size = 0;
	UINT32 attributes = 0;
	if (!utf16_from_text(text_of(name), wide, VARIABLE_NAME_MAX, NULL))
		return EFI_INVALID_PARAMETER;
	EFI_STATUS s = EFI_DEVICE_ERROR;
	for (int attempt = 0; attempt < FIRMWARE_ATTEMPTS; attempt++) {
		size = capacity;
		s = fw->runtime->GetVariable(wide, &guid, &attributes, &size, buffer);
		if (!EFI_ERROR(s) || s == EFI_NOT_FOUND || s == EFI_BUFFER_TOO_SMALL)
			break; /* an answer, not a failure */
	}
	TRY(s);
	if (size > capacity)
		return EFI_BAD_BUFFER_SIZE;
	*ret_size = size;
	*ret_attributes = attributes;
	return EFI_SUCCESS;
}

/* Compares in pieces of the caller's stack: what we write is at most a few KiB. */
static bool variable_is(const struct firmware *fw, const char *name, const EFI_GUID *vendor, uint32_t attributes,
			const void *bytes, size_t size, void *scratch, size_t scratch_size)
{
	size_t found;
	uint32_t found_attributes;
	return size <= scratch_size &&
	       !EFI_ERROR(variable_get(fw, name, vendor, scratch, scratch_size, &found, &found_attributes)) &&
	       found == size && found_attributes == attributes && memcmp(scratch, bytes, size) == 0;
}

static EFI_STATUS variable_write(const struct firmware *fw, const char *name, const EFI_GUID *vendor,
				 uint32_t attributes, const void *bytes, size_t size)
{
	uint16_t wide[VARIABLE_NAME_MAX];
	EFI_GUID guid = *vendor;
	if (!utf16_from_text(text_of(name), wide, VARIABLE_NAME_MAX, NULL))
		return EFI_INVALID_PARAMETER;
	/* SetVariable only reads the data, though its parameter is not const. */
	union {
		const void *in;
		void *out;
	} data = { bytes };
	return fw->runtime->SetVariable(wide, &guid, attributes, size, data.out);
}

EFI_STATUS variable_delete(const struct firmware *fw, const char *name, const EFI_GUID *vendor)
{
	/* Attributes 0: with any others EDK2 refuses to delete a variable that has different ones. */
	EFI_STATUS s = variable_write(fw, name, vendor, 0, NULL, 0);
	return s == EFI_NOT_FOUND ? EFI_SUCCESS : s;
}

EFI_STATUS variable_set(const struct firmware *fw, const char *name, const EFI_GUID *vendor, uint32_t attributes,
			const void *bytes, size_t size)
{
	/* On the heap: a decision line in UTF-16 is larger than a frame should be. */
	void *scratch;
	size_t scratch_size = size + 2;
	TRY(firmware_allocate(fw, scratch_size, &scratch));

	EFI_STATUS s = EFI_SUCCESS;
	if (!variable_is(fw, name, vendor, attributes, bytes, size, scratch, scratch_size)) {
		s = variable_write(fw, name, vendor, attributes, bytes, size);
		if (s == EFI_INVALID_PARAMETER && !EFI_ERROR(variable_delete(fw, name, vendor)))
			s = variable_write(fw, name, vendor, attributes, bytes, size); /* it had other attributes */
		if (!EFI_ERROR(s) && !variable_is(fw, name, vendor, attributes, bytes, size, scratch, scratch_size))
			s = EFI_DEVICE_ERROR; /* firmware that says yes and keeps something else */
	}
	fw->boot->FreePool(scratch);
	return s;
}

struct text variable_text(const struct firmware *fw, struct arena *arena, const char *name, const EFI_GUID *vendor,
			  uint32_t *ret_attributes)
{
	uint16_t probe[64];
	uint16_t *units = probe;
	size_t size = 0;
	uint32_t attributes = 0;
	EFI_STATUS s = variable_get(fw, name, vendor, probe, sizeof(probe), &size, &attributes);
	if (s == EFI_BUFFER_TOO_SMALL) {
		for (size_t capacity = 1024; s == EFI_BUFFER_TOO_SMALL && capacity <= VARIABLE_SIZE_MAX;
		     capacity *= 8) {
			units = arena_take(arena, capacity);
			if (!units)
				return TEXT_EMPTY;
			s = variable_get(fw, name, vendor, units, capacity, &size, &attributes);
		}
	}
	if (EFI_ERROR(s))
		return TEXT_EMPTY;
	if (ret_attributes)
		*ret_attributes = attributes;

	size_t count = size / sizeof(uint16_t), at = 0;
	char *kept = arena_take(arena, count * 3 + 1);
	if (!kept)
		return TEXT_EMPTY;
	struct writer w = { .at = kept, .size = count * 3 + 1 };
	while (at < count) {
		size_t len = 0;
		while (at + len < count && units[at + len])
			len++;
		utf16_to_text(&w, units + at, len);
		at += len + 1;
		if (at < count)
			write_char(&w, '\0');
	}
	return writer_text(&w);
}

EFI_STATUS variable_set_text(const struct firmware *fw, const char *name, const EFI_GUID *vendor, uint32_t attributes,
			     struct text t)
{
	void *units;
	size_t len, capacity = t.len + 1;
	TRY(firmware_allocate(fw, capacity * sizeof(uint16_t), &units));
	EFI_STATUS s = EFI_INVALID_PARAMETER;
	if (utf16_from_text(t, units, capacity, &len))
		s = variable_set(fw, name, vendor, attributes, units, (len + 1) * sizeof(uint16_t));
	fw->boot->FreePool(units);
	return s;
}

bool secure_boot_is_on(const struct firmware *fw)
{
	uint8_t value = 0;
	size_t size;
	uint32_t attributes;
	return !EFI_ERROR(variable_get(fw, "SecureBoot", &guid_global, &value, sizeof(value), &size, &attributes)) &&
	       size == 1 && value == 1;
}
