/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files: letter case, odd characters, and how long they may be. */
#include "contract.h"

#include "shared/memory.h"

static const struct {
	const char *sentence;
	const uint16_t *path;
	EFI_STATUS status;
} rows[] = {
	{ "letter case does not matter", u"\\CONTRACT\\SHORT.TXT", EFI_SUCCESS },
	{ "letter case does not matter in a long name", u"\\contract\\sMALL+2-1.cONF", EFI_SUCCESS },
	{ "a short name in capitals is found in small letters", u"\\contract\\upper.txt", EFI_SUCCESS },
	{ "without a leading \\ it is the same", u"contract\\short.txt", EFI_SUCCESS },
	{ "two \\ are as one", u"\\contract\\\\short.txt", EFI_SUCCESS },
	{ "a \\ at the end of a directory is passed over", u"\\contract\\list\\", EFI_SUCCESS },
	{ "/ is no separator", u"/contract/short.txt", EFI_NOT_FOUND },
	{ ". and .. are understood", u"\\contract\\deep\\..\\.\\short.txt", EFI_SUCCESS },
	{ "two dots inside a name are part of it", u"\\contract\\two..dots.conf", EFI_SUCCESS },
	{ "a dot at the start is part of it", u"\\contract\\.hidden", EFI_SUCCESS },
	{ "letters beyond ASCII", u"\\contract\\\u00fcml\u00e4ut.conf", EFI_SUCCESS },
	{ "three directories down", u"\\contract\\deep\\er\\file.txt", EFI_SUCCESS },
	{ "a dot at the end is dropped", u"\\contract\\short.txt.", EFI_SUCCESS },
	{ "a blank at the end is dropped", u"\\contract\\short.txt ", EFI_SUCCESS },
	{ "a blank at the start is dropped", u"\\contract\\ short.txt", EFI_SUCCESS },
	{ "a name of a dot more than there is", u"\\contract\\short..txt", EFI_NOT_FOUND },
	{ "the part of a name", u"\\contract\\short", EFI_NOT_FOUND },
	{ "the name and more", u"\\contract\\short.txtx", EFI_NOT_FOUND },
	{ "a star stands for nothing", u"\\contract\\short*", EFI_NOT_FOUND },
	{ "a colon is in no name", u"\\contract\\a:b", EFI_NOT_FOUND },
	{ "only dots", u"\\contract\\...", EFI_NOT_FOUND },
};

/* efi/ takes either for "there is no such file". */
static EFI_STATUS as_missing(EFI_STATUS s)
{
	return s == EFI_INVALID_PARAMETER ? EFI_NOT_FOUND : s;
}

/* The path of the long name of UNITS in disk.txt, which begins with three LETTERs. */
static void long_path(uint16_t *path, uint16_t letter, size_t units)
{
	static const uint16_t start[] = u"\\loader\\entries\\", middle[] = u"+3-", end[] = u"y.conf";
	size_t at = wide_length(start), name = at;

	memcpy(path, start, at * sizeof(*path));
	for (; at < name + 3; at++)
		path[at] = letter;
	memcpy(path + at, middle, 3 * sizeof(*path));
	for (at += 3; at < name + units - 6; at++)
		path[at] = u'x';
	memcpy(path + at, end, sizeof(end));
}

static void check_long(struct contract *c, EFI_FILE_HANDLE root)
{
	uint16_t path[300];
	EFI_FILE_HANDLE entries = NULL;
	uint8_t bytes[1024];
	unsigned listed = 0;
	UINTN size = sizeof(bytes);

	long_path(path, u'a', 240);
	claim_status(c, "Open", "a name of 240 units in \\loader\\entries", open_status(root, path), EFI_SUCCESS);
	long_path(path, u'b', 244);
	claim_status(c, "Open", "a name of 244 units in \\loader\\entries is none", as_missing(open_status(root, path)),
		     EFI_NOT_FOUND);
	if (EFI_ERROR(open_path(root, u"\\loader\\entries", &entries))) {
		claim(c, "Open", "\\loader\\entries is there", false);
		return;
	}
	while (!EFI_ERROR(entries->Read(entries, &size, bytes)) && size) {
		listed += size == 80 + 241 * 2 || size == 80 + 245 * 2;
		size = sizeof(bytes);
	}
	claim_number(c, "Read", "a directory lists both, the one that cannot be opened, too", listed, 2);
	claim_status(c, "Open", "nor is it one from its directory on", as_missing(open_status(entries, path + 16)),
		     EFI_NOT_FOUND);
	entries->Close(entries);
}

/* The path of \contract\short.txt with so many \ before it that it has UNITS. */
static EFI_STATUS open_padded(EFI_FILE_HANDLE from, const uint16_t *path, size_t units)
{
	uint16_t padded[400];
	size_t length = wide_length(path), first = 0;

	while (path[first] && path[first] != u'\\')
		first++;
	memcpy(padded, path, first * sizeof(*path));
	for (size_t i = first; i < units - (length - first); i++)
		padded[i] = u'\\';
	memcpy(padded + units - (length - first), path + first, (length - first + 1) * sizeof(*path));
	return open_status(from, padded);
}

static void check_long_paths(struct contract *c, EFI_FILE_HANDLE root)
{
	EFI_FILE_HANDLE deep = NULL;

	claim_status(c, "Open", "a path of 257 units", open_padded(root, u"\\contract\\short.txt", 257), EFI_SUCCESS);
	claim_status(c, "Open", "a path of 258 units is EFI_INVALID_PARAMETER",
		     open_padded(root, u"\\contract\\short.txt", 258), EFI_INVALID_PARAMETER);
	claim_status(c, "Open", "there is a directory two down", open_path(root, u"\\contract\\deep", &deep),
		     EFI_SUCCESS);
	if (!deep)
		return;
	claim_status(c, "Open", "the directory's own path counts: 14 and 242 units",
		     open_padded(deep, u"er\\file.txt", 242), EFI_SUCCESS);
	claim_status(c, "Open", "14 and 243 units are EFI_INVALID_PARAMETER", open_padded(deep, u"er\\file.txt", 243),
		     EFI_INVALID_PARAMETER);
	deep->Close(deep);
}

void check_names(struct contract *c)
{
	EFI_FILE_HANDLE root = root_of(c);

	if (!root) {
		claim(c, "OpenVolume", "gives a root", false);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		claim_status(c, "Open", rows[i].sentence, as_missing(open_status(root, rows[i].path)), rows[i].status);
	check_long(c, root);
	check_long_paths(c, root);
	root->Close(root);
}
