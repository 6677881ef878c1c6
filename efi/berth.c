/* SPDX-License-Identifier: Apache-2.0 */
#include "berth.h"

#include "files.h"
#include "image.h"
#include "partition.h"
#include "shared/image.h"
#include "shared/memory.h"
#include "variables.h"

static const char names[][7] = {
	[BERTH_DRIVER] = "driver",
	[BERTH_ENTRY] = "entry",
	[BERTH_FIRST] = "first",
	[BERTH_NET] = "net",
};

struct text berth_name(enum berth_kind kind)
{
	return text_of(names[kind]);
}

static struct text own_path(const struct berth *berth)
{
	return (struct text){ berth->own_path, berth->own_len };
}

/* The text between "#### LoaderInfo: " and " ####" that boot loaders carry in a section .sdmagic (bootctl looks there too). */
static bool mark_parse(struct text mark, struct berth *berth)
{
	/* Not one literal: bootctl takes the first such text in a file for its mark, and would find it here. */
	struct text fence = TEXT("####"), label = TEXT("LoaderInfo:");
	mark = text_trim(mark);
	if (!text_starts_fold(mark, fence) || !text_ends_fold(mark, fence) || mark.len < 2 * fence.len)
		return false;
	struct text info = text_trim(text_before(text_after(mark, fence.len), mark.len - 2 * fence.len));
	if (!text_starts_fold(info, label))
		return false;
	info = text_trim(text_after(info, label.len));
	if (!text_starts_fold(info, TEXT("systemd-boot ")))
		return false;
	struct writer w = WRITER(berth->loader_mark);
	write_text(&w, text_before(info, sizeof(berth->loader_mark)));
	berth->mark_len = w.len;
	return true;
}

/* The mark in SOURCE, if it is a systemd-boot. SCRATCH has room for the headers. */
static bool source_is_loader(const struct image_source *source, struct image *scratch, struct berth *berth)
{
	char text[128];
	struct text mark;
	if (image_inspect(source, image_machine, scratch) != IMAGE_OK)
		return false;
	const struct image_section *section = image_find(scratch, ".sdmagic", 0);
	return section && image_read_text(source, section, text, sizeof(text), &mark) && mark_parse(mark, berth);
}

static bool file_is_loader(const struct firmware *fw, struct text path, struct image *scratch, struct berth *berth)
{
	_closes_file_ EFI_FILE_HANDLE root = NULL;
	_closes_file_ EFI_FILE_HANDLE file = NULL;
	struct file_info info;
	if (EFI_ERROR(volume_open(fw, berth->esp, &root)) || EFI_ERROR(file_open(root, path, &file)) ||
	    EFI_ERROR(file_info(file, &info)))
		return false;
	struct image_source source = file_source(&file, info.size_bytes);
	return source_is_loader(&source, scratch, berth);
}

static void set_loader(struct berth *berth, struct text path)
{
	struct writer w = WRITER(berth->loader_path);
	write_text(&w, path);
	berth->loader_len = w.overflow ? 0 : w.len;
}

void berth_find_loader(const struct firmware *fw, struct berth *berth)
{
	char systemd_bytes[64], fallback_bytes[64];
	struct writer systemd = WRITER(systemd_bytes), fallback = WRITER(fallback_bytes);
	write_string(&systemd, "\\EFI\\systemd\\systemd-boot");
	write_string(&systemd, image_arch);
	write_string(&systemd, ".efi");
	write_string(&fallback, "\\EFI\\BOOT\\BOOT");
	write_string(&fallback, image_arch);
	write_string(&fallback, ".efi");
	/* In the entry berth the path of the systemd-boot that started us is there already. */
	const struct text candidates[] = { { berth->loader_path, berth->loader_len },
					   writer_text(&systemd),
					   writer_text(&fallback) };

	void *scratch;
	if (EFI_ERROR(firmware_allocate(fw, sizeof(struct image), &scratch)))
		return;
	bool found = false;
	for (size_t i = 0; !found && i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		found = candidates[i].len && !text_equal_fold(candidates[i], own_path(berth)) &&
			file_is_loader(fw, candidates[i], scratch, berth);
		if (found && i > 0)
			set_loader(berth, candidates[i]);
	}
	if (!found)
		berth->loader_len = 0;
	fw->boot->FreePool(scratch);
}

/* A systemd-boot ran in this power cycle: it exports LoaderInfo, and nobody else's says so. */
static bool loader_ran(const struct firmware *fw)
{
	uint16_t info[64];
	size_t size;
	uint32_t attributes;
	struct text product = TEXT("systemd-boot ");
	if (EFI_ERROR(variable_get(fw, LOADER_INFO, &guid_loader, info, sizeof(info), &size, &attributes)) ||
	    size < product.len * sizeof(info[0]))
		return false;
	for (size_t i = 0; i < product.len; i++)
		if (info[i] != (uint16_t)product.at[i])
			return false;
	return true;
}

static bool image_is(const EFI_LOADED_IMAGE *image, EFI_HANDLE device, struct text file)
{
	char bytes[BERTH_PATH_MAX];
	struct writer path = WRITER(bytes);
	partition_path_text(image->FilePath, &path);
	return image->DeviceHandle == device && file.len && text_equal_fold(writer_text(&path), file);
}

void berth_find(const struct firmware *fw, const struct visit *visit, struct berth *ret)
{
	memset(ret, 0, sizeof(*ret));
	EFI_LOADED_IMAGE *self = firmware_protocol(fw, fw->image, &guid_loaded_image);
	EFI_LOADED_IMAGE *parent = self ? firmware_protocol(fw, self->ParentHandle, &guid_loaded_image) : NULL;

	ret->kind = visit->count || loader_ran(fw) ? BERTH_NET : BERTH_FIRST;
	ret->nested = visit->depth > 0;
	if (!self)
		return;
	struct writer own = WRITER(ret->own_path);
	partition_path_text(self->FilePath, &own);
	ret->own_len = own.overflow ? 0 : own.len;
	ret->esp = self->DeviceHandle;

	bool from_file = parent && parent->DeviceHandle && parent->FilePath; /* the firmware's boot manager is not */
	if (from_file) {
		/* Nesting without a variable, for firmware that keeps none: who started the one that started us? */
		EFI_LOADED_IMAGE *grandparent = firmware_protocol(fw, parent->ParentHandle, &guid_loaded_image);
		ret->nested |= grandparent && image_is(grandparent, self->DeviceHandle, own_path(ret));
	}
	if (self->ImageCodeType == EfiBootServicesCode) { /* firmware loads only drivers of subsystem 11 like that */
		ret->kind = BERTH_DRIVER;
	} else if (from_file && loader_ran(fw)) {
		struct writer path = WRITER(ret->loader_path);
		ret->kind = BERTH_ENTRY;
		ret->esp = parent->DeviceHandle; /* our own file may lie on XBOOTLDR */
		partition_path_text(parent->FilePath, &path);
		ret->loader_len = path.overflow ? 0 : path.len;
	}
}
