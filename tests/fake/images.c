/* SPDX-License-Identifier: Apache-2.0 */
#include "images.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "devicepath.h"
#include "disk.h"
#include "files.h"
#include "guids.h"
#include "handles.h"
#include "laws.h"
#include "pe.h"
#include "pool.h"
#include "power.h"
#include "volume.h"
#include "wide.h"

#define KINDS_MAX    8u
#define REFUSALS_MAX 8u

struct kind {
	const char *marker;
	image_entry entry;
	bool on_trial;
	unsigned started;
};

struct image {
	struct image *next;
	EFI_HANDLE handle;
	EFI_LOADED_IMAGE loaded;
	EFI_DEVICE_PATH *whole_path;
	char path[1024];
	struct kind *kind;
	struct image *starter; /* whoever ran when this one was started */
	unsigned owner;        /* who loaded it */
	bool started, forbidden;
	jmp_buf exit;
	EFI_STATUS status;
	UINTN exit_size;
	CHAR16 *exit_data;
};

static struct kind kinds[KINDS_MAX];
static struct {
	char path[256];
	EFI_STATUS status;
} refusals[REFUSALS_MAX];
static struct image *images, *running;
static EFI_SYSTEM_TABLE *table;
static unsigned depth;

void fake_images_register(const char *marker, image_entry entry, bool on_trial)
{
	for (size_t i = 0; i < KINDS_MAX; i++)
		if (!kinds[i].marker || strcmp(kinds[i].marker, marker) == 0) {
			kinds[i] = (struct kind){ .marker = marker, .entry = entry, .on_trial = on_trial };
			return;
		}
	abort();
}

void fake_images_forget(void)
{
	memset(kinds, 0, sizeof(kinds));
	memset(refusals, 0, sizeof(refusals));
}

void fake_images_refuse(const char *utf8, EFI_STATUS status)
{
	for (size_t i = 0; i < REFUSALS_MAX; i++)
		if (!refusals[i].path[0] || strcasecmp(refusals[i].path, utf8) == 0) {
			strncpy(refusals[i].path, utf8, sizeof(refusals[i].path) - 1);
			refusals[i].status = status;
			return;
		}
	abort();
}

static EFI_STATUS refusal_of(const char *path)
{
	for (size_t i = 0; i < REFUSALS_MAX; i++)
		if (refusals[i].path[0] && strcasecmp(refusals[i].path, path) == 0)
			return refusals[i].status;
	return EFI_SUCCESS;
}

unsigned fake_images_started(const char *marker)
{
	for (size_t i = 0; i < KINDS_MAX; i++)
		if (kinds[i].marker && strcmp(kinds[i].marker, marker) == 0)
			return kinds[i].started;
	return 0;
}

static struct image *image_find(EFI_HANDLE handle)
{
	for (struct image *image = images; image; image = image->next)
		if (image->handle == handle)
			return image;
	return NULL;
}

EFI_LOADED_IMAGE *fake_image_loaded(EFI_HANDLE handle)
{
	struct image *image = image_find(handle);

	return image ? &image->loaded : NULL;
}

const char *fake_image_path(EFI_HANDLE handle)
{
	return image_find(handle)->path;
}

bool fake_image_contains(EFI_HANDLE handle, const char *marker)
{
	struct image *image = image_find(handle);

	return memmem(image->loaded.ImageBase, image->loaded.ImageSize, marker, strlen(marker)) != NULL;
}

/* The file behind PATH. *REST is the part of PATH behind the device. */
static EFI_STATUS image_file(const EFI_DEVICE_PATH *path, EFI_HANDLE *device, const EFI_DEVICE_PATH **rest, char *name,
			     size_t size, const struct node **ret)
{
	EFI_DEVICE_PATH *left = (EFI_DEVICE_PATH *)path;
	const struct volume *volume;
	const struct node *node;

	if (EFI_ERROR(fake_handles_locate_path(&fake_guid_file_system, &left, device)))
		return EFI_NOT_FOUND;
	volume = fake_disk_volume(*device);
	if (!volume || !fake_path_file(left, name + 1, size - 1))
		return EFI_NOT_FOUND;
	name[0] = '\\'; /* one of them is enough */
	if (name[1] == '\\')
		memmove(name, name + 1, strlen(name));
	if (EFI_ERROR(volume->broken))
		return volume->broken;
	node = fake_volume_find(volume, name);
	if (!node || node->is_directory)
		return EFI_NOT_FOUND;
	if (EFI_ERROR(node->broken) || EFI_ERROR(node->bad_sector))
		return EFI_ERROR(node->broken) ? node->broken : node->bad_sector;
	*rest = left;
	*ret = node;
	return EFI_SUCCESS;
}

