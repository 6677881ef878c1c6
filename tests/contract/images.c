/* SPDX-License-Identifier: Apache-2.0 */
/* Images: loading what can be loaded and what cannot, starting, unloading. child.c is what runs. */
#include "contract.h"

#include "shared/memory.h"

static EFI_STATUS load(struct contract *c, const uint16_t *path, EFI_HANDLE *ret)
{
	uint8_t bytes[1024];

	*ret = NULL;
	return c->boot->LoadImage(FALSE, c->image, file_path(c, path, bytes), NULL, 0, ret);
}

static bool is_image(struct contract *c, EFI_HANDLE handle)
{
	return protocol_of(c, handle, &contract_loaded_image) != NULL;
}

static void check_refused(struct contract *c)
{
	static const struct {
		const char *sentence;
		const uint16_t *path;
		EFI_STATUS status;
	} rows[] = {
		{ "a missing file is EFI_NOT_FOUND", CHILD_DIRECTORY u"missing.efi", EFI_NOT_FOUND },
		{ "a missing directory is EFI_NOT_FOUND", u"\\missing\\missing.efi", EFI_NOT_FOUND },
		{ "a directory is EFI_NOT_FOUND", u"\\contract\\list", EFI_NOT_FOUND },
		{ "what is no image is EFI_UNSUPPORTED", u"\\contract\\large.bin", EFI_UNSUPPORTED },
		{ "a small file is EFI_UNSUPPORTED", u"\\contract\\locked.txt", EFI_UNSUPPORTED },
		{ "an empty file is EFI_UNSUPPORTED", u"\\contract\\empty.efi", EFI_UNSUPPORTED },
		{ "an image for another machine is EFI_UNSUPPORTED", CHILD_DIRECTORY u"other.efi", EFI_UNSUPPORTED },
		{ "an image that is cut short is EFI_UNSUPPORTED", CHILD_DIRECTORY u"cut.efi", EFI_UNSUPPORTED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EFI_HANDLE image;

		claim_status(c, "LoadImage", rows[i].sentence, load(c, rows[i].path, &image), rows[i].status);
		claim(c, "LoadImage", "what was refused leaves no handle", image == NULL);
	}
}

static void check_loaded(struct contract *c)
{
	EFI_HANDLE image, again;
	EFI_LOADED_IMAGE *loaded;

	claim_status(c, "LoadImage", "an image of this machine", load(c, CHILD_DIRECTORY u"child_good.efi", &image),
		     EFI_SUCCESS);
	loaded = protocol_of(c, image, &contract_loaded_image);
	if (!loaded)
		return;
	claim(c, "ParentHandle", "is who loaded it", loaded->ParentHandle == c->image);
	claim(c, "DeviceHandle", "is the partition it comes from", loaded->DeviceHandle == c->esp);
	claim(c, "FilePath", "is the path behind the partition",
	      loaded->FilePath && loaded->FilePath->Type == MEDIA_DEVICE_PATH &&
		      loaded->FilePath->SubType == MEDIA_FILEPATH_DP);
	claim(c, "FilePath", "is the name as it was asked for",
	      wide_equal((const uint16_t *)(const void *)(loaded->FilePath + 1), CHILD_DIRECTORY u"child_good.efi"));
	claim(c, "ImageCodeType", "an application's is EfiLoaderCode", loaded->ImageCodeType == EfiLoaderCode);
	claim_status(c, "LoadImage", "the same file once more", load(c, CHILD_DIRECTORY u"child_good.efi", &again),
		     EFI_SUCCESS);
	claim(c, "LoadImage", "is another image", again != image);
	claim_status(c, "UnloadImage", "one that was never started", c->boot->UnloadImage(again), EFI_SUCCESS);
	claim(c, "UnloadImage", "it is an image no more", !is_image(c, again));
	claim(c, "UnloadImage", "the other one still is", is_image(c, image));
	claim_status(c, "UnloadImage", "and goes, too", c->boot->UnloadImage(image), EFI_SUCCESS);
	claim_status(c, "UnloadImage", "what is gone is EFI_INVALID_PARAMETER", c->boot->UnloadImage(image),
		     EFI_INVALID_PARAMETER);
}

/* Starts the image at PATH, which must end with WANTED. */
static EFI_HANDLE start(struct contract *c, const char *sentence, const uint16_t *path, EFI_STATUS wanted)
{
	EFI_HANDLE image;
	UINTN size = 77;
	CHAR16 *data = (CHAR16 *)(UINTN)8;
	EFI_STATUS s = load(c, path, &image);

	if (EFI_ERROR(s)) {
		claim_status(c, "LoadImage", sentence, s, EFI_SUCCESS);
		return NULL;
	}
	claim_status(c, "StartImage", sentence, c->boot->StartImage(image, &size, &data), wanted);
	claim(c, "StartImage", "who only returns leaves no exit data", data == NULL && size == 0);
	return image;
}

static void check_exit(struct contract *c)
{
	EFI_HANDLE image;
	UINTN size = 0;
	CHAR16 *data = NULL;

	if (EFI_ERROR(load(c, CHILD_DIRECTORY u"child_exit.efi", &image))) {
		claim(c, "LoadImage", "one that calls Exit", false);
		return;
	}
	claim_status(c, "StartImage", "one that calls Exit ends with its status",
		     c->boot->StartImage(image, &size, &data), EFI_TIMEOUT);
	claim(c, "StartImage", "its exit data is handed on", data && size == 10 && wide_equal(data, u"gone"));
	claim(c, "StartImage", "it is an image no more", !is_image(c, image));
	if (data)
		claim_status(c, "FreePool", "takes exit data back", c->boot->FreePool(data), EFI_SUCCESS);
}

static void check_started(struct contract *c)
{
	EFI_HANDLE image = start(c, "one that returns EFI_SUCCESS", CHILD_DIRECTORY u"child_good.efi", EFI_SUCCESS);

	claim(c, "StartImage", "an application that succeeded is gone", !is_image(c, image));
	image = start(c, "one that returns an error", CHILD_DIRECTORY u"child_bad.efi", EFI_ABORTED);
	claim(c, "StartImage", "an application that failed is gone", !is_image(c, image));
	claim_status(c, "StartImage", "what is gone is EFI_INVALID_PARAMETER", c->boot->StartImage(image, NULL, NULL),
		     EFI_INVALID_PARAMETER);
	start(c, "its parent's file and device are seen by it", CHILD_DIRECTORY u"child_look.efi", EFI_ALREADY_STARTED);
	check_exit(c);
}

static void check_drivers(struct contract *c)
{
	EFI_HANDLE image = NULL;
	EFI_LOADED_IMAGE *loaded;

	claim_status(c, "LoadImage", "a driver", load(c, CHILD_DIRECTORY u"child_goes.efi", &image), EFI_SUCCESS);
	loaded = protocol_of(c, image, &contract_loaded_image);
	claim(c, "ImageCodeType", "a driver's is EfiBootServicesCode",
	      loaded && loaded->ImageCodeType == EfiBootServicesCode);
	claim_status(c, "UnloadImage", "one that was never started goes", c->boot->UnloadImage(image), EFI_SUCCESS);
	image = start(c, "a driver that returns an error", CHILD_DIRECTORY u"child_goes.efi", EFI_ABORTED);
	claim(c, "StartImage", "a driver that failed is gone", !is_image(c, image));
	image = start(c, "a driver that returns EFI_SUCCESS", CHILD_DIRECTORY u"child_stays.efi", EFI_SUCCESS);
	claim(c, "StartImage", "a driver that succeeded stays", is_image(c, image));
	claim_status(c, "UnloadImage", "a driver that stays and has no Unload is EFI_UNSUPPORTED",
		     c->boot->UnloadImage(image), EFI_UNSUPPORTED);
}

void check_images(struct contract *c)
{
	check_refused(c);
	check_loaded(c);
	check_started(c);
	check_drivers(c);
}
