/* SPDX-License-Identifier: Apache-2.0 */
/* The images that check_images() starts: copies of this program that know by their file's name what to do. */
#include "contract.h"

#include "shared/memory.h"

/* The name of the file that IMAGE comes from, without its directory. */
static const uint16_t *file_name(const EFI_LOADED_IMAGE *self)
{
	const uint16_t *name, *last;

	if (!self->FilePath || self->FilePath->Type != MEDIA_DEVICE_PATH ||
	    self->FilePath->SubType != MEDIA_FILEPATH_DP)
		return u"";
	for (last = name = (const uint16_t *)(const void *)(self->FilePath + 1); *name; name++)
		if (*name == u'\\')
			last = name + 1;
	return last;
}

/* Exit data must come from the pool: who started us frees it. */
static EFI_STATUS leave(EFI_HANDLE image, EFI_BOOT_SERVICES *boot)
{
	static const uint16_t words[] = u"gone";
	void *data = NULL;

	if (EFI_ERROR(boot->AllocatePool(EfiBootServicesData, sizeof(words), &data)))
		return EFI_OUT_OF_RESOURCES;
	memcpy(data, words, sizeof(words));
	boot->Exit(image, EFI_TIMEOUT, sizeof(words), data);
	return EFI_SUCCESS; /* Exit has failed: check_images() sees it by this */
}

bool contract_child(EFI_HANDLE image, EFI_SYSTEM_TABLE *system, EFI_STATUS *ret)
{
	EFI_GUID guid = contract_loaded_image;
	EFI_BOOT_SERVICES *boot = system->BootServices;
	EFI_LOADED_IMAGE *self = NULL, *parent = NULL;
	const uint16_t *name;

	if (EFI_ERROR(boot->HandleProtocol(image, &guid, (void **)&self)))
		return false;
	name = file_name(self);
	if (wide_equal(name, u"child_good.efi") || wide_equal(name, u"child_stays.efi"))
		*ret = EFI_SUCCESS;
	else if (wide_equal(name, u"child_bad.efi") || wide_equal(name, u"child_goes.efi"))
		*ret = EFI_ABORTED;
	else if (wide_equal(name, u"child_exit.efi"))
		*ret = leave(image, boot);
	else if (wide_equal(name, u"child_look.efi")) /* does our parent look as efi/berth.c looks at it? */
		*ret = !EFI_ERROR(boot->HandleProtocol(self->ParentHandle, &guid, (void **)&parent)) &&
				       parent->FilePath && wide_equal(file_name(parent), u"contract.efi") &&
				       parent->DeviceHandle == self->DeviceHandle
			       ? EFI_ALREADY_STARTED
			       : EFI_NOT_STARTED;
	else
		return false;
	return true;
}