static void image_install(struct image *image)
{
	image->handle = fake_handles_new();
	fake_handles_add(image->handle, &fake_guid_loaded_image, &image->loaded);
	if (image->whole_path)
		fake_handles_add(image->handle, &fake_guid_loaded_image_path, image->whole_path);
	image->next = images;
	images = image;
}

static EFI_STATUS image_make(EFI_HANDLE parent, const void *bytes, size_t size, struct image **ret)
{
	struct pe_facts facts;
	enum pe_fault fault = fake_pe_inspect(bytes, size, &facts);
	struct image *image;

	if (fault == PE_SANE && memmem(bytes, size, IMAGE_UNLOADABLE, strlen(IMAGE_UNLOADABLE)))
		return EFI_LOAD_ERROR;
	if (fault != PE_SANE || facts.subsystem < 10 || facts.subsystem > 12)
		return EFI_UNSUPPORTED;
	image = calloc(1, sizeof(*image));
	image->loaded = (EFI_LOADED_IMAGE){
		.Revision = EFI_LOADED_IMAGE_PROTOCOL_REVISION,
		.ParentHandle = parent,
		.SystemTable = table,
		.ImageBase = fake_pe_map(bytes, &facts),
		.ImageSize = facts.image_size,
		.ImageCodeType = facts.subsystem == PE_APPLICATION ? EfiLoaderCode : EfiBootServicesCode,
		.ImageDataType = facts.subsystem == PE_APPLICATION ? EfiLoaderData : EfiBootServicesData,
	};
	for (size_t i = 0; i < KINDS_MAX && kinds[i].marker && !image->kind; i++)
		if (memmem(bytes, size, kinds[i].marker, strlen(kinds[i].marker)))
			image->kind = &kinds[i];
	image->owner = laws_owner();
	*ret = image;
	return EFI_SUCCESS;
}

EFI_STATUS fake_image_load(EFI_HANDLE parent, const EFI_DEVICE_PATH *path, const void *source, size_t size,
			   EFI_HANDLE *ret)
{
	const EFI_DEVICE_PATH *rest = NULL;
	const struct node *node = NULL;
	struct image *image = NULL;
	EFI_HANDLE device = NULL;
	char name[1024] = "";
	EFI_STATUS status = EFI_SUCCESS, refusal;

	*ret = NULL;
	if (!fake_handles_get(parent, &fake_guid_loaded_image) || (!path && !source))
		return EFI_INVALID_PARAMETER;
	if (path)
		status = image_file(path, &device, &rest, name, sizeof(name), &node);
	if (!source && EFI_ERROR(status))
		return status;
	refusal = refusal_of(name);
	if (refusal == EFI_ACCESS_DENIED)
		return refusal;
	status =
		source ? image_make(parent, source, size, &image) : image_make(parent, node->bytes, node->size, &image);
	if (EFI_ERROR(status))
		return status;
	strcpy(image->path, name);
	image->loaded.DeviceHandle = device;
	if (rest)
		image->loaded.FilePath = fake_path_copy(rest);
	if (path)
		image->whole_path = fake_path_copy(path);
	image->forbidden = EFI_ERROR(refusal);
	image_install(image);
	*ret = image->handle;
	return refusal;
}

static void image_free(struct image *image)
{
	for (struct image **link = &images; *link; link = &(*link)->next)
		if (*link == image) {
			*link = image->next;
			break;
		}
	fake_handles_remove(image->handle);
	free(image->loaded.ImageBase);
	free(image->loaded.FilePath);
	free(image->whole_path);
	free(image);
}

static void check_leaks(unsigned owner)
{
	fake_pool_check_leaks(owner);
	fake_files_check_leaks(owner);
	fake_clock_check_leaks(owner);
	for (const struct image *image = images; image; image = image->next)
		if (image->owner == owner && !image->started)
			laws_break("leak: image %s is neither started nor unloaded", image->path);
}

/* Runs IMAGE until it returns or calls Exit. A function of its own: nothing in it is touched between setjmp and longjmp. */
static void image_run(struct image *image)
{
	if (setjmp(image->exit) == 0)
		image->status = image->kind->entry(image->handle, table);
}

