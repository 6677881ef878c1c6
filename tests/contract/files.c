/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a FAT volume: opening, information, reading in pieces. */
#include "contract.h"

#include "shared/memory.h"

#define LARGE_SIZE 70001u

static union {
	EFI_FILE_INFO info;
	uint8_t bytes[1024];
} buffer;
static uint8_t large[LARGE_SIZE + 100];

static bool is_pattern(const uint8_t *bytes, size_t from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != (uint8_t)(7 * (from + i) + 3))
			return false;
	return true;
}

static EFI_STATUS info_of(EFI_FILE_HANDLE file, UINTN *size)
{
	EFI_GUID guid = EFI_FILE_INFO_ID;

	return file->GetInfo(file, &guid, size, &buffer);
}

static void check_opening(struct contract *c, EFI_FILE_HANDLE root)
{
	EFI_FILE_HANDLE file = NULL, again = NULL;

	claim_status(c, "Open", "a missing file is EFI_NOT_FOUND", open_status(root, u"\\contract\\missing.conf"),
		     EFI_NOT_FOUND);
	claim_status(c, "Open", "a missing directory is EFI_NOT_FOUND", open_status(root, u"\\missing\\missing.conf"),
		     EFI_NOT_FOUND);
	claim_status(c, "Open", "a file used as a directory is EFI_NOT_FOUND",
		     open_status(root, u"\\contract\\short.txt\\missing.conf"), EFI_NOT_FOUND);
	claim_status(c, "Open", "a file is opened", open_path(root, u"\\contract\\short.txt", &file), EFI_SUCCESS);
	claim_status(c, "Open", "the same file once more", open_path(root, u"\\contract\\short.txt", &again),
		     EFI_SUCCESS);
	claim(c, "Open", "each has a handle of its own", file != again);
	claim_status(c, "Close", "says EFI_SUCCESS", again->Close(again), EFI_SUCCESS);
	claim_status(c, "Close", "and so does the other one", file->Close(file), EFI_SUCCESS);
	claim_status(c, "Open", "a directory is opened as a file is", open_status(root, u"\\contract"), EFI_SUCCESS);
	claim_status(c, "Open", "the root by its name", open_status(root, u"\\"), EFI_SUCCESS);
}

static void check_info(struct contract *c, EFI_FILE_HANDLE root)
{
	EFI_FILE_HANDLE file = NULL;
	const EFI_TIME *time = &buffer.info.ModificationTime;
	UINTN size = sizeof(buffer);

	if (EFI_ERROR(open_path(root, u"\\contract\\Small+2-1.Conf", &file))) {
		claim(c, "GetInfo", "there is a file to ask", false);
		return;
	}
	claim_status(c, "GetInfo", "a file's", info_of(file, &size), EFI_SUCCESS);
	claim_number(c, "FileSize", "in bytes", buffer.info.FileSize, 37);
	claim_number(c, "ModificationTime", "the year", time->Year, 2026);
	claim(c, "Month", "is that of the modification", time->Month == 1);
	claim(c, "Day", "is that of the modification", time->Day == 2);
	claim(c, "Hour", "is that of the modification", time->Hour == 3);
	claim(c, "Minute", "is that of the modification", time->Minute == 4);
	claim(c, "Second", "is that of the modification", time->Second == 4);
	claim(c, "Year", "is that of the modification", time->Year == 2026);
	claim_number(c, "Attribute", "a file is no directory", buffer.info.Attribute & EFI_FILE_DIRECTORY, 0);
	claim_number(c, "Attribute", "a new file is to be archived", buffer.info.Attribute, EFI_FILE_ARCHIVE);
	claim(c, "FileName", "as it was written, without the directory",
	      wide_equal(buffer.info.FileName, u"Small+2-1.Conf"));
	claim_number(c, "GetInfo", "says how much it gave", size, 80 + 15 * 2);
	claim_number(c, "GetInfo", "and the same inside", buffer.info.Size, size);
	size = 80;
	claim_status(c, "GetInfo", "too little room is EFI_BUFFER_TOO_SMALL", info_of(file, &size),
		     EFI_BUFFER_TOO_SMALL);
	claim_number(c, "GetInfo", "too little room: says the size that is needed", size, 80 + 15 * 2);
	file->Close(file);

	size = sizeof(buffer);
	if (!EFI_ERROR(open_path(root, u"\\contract\\locked.txt", &file))) {
		claim_status(c, "GetInfo", "a locked file's", info_of(file, &size), EFI_SUCCESS);
		claim_number(c, "Attribute", "read-only, hidden, system", buffer.info.Attribute,
			     EFI_FILE_READ_ONLY | EFI_FILE_HIDDEN | EFI_FILE_SYSTEM | EFI_FILE_ARCHIVE);
		file->Close(file);
	} else {
		claim(c, "Open", "a locked file is opened for reading", false);
	}
}

