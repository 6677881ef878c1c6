/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "guids.h"
#include "laws.h"
#include "wide.h"

#define NAME_MAX_UNITS 255u /* of a FAT long name */
#define PATH_MAX_UNITS 256u /* of a path from the root, without its first '\': EDK2 opens no longer one, though it lists it */

struct file {
	EFI_FILE_PROTOCOL protocol; /* first: the interface is the file */
	struct file *next;
	struct volume *volume;
	struct node *node;
	uint64_t position; /* bytes, or entries of a directory */
	unsigned owner;
};

struct file_system {
	EFI_FILE_IO_INTERFACE protocol;
	struct file_system *next;
	struct volume *volume;
};

static struct file *files;
static struct file_system *systems;

static EFI_STATUS file_new(struct volume *volume, struct node *node, EFI_FILE_HANDLE *ret);

static struct file *file_of(EFI_FILE_HANDLE handle)
{
	for (struct file *file = files; file; file = file->next)
		if (&file->protocol == handle)
			return file;
	laws_break("a file handle is used that is not open");
	return NULL;
}

/* As EDK2's FatFileNameIsValid: blanks at both ends and dots at the end are no part of a name. */
static void trim(char *part)
{
	size_t first = strspn(part, " "), len = strlen(part);

	while (len > first && (part[len - 1] == ' ' || part[len - 1] == '.'))
		len--;
	memmove(part, part + first, len - first);
	part[len - first] = '\0';
}

/* Walks from FROM to the file that NAME says. "." and ".." are understood, '/' is no separator on FAT. */
static EFI_STATUS walk(const struct volume *volume, struct node *from, const char *name, struct node **ret)
{
	struct node *node = *name == '\\' ? volume->root : from;

	if (strchr(name, '/'))
		return EFI_NOT_FOUND;
	while (*(name += strspn(name, "\\"))) {
		char part[4 * NAME_MAX_UNITS];
		size_t len = strcspn(name, "\\");

		if (!node->is_directory)
			return EFI_NOT_FOUND;
		if (len >= sizeof(part))
			return EFI_INVALID_PARAMETER;
		memcpy(part, name, len);
		part[len] = '\0';
		name += len;
		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") != 0)
			trim(part);
		node = strcmp(part, "..") == 0 ? node->parent : fake_node_child(node, part);
		if (!node)
			return EFI_NOT_FOUND;
	}
	*ret = node;
	return EFI_ERROR(node->broken) ? node->broken : EFI_SUCCESS;
}

/* Units of NAME and of the path of the directory it starts from. */
static size_t path_units(const struct node *from, const char *name)
{
	char path[WIDE_MAX];

	if (*name == '\\')
		return wide_units(name + 1) - 1;
	fake_node_path(from, path, sizeof(path));
	return wide_units(path) - 1 + wide_units(name) - 1;
}

static EFI_STATUS EFIAPI file_open(EFI_FILE_HANDLE this, EFI_FILE_HANDLE *ret, CHAR16 *name, UINT64 mode,
				   UINT64 attributes)
{
	EFI_STATUS injected = laws_call(SERVICE_FILE_OPEN);
	struct file *file = file_of(this);
	char path[WIDE_MAX];
	struct node *node;

	if (EFI_ERROR(injected))
		return injected;
	if (!file || !ret || !name)
		return EFI_INVALID_PARAMETER;
	if (mode != EFI_FILE_MODE_READ || attributes != 0) {
		laws_break("Open for writing, mode %llx", (unsigned long long)mode);
		return EFI_WRITE_PROTECTED;
	}
	if (!wide_read(name, WIDE_MAX, path, sizeof(path)) || path_units(file->node, path) > PATH_MAX_UNITS)
		return EFI_INVALID_PARAMETER;
	injected = walk(file->volume, file->node, path, &node);
	return EFI_ERROR(injected) ? injected : file_new(file->volume, node, ret);
}

static EFI_STATUS close_plainly(EFI_FILE_HANDLE this)
{
	for (struct file **link = &files; *link; link = &(*link)->next)
		if (&(*link)->protocol == this) {
			struct file *file = *link;

			*link = file->next;
			free(file);
			return EFI_SUCCESS;
		}
	laws_break("Close of a file that is not open");
	return EFI_INVALID_PARAMETER;
}

static EFI_STATUS EFIAPI file_close(EFI_FILE_HANDLE this)
{
	EFI_STATUS injected = laws_call(SERVICE_FILE_CLOSE), status = close_plainly(this);

	return EFI_ERROR(status) ? status : injected;
}

