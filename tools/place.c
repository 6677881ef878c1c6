/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "path.h"

#define TYPE_ESP      "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
#define TYPE_XBOOTLDR "bc13c2ff-59e6-4262-a352-b275fd6f7172"

struct candidate {
	const char *path;
	bool mounted;   /* root of a FAT of its own */
	dev_t device;
	struct text type, uuid; /* of the partition; empty: cannot be told */
};

static int failed(void)
{
	int error = errno;
	return error > 0 ? -error : -EIO;
}

/* What a mounted file system is: FAT, and not part of the directory above. */
static int candidate_look(const char *path, struct candidate *ret)
{
	struct stat info = { .st_dev = 0 }, above = { .st_dev = 0 };
	struct statfs fs = { .f_type = 0 };
	*ret = (struct candidate){ .path = path };
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return failed();
	int r = fstat(fd, &info) || fstatat(fd, "..", &above, 0) || fstatfs(fd, &fs) ? failed() : 0;
	close(fd);
	if (r < 0)
		return r;
	ret->device = info.st_dev;
	ret->mounted = fs.f_type == MSDOS_SUPER_MAGIC && (info.st_dev != above.st_dev || info.st_ino == above.st_ino);
	return 0;
}

static void probe_free(blkid_probe *probe)
{
	if (*probe)
		blkid_free_probe(*probe);
}

static struct text probe_text(struct heap *heap, blkid_probe probe, const char *name)
{
	const char *value;
	size_t size;
	if (blkid_probe_lookup_value(probe, name, &value, &size) < 0 || !size)
		return TEXT_EMPTY;
	return heap_keep(heap, (struct text){ value, size - 1 });
}

/* Needs to read the disk. Where that is not allowed, type and UUID stay unknown. */
static void candidate_identify(struct heap *heap, struct candidate *candidate, unsigned *ret_number)
{
	__attribute__((cleanup(probe_free))) blkid_probe probe = NULL;
	char *name = candidate->mounted ? blkid_devno_to_devname(candidate->device) : NULL;
	*ret_number = 0;
	if (name)
		probe = blkid_new_probe_from_filename(name);
	free(name);
	if (!probe || blkid_probe_enable_partitions(probe, 1) < 0 ||
	    blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS) < 0 || blkid_do_safeprobe(probe) < 0)
		return;
	candidate->type = probe_text(heap, probe, "PART_ENTRY_TYPE");
	candidate->uuid = probe_text(heap, probe, "PART_ENTRY_UUID");
	uint64_t number;
	if (text_to_uint(probe_text(heap, probe, "PART_ENTRY_NUMBER"), 1024, &number))
		*ret_number = (unsigned)number;
}

static bool is_relaxed(const char *variable)
{
	const char *value = getenv(variable);
	return value && (strcmp(value, "1") == 0 || strcmp(value, "yes") == 0 || strcmp(value, "true") == 0);
}

static bool is_of_type(const struct candidate *candidate, const char *type, const char *relaxed)
{
	if (is_relaxed(relaxed))
		return true;
	/* An unknown type (not root, or no GPT) is no reason to look elsewhere: the FAT stands where it belongs. */
	return candidate->mounted && (!candidate->type.len || text_equal_fold(candidate->type, text_of(type)));
}

/* The whole disk of a partition, and whether it can be written at all. Source: sysfs. */
static void disk_look(struct heap *heap, struct place *place, dev_t device)
{
	char path[64], line[16];
	dev_t whole = 0;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/ro", major(device), minor(device));
	FILE *file = fopen(path, "re");
	if (file) {
		place->disk_read_only = fgets(line, sizeof(line), file) && line[0] == '1';
		fclose(file);
	}
	char *name = blkid_devno_to_wholedisk(device, NULL, 0, &whole) == 0 ? blkid_devno_to_devname(whole) : NULL;
	if (name)
		place->disk = heap_keep(heap, text_of(name));
	free(name);
}

static void esp_take(struct heap *heap, struct candidate *candidate, unsigned number, struct place *ret)
{
	struct statvfs fs;
	ret->esp = candidate->path;
	ret->mounted = candidate->mounted;
	ret->is_esp = is_of_type(candidate, TYPE_ESP, "SYSTEMD_RELAX_ESP_CHECKS");
	ret->uuid = candidate->uuid;
	ret->number = number;
	ret->read_only = statvfs(candidate->path, &fs) == 0 && fs.f_flag & ST_RDONLY;
	if (candidate->mounted)
		disk_look(heap, ret, candidate->device);
}

static int refuse(const char *path, int error)
{
	const char *advice = "Check the path, and the disk.";
	if (error == -ENOENT || error == -ENOTDIR)
		advice = "Give the directory where the EFI system partition is mounted (often /efi,\n"
			 "/boot/efi or /boot), or a copy of it.";
	else if (error == -EACCES || error == -EPERM)
		advice = "Try again as root.";
	fprintf(stderr, "bootpilotctl: %s cannot be read: %s.\n%s\n", path, strerror(-error), advice);
	return error;
}

static int esp_search(struct heap *heap, const char *root, struct place *ret)
{
	static const char *const places[] = { "/efi", "/boot", "/boot/efi" };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct candidate candidate = { .path = NULL };
		unsigned number;
		const char *path = path_below(heap, root, places[i]);
		int r = candidate_look(path, &candidate);
		if (r == -EACCES || r == -EPERM)
			return refuse(path, r);
		if (r < 0)
			continue;
		candidate_identify(heap, &candidate, &number);
		if (!is_of_type(&candidate, TYPE_ESP, "SYSTEMD_RELAX_ESP_CHECKS"))
			continue;
		esp_take(heap, &candidate, number, ret);
		return 0;
	}
	fprintf(stderr,
		"bootpilotctl: no EFI system partition is mounted at %s/efi, %s/boot or %s/boot/efi.\n"
		"Mount it, or say where it is: --esp-path DIR.\n",
		root ? root : "", root ? root : "", root ? root : "");
	return -ENOENT;
}

/* XBOOTLDR is optional: what is not there, or is something else, is none. */
static void boot_search(struct heap *heap, const char *root, struct place *ret)
{
	struct candidate candidate = { .path = NULL };
	unsigned number;
	const char *path = path_below(heap, root, "/boot");
	if (strcmp(path, ret->esp) == 0 || candidate_look(path, &candidate) < 0 || !candidate.mounted)
		return;
	candidate_identify(heap, &candidate, &number);
	if (is_relaxed("SYSTEMD_RELAX_XBOOTLDR_CHECKS") || text_equal_fold(candidate.type, TEXT(TYPE_XBOOTLDR)))
		ret->boot = path;
}

int place_find(struct heap *heap, const struct options *options, struct place *ret)
{
	const char *esp = options->esp_path ? options->esp_path : getenv("SYSTEMD_ESP_PATH");
	const char *boot = options->boot_path ? options->boot_path : getenv("SYSTEMD_XBOOTLDR_PATH");
	*ret = (struct place){ .esp = NULL };
	if (esp) {
		struct candidate candidate = { .path = NULL };
		unsigned number;
		int r = candidate_look(esp, &candidate);
		if (r < 0)
			return refuse(esp, r);
		candidate_identify(heap, &candidate, &number);
		esp_take(heap, &candidate, number, ret);
	} else {
		int r = esp_search(heap, options->root, ret);
		if (r < 0)
			return r;
	}
	/* With an ESP that was given, /boot of the running system is another machine's, or a copy's neighbour. */
	if (boot)
		ret->boot = boot;
	else if (!esp)
		boot_search(heap, options->root, ret);
	return 0;
}
