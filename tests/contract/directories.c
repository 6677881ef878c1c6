/* SPDX-License-Identifier: Apache-2.0 */
/* Directories: read to their end, entry by entry. */
#include "contract.h"

#include "shared/memory.h"

static union {
	EFI_FILE_INFO info;
	uint8_t bytes[1024];
} buffer;

struct listing {
	unsigned count, directories, found;
	bool first_dot, second_dots, sound; /* sound: ended with size 0 and without an error */
};

/* Reads DIRECTORY to its end. FOUND: how many of them are called NAME. */
static struct listing list(EFI_FILE_HANDLE directory, const uint16_t *name)
{
	struct listing listing = { .count = 0 };

	while (listing.count < 200) {
		UINTN size = sizeof(buffer);
		EFI_STATUS s = directory->Read(directory, &size, &buffer);

		if (EFI_ERROR(s) || !size) {
			listing.sound = s == EFI_SUCCESS;
			break;
		}
		listing.first_dot |= listing.count == 0 && wide_equal(buffer.info.FileName, u".");
		listing.second_dots |= listing.count == 1 && wide_equal(buffer.info.FileName, u"..");
		listing.found += wide_equal(buffer.info.FileName, name);
		listing.directories += (buffer.info.Attribute & EFI_FILE_DIRECTORY) != 0;
		listing.count++;
	}
	return listing;
}

static void check_listing(struct contract *c, EFI_FILE_HANDLE directory)
{
	struct listing listing = list(directory, u"two+3.conf");
	UINTN size = sizeof(buffer);

	claim(c, "Read", "a directory ends with size 0 and EFI_SUCCESS", listing.sound);
	claim_number(c, "Read", "a directory gives every entry once, and two for itself", listing.count, 5);
	claim(c, "Read", "a directory begins with . and ..", listing.first_dot && listing.second_dots);
	claim_number(c, "Read", "a directory gives names as they were written", listing.found, 1);
	claim_number(c, "Attribute", "directories say that they are", listing.directories, 3);
	claim_status(c, "Read", "the end of a directory stays the end", directory->Read(directory, &size, &buffer),
		     EFI_SUCCESS);
	claim_number(c, "Read", "the end of a directory stays of size 0", size, 0);
	claim_status(c, "SetPosition", "a directory begins anew at 0", directory->SetPosition(directory, 0),
		     EFI_SUCCESS);
	claim_number(c, "Read", "a directory gives the same again", list(directory, u"two+3.conf").count, 5);
	claim_status(c, "SetPosition", "elsewhere in a directory is EFI_UNSUPPORTED",
		     directory->SetPosition(directory, 1), EFI_UNSUPPORTED);
}

static void check_small_buffer(struct contract *c, EFI_FILE_HANDLE directory)
{
	UINTN size = 20, needed;
	EFI_STATUS s;

	directory->SetPosition(directory, 0);
	for (unsigned i = 0; i < 2; i++) { /* . and .. */
		size = sizeof(buffer);
		directory->Read(directory, &size, &buffer);
	}
	size = 80;
	s = directory->Read(directory, &size, &buffer);
	claim_status(c, "Read", "too little room for an entry is EFI_BUFFER_TOO_SMALL", s, EFI_BUFFER_TOO_SMALL);
	needed = size;
	claim(c, "Read", "too little room for an entry: says the size that is needed", needed > 80 && needed < 256);
	size = needed;
	claim_status(c, "Read", "then the same entry is read with that size",
		     directory->Read(directory, &size, &buffer), EFI_SUCCESS);
	claim_number(c, "Read", "which it fills", size, needed);
	claim_number(c, "Read", "and nothing was passed over", list(directory, u"").count, 2);
}

static void check_directory_info(struct contract *c, EFI_FILE_HANDLE root, EFI_FILE_HANDLE directory)
{
	EFI_GUID guid = EFI_FILE_INFO_ID;
	UINTN size = sizeof(buffer);
	EFI_FILE_HANDLE file = NULL;

	claim_status(c, "GetInfo", "a directory's", directory->GetInfo(directory, &guid, &size, &buffer), EFI_SUCCESS);
	claim(c, "Attribute", "a directory is one", (buffer.info.Attribute & EFI_FILE_DIRECTORY) != 0);
	size = sizeof(buffer);
	claim_status(c, "GetInfo", "the root's", root->GetInfo(root, &guid, &size, &buffer), EFI_SUCCESS);
	claim(c, "Attribute", "the root is a directory", (buffer.info.Attribute & EFI_FILE_DIRECTORY) != 0);
	claim(c, "FileName", "the root has none", buffer.info.FileName[0] == 0);
	claim_status(c, "Open", "from a directory on, its files", open_path(directory, u"one.conf", &file),
		     EFI_SUCCESS);
	if (file)
		file->Close(file);
	claim_status(c, "Open", "from a directory on, with a leading \\, the root's",
		     open_status(directory, u"\\contract\\short.txt"), EFI_SUCCESS);
}

void check_directories(struct contract *c)
{
	EFI_FILE_HANDLE root = root_of(c), directory = NULL;
	struct listing listing;

	if (!root || EFI_ERROR(open_path(root, u"\\contract\\list", &directory))) {
		claim(c, "Open", "there is a directory to list", false);
		return;
	}
	check_listing(c, directory);
	check_small_buffer(c, directory);
	check_directory_info(c, root, directory);
	directory->Close(directory);
	listing = list(root, u"contract");
	claim(c, "Read", "the root ends as others do", listing.sound);
	claim(c, "Read", "the root has no entries for itself", !listing.first_dot && !listing.second_dots);
	claim_number(c, "Read", "the root has our directory", listing.found, 1);
	root->Close(root);
}