static EFI_STATUS EFIAPI file_delete(EFI_FILE_HANDLE this)
{
	laws_call(SERVICE_FILE_DELETE);
	laws_break("Delete of a file");
	close_plainly(this); /* Delete closes even where it does not delete */
	return EFI_WARN_DELETE_FAILURE;
}

static void fill_info(EFI_FILE_INFO *info, const struct node *node, const char *name, size_t size)
{
	memset(info, 0, size);
	info->Size = size;
	info->FileSize = node->claimed ? node->claimed : node->size;
	info->PhysicalSize = (node->size + 4095) & ~UINT64_C(4095);
	info->CreateTime = info->LastAccessTime = info->ModificationTime = fake_clock_time_of(node->time);
	info->Attribute = node->attribute;
	wide_write(name, (CHAR16 *)((uint8_t *)info + offsetof(EFI_FILE_INFO, FileName)));
}

/* Gives NODE's information as NAME into BUFFER of *SIZE bytes. */
static EFI_STATUS give_info(const struct node *node, const char *name, UINTN *size, void *buffer)
{
	size_t needed = offsetof(EFI_FILE_INFO, FileName) + wide_units(name) * sizeof(CHAR16);
	EFI_FILE_INFO *info;

	if (*size < needed) {
		*size = needed;
		return EFI_BUFFER_TOO_SMALL;
	}
	info = malloc(needed < sizeof(*info) ? sizeof(*info) : needed);
	fill_info(info, node, name, needed);
	memcpy(buffer, info, needed); /* BUFFER may be aligned as the caller likes */
	free(info);
	*size = needed;
	return EFI_SUCCESS;
}

/* Sub-directories begin with "." and "..", as on every FAT. */
static EFI_STATUS read_directory(struct file *file, UINTN *size, void *buffer)
{
	size_t dots = file->node->parent ? 2 : 0;
	const struct node *node = file->node;
	const char *name;
	EFI_STATUS status;

	if (node->endless && node->child_count && file->position >= dots + node->child_count)
		file->position = dots;
	if (file->position >= dots + node->child_count) {
		*size = 0;
		return EFI_SUCCESS;
	}
	if (file->position < dots) {
		name = file->position == 0 ? "." : "..";
		node = file->position == 0 ? node : node->parent;
	} else {
		node = node->children[file->position - dots];
		name = node->name;
	}
	status = give_info(node, name, size, buffer);
	if (EFI_ERROR(status))
		return status;
	file->position++;
	if (laws_owner())
		file->node->read++;
	return status;
}