static EFI_STATUS image_start(EFI_HANDLE handle, UINTN *exit_size, CHAR16 **exit_data)
{
	struct image *image = image_find(handle);
	unsigned owner = 0, before;
	EFI_STATUS status;

	if (!image || image->started)
		return EFI_INVALID_PARAMETER;
	image->started = true;
	if (image->forbidden || !image->kind) {
		status = image->forbidden ? EFI_SECURITY_VIOLATION : EFI_UNSUPPORTED;
		image_free(image);
		return status;
	}
	if (++depth > IMAGES_DEPTH_MAX) {
		laws_break("more than %u images started by each other", IMAGES_DEPTH_MAX);
		power_end(OUTCOME_ENDLESS);
	}
	if (image->kind->on_trial)
		owner = laws_owner_new();
	image->kind->started++;
	image->starter = running;
	running = image;
	before = laws_owner_set(owner);
	image_run(image);
	fake_pool_give(image->exit_data, before); /* who started the image frees what it leaves behind */
	if (owner)
		check_leaks(owner);
	laws_owner_set(before);
	*exit_size = image->exit_size;
	*exit_data = image->exit_data;
	running = image->starter;
	depth--;
	status = image->status;
	/* EDK2, CoreStartImage: a driver that succeeded stays, everything else goes. */
	if (EFI_ERROR(status) || image->loaded.ImageCodeType == EfiLoaderCode)
		image_free(image);
	return status;
}

EFI_STATUS fake_image_start(EFI_HANDLE handle)
{
	UINTN size;
	CHAR16 *data;

	return image_start(handle, &size, &data); /* the boot manager and the loader leave exit data where it is */
}

EFI_STATUS fake_image_unload(EFI_HANDLE handle)
{
	struct image *image = image_find(handle);

	if (!image)
		return EFI_INVALID_PARAMETER;
	if (image->started)
		return EFI_UNSUPPORTED; /* none of the images here has an Unload function */
	image_free(image);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI load_image(BOOLEAN policy, EFI_HANDLE parent, EFI_DEVICE_PATH *path, VOID *source, UINTN size,
				    EFI_HANDLE *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_LOAD_IMAGE);

	if (EFI_ERROR(injected))
		return injected;
	return ret && policy <= TRUE ? fake_image_load(parent, path, source, size, ret) : EFI_INVALID_PARAMETER;
}

static EFI_STATUS EFIAPI start_image(EFI_HANDLE image, UINTN *exit_size, CHAR16 **exit_data)
{
	EFI_STATUS injected = laws_call(SERVICE_START_IMAGE);
	UINTN size = 0;
	CHAR16 *data = NULL;

	if (EFI_ERROR(injected)) { /* as an image that starts and fails at once */
		struct image *failed = image_find(image);

		if (failed && !failed->started)
			image_free(failed);
		return injected;
	}
	injected = image_start(image, &size, &data);
	if (exit_size)
		*exit_size = size;
	if (exit_data)
		*exit_data = data;
	return injected;
}

static EFI_STATUS EFIAPI unload_image(EFI_HANDLE image)
{
	EFI_STATUS injected = laws_call(SERVICE_UNLOAD_IMAGE), status = fake_image_unload(image);

	return EFI_ERROR(status) ? status : injected;
}

static EFI_STATUS EFIAPI exit_image(EFI_HANDLE handle, EFI_STATUS status, UINTN size, CHAR16 *data)
{
	EFI_STATUS injected = laws_call(SERVICE_EXIT);
	struct image *image = image_find(handle);

	if (EFI_ERROR(injected))
		return injected;
	if (!image || (size && !data))
		return EFI_INVALID_PARAMETER;
	if (!image->started) {
		image_free(image);
		return EFI_SUCCESS;
	}
	if (image != running)
		return EFI_INVALID_PARAMETER;
	image->status = status;
	image->exit_size = data ? size : 0;
	image->exit_data = data;
	longjmp(image->exit, 1);
}

void fake_images_power_on(EFI_SYSTEM_TABLE *system)
{
	table = system;
	running = NULL;
	depth = 0;
	for (size_t i = 0; i < KINDS_MAX; i++)
		kinds[i].started = 0;
}

void fake_images_power_off(void)
{
	while (images)
		image_free(images);
}

void fake_images_install(EFI_BOOT_SERVICES *boot)
{
	boot->LoadImage = load_image;
	boot->StartImage = start_image;
	boot->UnloadImage = unload_image;
	boot->Exit = exit_image;
}
