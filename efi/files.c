/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include "shared/utf16.h"

/* Room for the fixed part and a name of 255 units, the most FAT has. */
union info_buffer {
	EFI_FILE_INFO info;
	uint8_t bytes[1024];
};

void file_close(EFI_FILE_HANDLE *file)
{
	if (*file)
		(*file)->Close(*file);
}

EFI_STATUS volume_open(const struct firmware *fw, EFI_HANDLE device, EFI_FILE_HANDLE *ret_root)
{
	EFI_FILE_IO_INTERFACE *volume = firmware_protocol(fw, device, &guid_file_system);
	return volume ? volume->OpenVolume(volume, ret_root) : EFI_UNSUPPORTED;
}

EFI_STATUS file_open(EFI_FILE_HANDLE root, struct text path, EFI_FILE_HANDLE *ret)
{
	uint16_t wide[FILES_PATH_MAX];
	size_t len;
	if (!utf16_from_text(path, wide, FILES_PATH_MAX, &len))
		return EFI_NOT_FOUND; /* no file can have that name */
	for (size_t i = 0; i < len; i++)
		if (wide[i] == u'/')
			wide[i] = u'\\';
	EFI_STATUS s = root->Open(root, ret, wide, EFI_FILE_MODE_READ, 0);
	return s == EFI_INVALID_PARAMETER ? EFI_NOT_FOUND : s;
}

static uint64_t time_number(const EFI_TIME *time)
{
	uint64_t number = time->Year;
	number = number * 13 + time->Month;
	number = number * 32 + time->Day;
	number = number * 24 + time->Hour;
	number = number * 60 + time->Minute;
	return number * 60 + time->Second;
}

EFI_STATUS file_info(EFI_FILE_HANDLE file, struct file_info *ret)
{
	EFI_GUID guid = EFI_FILE_INFO_ID;
	union info_buffer buffer;
	UINTN size = sizeof(buffer);
	TRY(file->GetInfo(file, &guid, &size, &buffer));
	ret->size_bytes = buffer.info.FileSize;
	ret->time = time_number(&buffer.info.ModificationTime);
	ret->directory = buffer.info.Attribute & EFI_FILE_DIRECTORY;
	return EFI_SUCCESS;
}

EFI_STATUS file_read(EFI_FILE_HANDLE file, void *buffer, size_t capacity, size_t *ret_size)
{
	UINTN size = capacity;
	TRY(file->Read(file, &size, buffer));
	*ret_size = size <= capacity ? size : capacity;
	return EFI_SUCCESS;
}

EFI_STATUS directory_next(EFI_FILE_HANDLE directory, struct writer *name, bool *ret_directory)
{
	union info_buffer buffer;
	UINTN size = sizeof(buffer);
	size_t fixed = (size_t)((uint8_t *)buffer.info.FileName - buffer.bytes);
	TRY(directory->Read(directory, &size, &buffer));
	if (!size)
		return EFI_END_OF_FILE;
	if (size < fixed || size > sizeof(buffer))
		return EFI_VOLUME_CORRUPTED;
	utf16_to_text(name, buffer.info.FileName, (size - fixed) / sizeof(uint16_t));
	*ret_directory = buffer.info.Attribute & EFI_FILE_DIRECTORY;
	return EFI_SUCCESS;
}

static bool source_read(void *context, uint64_t offset, void *ret, size_t size)
{
	EFI_FILE_HANDLE file = *(EFI_FILE_HANDLE *)context;
	UINTN got = size;
	return !EFI_ERROR(file->SetPosition(file, offset)) && !EFI_ERROR(file->Read(file, &got, ret)) && got == size;
}

struct image_source file_source(EFI_FILE_HANDLE *file, uint64_t size_bytes)
{
	return (struct image_source){ .context = file, .size_bytes = size_bytes, .read = source_read };
}