static void check_reading(struct contract *c, EFI_FILE_HANDLE root)
{
	EFI_FILE_HANDLE file = NULL;
	UINTN size = sizeof(large);
	bool right = true;

	if (EFI_ERROR(open_path(root, u"\\contract\\large.bin", &file))) {
		claim(c, "Read", "there is a file to read", false);
		return;
	}
	claim_status(c, "Read", "more than there is, is no error", file->Read(file, &size, large), EFI_SUCCESS);
	claim_number(c, "Read", "says how much there was", size, LARGE_SIZE);
	claim(c, "Read", "gives the right bytes", is_pattern(large, 0, LARGE_SIZE));
	size = 10;
	claim_status(c, "Read", "at the end is no error", file->Read(file, &size, large), EFI_SUCCESS);
	claim_number(c, "Read", "at the end gives 0 bytes", size, 0);
	claim_status(c, "SetPosition", "back to the start", file->SetPosition(file, 0), EFI_SUCCESS);
	for (size_t at = 0; at < LARGE_SIZE && right; at += size) {
		size = 4099; /* across sectors and clusters */
		right = !EFI_ERROR(file->Read(file, &size, large)) && size && is_pattern(large, at, size);
	}
	claim(c, "Read", "in pieces gives the same bytes", right);
	claim_status(c, "SetPosition", "anywhere inside", file->SetPosition(file, 65537), EFI_SUCCESS);
	size = 3;
	claim(c, "Read", "goes on from there",
	      !EFI_ERROR(file->Read(file, &size, large)) && size == 3 && is_pattern(large, 65537, 3));
	claim_status(c, "SetPosition", "beyond the end is not refused", file->SetPosition(file, LARGE_SIZE + 1),
		     EFI_SUCCESS);
	size = 3;
	claim_status(c, "Read", "beyond the end is EFI_DEVICE_ERROR", file->Read(file, &size, large), EFI_DEVICE_ERROR);
	claim_status(c, "SetPosition", "exactly to the end", file->SetPosition(file, LARGE_SIZE), EFI_SUCCESS);
	size = 3;
	claim_status(c, "Read", "exactly at the end is no error", file->Read(file, &size, large), EFI_SUCCESS);
	claim_number(c, "Read", "exactly at the end gives 0 bytes", size, 0);
	file->Close(file);
}

static void check_empty(struct contract *c, EFI_FILE_HANDLE root)
{
	EFI_FILE_HANDLE file = NULL;
	UINTN size = sizeof(buffer);

	if (EFI_ERROR(open_path(root, u"\\contract\\empty.efi", &file))) {
		claim(c, "Open", "an empty file is opened", false);
		return;
	}
	claim(c, "FileSize", "an empty file has 0 bytes",
	      !EFI_ERROR(info_of(file, &size)) && buffer.info.FileSize == 0);
	claim(c, "ModificationTime", "the last even second of 2023",
	      buffer.info.ModificationTime.Year == 2023 && buffer.info.ModificationTime.Month == 12 &&
		      buffer.info.ModificationTime.Day == 31 && buffer.info.ModificationTime.Second == 58);
	size = 10;
	claim_status(c, "Read", "of an empty file is no error", file->Read(file, &size, &buffer), EFI_SUCCESS);
	claim_number(c, "Read", "of an empty file gives 0 bytes", size, 0);
	file->Close(file);
}

void check_files(struct contract *c)
{
	EFI_FILE_IO_INTERFACE *volume = protocol_of(c, c->esp, &contract_file_system);
	EFI_FILE_HANDLE root = NULL;

	claim(c, "OpenVolume", "the partition we come from has a file system", volume != NULL);
	if (!volume)
		return;
	claim_status(c, "OpenVolume", "gives its root", volume->OpenVolume(volume, &root), EFI_SUCCESS);
	check_opening(c, root);
	check_info(c, root);
	check_reading(c, root);
	check_empty(c, root);
	root->Close(root);
}