static EFI_STATUS EFIAPI file_read(EFI_FILE_HANDLE this, UINTN *size, VOID *buffer)
{
	EFI_STATUS injected = laws_call(SERVICE_FILE_READ);
	struct file *file = file_of(this);
	uint64_t left;

	if (EFI_ERROR(injected))
		return injected;
	if (!file || !size || (*size && !buffer))
		return EFI_INVALID_PARAMETER;
	if (EFI_ERROR(file->node->bad_sector))
		return file->node->bad_sector;
	if (file->node->is_directory)
		return read_directory(file, size, buffer);
	if (file->position > file->node->size)
		return EFI_DEVICE_ERROR;
	left = file->node->size - file->position;
	if (*size > left)
		*size = left;
	memcpy(buffer, file->node->bytes + file->position, *size);
	file->position += *size;
	if (laws_owner())
		file->node->read += *size;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_write(EFI_FILE_HANDLE this, UINTN *size, VOID *buffer)
{
	laws_call(SERVICE_FILE_WRITE);
	laws_break("Write to a file");
	return this && size && buffer ? EFI_WRITE_PROTECTED : EFI_INVALID_PARAMETER;
}

static EFI_STATUS EFIAPI file_get_position(EFI_FILE_HANDLE this, UINT64 *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_FILE_GET_POSITION);
	struct file *file = file_of(this);

	if (EFI_ERROR(injected))
		return injected;
	if (!file || file->node->is_directory)
		return EFI_UNSUPPORTED;
	*ret = file->position;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_set_position(EFI_FILE_HANDLE this, UINT64 position)
{
	EFI_STATUS injected = laws_call(SERVICE_FILE_SET_POSITION);
	struct file *file = file_of(this);

	if (EFI_ERROR(injected))
		return injected;
	if (!file || (file->node->is_directory && position != 0))
		return EFI_UNSUPPORTED;
	file->position = position == UINT64_MAX ? file->node->size : position;
	return EFI_SUCCESS;
}

static EFI_STATUS give_volume_info(const struct volume *volume, bool label_only, UINTN *size, void *buffer)
{
	size_t at = label_only ? 0 : offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel);
	size_t needed = at + wide_units(volume->label) * sizeof(CHAR16);
	_Alignas(8) uint8_t info[128] = { 0 };

	if (*size < needed) {
		*size = needed;
		return EFI_BUFFER_TOO_SMALL;
	}
	if (!label_only) {
		EFI_FILE_SYSTEM_INFO *head = (EFI_FILE_SYSTEM_INFO *)info;

		head->Size = needed;
		head->ReadOnly = volume->read_only;
		head->VolumeSize = UINT64_C(64) << 20;
		head->FreeSpace = UINT64_C(32) << 20;
		head->BlockSize = 4096;
	}
	wide_write(volume->label, (CHAR16 *)(info + at));
	memcpy(buffer, info, needed);
	*size = needed;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_get_info(EFI_FILE_HANDLE this, EFI_GUID *type, UINTN *size, VOID *buffer)
{
	EFI_STATUS injected = laws_call(SERVICE_FILE_GET_INFO);
	struct file *file = file_of(this);

	if (EFI_ERROR(injected))
		return injected;
	if (!file || !type || !size || (*size && !buffer))
		return EFI_INVALID_PARAMETER;
	if (fake_guid_equal(type, &fake_guid_file_info))
		return give_info(file->node, file->node->name, size, buffer);
	if (fake_guid_equal(type, &fake_guid_file_system_info))
		return give_volume_info(file->volume, false, size, buffer);
	if (fake_guid_equal(type, &fake_guid_volume_label))
		return give_volume_info(file->volume, true, size, buffer);
	return EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI file_set_info(EFI_FILE_HANDLE this, EFI_GUID *type, UINTN size, VOID *buffer)
{
	laws_call(SERVICE_FILE_SET_INFO);
	laws_break("SetInfo of a file");
	return this && type && size && buffer ? EFI_WRITE_PROTECTED : EFI_INVALID_PARAMETER;
}

/* A file opened for reading is never dirty: EDK2's FAT driver says EFI_ACCESS_DENIED and writes nothing. */
static EFI_STATUS EFIAPI file_flush(EFI_FILE_HANDLE this)
{
	EFI_STATUS injected = laws_call(SERVICE_FILE_FLUSH);

	return EFI_ERROR(injected) ? injected : file_of(this) ? EFI_ACCESS_DENIED : EFI_INVALID_PARAMETER;
}

static EFI_STATUS file_new(struct volume *volume, struct node *node, EFI_FILE_HANDLE *ret)
{
	struct file *file = calloc(1, sizeof(*file));

	file->protocol = (EFI_FILE_PROTOCOL){
		.Revision = EFI_FILE_PROTOCOL_REVISION,
		.Open = file_open,
		.Close = file_close,
		.Delete = file_delete,
		.Read = file_read,
		.Write = file_write,
		.GetPosition = file_get_position,
		.SetPosition = file_set_position,
		.GetInfo = file_get_info,
		.SetInfo = file_set_info,
		.Flush = file_flush,
	};
	file->volume = volume;
	file->node = node;
	file->owner = laws_owner();
	file->next = files;
	files = file;
	*ret = &file->protocol;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *this, EFI_FILE_HANDLE *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_OPEN_VOLUME);
	struct volume *volume = fake_files_volume(this);

	if (EFI_ERROR(injected))
		return injected;
	if (!volume || !ret)
		return EFI_INVALID_PARAMETER;
	return EFI_ERROR(volume->broken) ? volume->broken : file_new(volume, volume->root, ret);
}

EFI_FILE_IO_INTERFACE *fake_files_of(struct volume *volume)
{
	struct file_system *system;

	for (system = systems; system; system = system->next)
		if (system->volume == volume)
			return &system->protocol;
	system = calloc(1, sizeof(*system));
	system->protocol.Revision = EFI_FILE_IO_INTERFACE_REVISION;
	system->protocol.OpenVolume = open_volume;
	system->volume = volume;
	system->next = systems;
	systems = system;
	return &system->protocol;
}

struct volume *fake_files_volume(EFI_FILE_IO_INTERFACE *file_system)
{
	for (struct file_system *system = systems; system; system = system->next)
		if (&system->protocol == file_system)
			return system->volume;
	return NULL;
}

void fake_files_check_leaks(unsigned owner)
{
	for (const struct file *file = files; file; file = file->next)
		if (file->owner == owner) {
			char path[WIDE_MAX];

			fake_node_path(file->node, path, sizeof(path));
			laws_break("leak: file %.100s is not closed", path[0] ? path : "\\");
		}
}

void fake_files_power_off(void)
{
	while (files) {
		struct file *next = files->next;

		free(files);
		files = next;
	}
	while (systems) {
		struct file_system *next = systems->next;

		free(systems);
		systems = next;
	}
}
