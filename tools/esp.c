/* SPDX-License-Identifier: Apache-2.0 */
#include "esp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "file.h"
#include "path.h"
#include "shared/roles.h"

#define DIRECTORY_MAX  16384u /* directory entries read, as in efi/files.h */
#define SMALL_FILE_MAX 16384u /* bytes of loader.conf and bootpilot.cfg, as in efi/scan_loader.c */

static const struct text config_path = TEXT("\\EFI\\bootpilot\\bootpilot.cfg");
static const struct text loader_conf_path = TEXT("\\loader\\loader.conf");

/* Where efi/berth.c looks for systemd-boot. */
static const struct text loader_paths[] = { TEXT("\\EFI\\systemd\\systemd-boot" BUILD_ARCH ".efi"),
					    TEXT("\\EFI\\BOOT\\BOOT" BUILD_ARCH ".EFI") };

/* Where Bootpilot is installed: as a driver, as an application, as an entry of its own (design.md section 6). */
static const struct text own_paths[] = { TEXT("\\EFI\\systemd\\drivers\\bootpilot" BUILD_ARCH ".efi"),
					 TEXT("\\EFI\\bootpilot\\bootpilot" BUILD_ARCH ".efi"),
					 TEXT("\\EFI\\Linux\\bootpilot" BUILD_ARCH ".efi") };

static int unreadable(struct esp *esp, enum partition partition, struct text path, int error)
{
	esp->tree->unreadable[partition] = true;
	if (!esp->error) {
		esp->error = error;
		esp->failed = heap_keep(esp->tree->heap, path);
	}
	return error;
}

/* A regular file of at most LIMIT bytes as text. */
static int text_read(struct esp *esp, int root, struct tree_file *file, size_t limit)
{
	struct stat info;
	_closes_ int fd = path_open(root, file->path, &esp->links);
	if (fd < 0)
		return fd;
	if (fstat(fd, &info) < 0)
		return -errno;
	if (!S_ISREG(info.st_mode))
		return -ENOENT;
	file->kind = TREE_TOO_LARGE;
	if ((uint64_t)info.st_size > limit)
		return 0;
	char *bytes = heap_take(esp->tree->heap, (size_t)info.st_size + 1);
	if (!file_take(fd, 0, bytes, (size_t)info.st_size))
		return -EIO;
	file->kind = TREE_TEXT;
	file->bytes = (struct text){ bytes, (size_t)info.st_size };
	return 0;
}

static int section_read(struct esp *esp, const struct image_source *source, const struct image *image, const char *name,
			struct text *ret)
{
	const struct image_section *section = image_find(image, name, 0);
	if (!section)
		return 0;
	if (!image_keep_text(esp->tree->heap, source, section, ret))
		return section->size < IMAGE_TEXT_MAX ? -EIO : 0;
	return 0;
}

/* Looks at the image at FILE's path; SECTION is what to keep of it. */
static int image_read(struct esp *esp, int root, struct tree_file *file, const char *section, size_t *ret_links)
{
	struct stat info;
	struct image image = { .machine = 0 };
	_closes_ int fd = path_open(root, file->path, ret_links);
	if (fd < 0)
		return fd;
	if (fstat(fd, &info) < 0)
		return -errno;
	file->kind = TREE_IMAGE;
	file->state = IMAGE_NOT_PE;
	/* Not the number that firmware makes of the time, but it changes with it: records of the two are never mixed. */
	file->time = (uint64_t)info.st_mtim.tv_sec;
	if (!S_ISREG(info.st_mode))
		return 0;
	file->size = (uint64_t)info.st_size;
	struct image_source source = file_image(&fd, file->size);
	file->state = image_inspect(&source, esp->machine, &image);
	if (file->state == IMAGE_READ_FAILED)
		return -EIO;
	file->header_hash = image.header_hash;
	return file->state == IMAGE_OK ? section_read(esp, &source, &image, section, &file->bytes) : 0;
}

static void directory_close(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static bool is_file(const struct dirent *entry, int directory, size_t *ret_links)
{
	struct stat info;
	if (fstatat(directory, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return true; /* opening it will tell */
	*ret_links += S_ISLNK(info.st_mode);
	return S_ISREG(info.st_mode);
}

static int names_read(struct esp *esp, DIR *list, enum partition partition, enum entry_type type)
{
	struct tree *tree = esp->tree;
	struct dirent *entry;
	size_t seen = 0;
	for (errno = 0; (entry = readdir(list)); errno = 0) {
		struct text name = text_of(entry->d_name);
		tree->capped |= ++seen > DIRECTORY_MAX;
		if (tree->capped)
			return 0;
		if (!entry_is_listed(type, name) || !is_file(entry, dirfd(list), &esp->links))
			continue;
		const struct text pieces[] = { entry_directory(type), TEXT("\\"), name };
		tree_add(tree, partition, heap_join(tree->heap, pieces, 3)); /* roles_keep() chooses among them */
	}
	return -errno;
}

/* Lists one directory of entries. One that does not exist is empty. */
static int directory_list(struct esp *esp, int root, enum partition partition, enum entry_type type)
{
	__attribute__((cleanup(directory_close))) DIR *list = NULL;
	int fd = path_open(root, entry_directory(type), &esp->links);
	if (fd < 0)
		return fd == -ENOENT ? 0 : unreadable(esp, partition, entry_directory(type), fd);
	list = fdopendir(fd);
	if (!list) {
		int r = -errno;
		close(fd);
		return r == -ENOTDIR ? 0 : unreadable(esp, partition, entry_directory(type), r);
	}
	esp->has_entries = true;
	int r = names_read(esp, list, partition, type);
	return r < 0 ? unreadable(esp, partition, entry_directory(type), r) : 0;
}

/* Reads the image that the .conf at index AT names, once. The tree may move when it grows. */
static int conf_image_read(struct esp *esp, int root, size_t at)
{
	struct tree *tree = esp->tree;
	const struct tree_file conf_file = tree->files[at];
	struct conf conf;
	conf_parse(conf_file.bytes, &conf);
	if (conf.key == CONF_KEY_NONE)
		return 0;
	struct tree_file *file = tree_find(tree, conf_file.partition, conf.image);
	if (file && file->kind != TREE_NAME)
		return 0;
	bool listed = file; /* it is a file of \EFI\Linux */
	if (!file)
		file = tree_add(tree, conf_file.partition, conf.image);
	if (!file)
		return 0;
	int r = image_read(esp, root, file, ".osrel", &esp->links);
	if (r < 0 && !listed)
		tree_remove(tree, file);
	return r == -ENOENT ? 0 : r;
}

static int entry_read(struct esp *esp, int root, size_t at)
{
	struct tree_file *file = &esp->tree->files[at];
	if (text_equal_fold(tree_parent(file->path), entry_directory(ENTRY_TYPE2)))
		return image_read(esp, root, file, ".osrel", &esp->links);
	int r = text_read(esp, root, file, CONF_SIZE_MAX);
	return r < 0 || file->kind != TREE_TEXT ? r : conf_image_read(esp, root, at);
}

/* Names and configuration decide which files are worth opening, so those are there already. */
static void entries_read(struct esp *esp, const int roots[PARTITION_COUNT])
{
	struct tree *tree = esp->tree;
	struct config_problems problems = { .count = 0 };
	struct inventory inventory = { .machine = esp->machine };
	struct entry *entries = heap_take(tree->heap, INVENTORY_ENTRIES_MAX * sizeof(*entries));
	config_set_defaults(&inventory.config);
	config_apply(&inventory.config, esp->image_config, &problems);
	if (!esp->config_ignored)
		config_apply(&inventory.config, esp->config, &problems);
	tree_list(tree, false, &inventory, entries);
	enum role_rule rule = roles_rule(&inventory);
	for (size_t i = 0; i < inventory.entry_count; i++) {
		struct text path = tree->files[i].path; /* only entries are in the tree yet, in this order */
		enum partition partition = entries[i].partition;
		if (tree->unreadable[partition] || !roles_may_hold(&inventory, rule, &entries[i]))
			continue;
		int r = entry_read(esp, roots[partition], i);
		if (r < 0)
			unreadable(esp, partition, path, r);
	}
	tree_changed(tree); /* by what was read: it is listed anew, with all of it */
}

static void small_file_read(struct esp *esp, int root, struct text path)
{
	struct tree_file *file = tree_add(esp->tree, PARTITION_ESP, path);
	if (text_read(esp, root, file, SMALL_FILE_MAX) < 0 || file->kind != TREE_TEXT)
		tree_remove(esp->tree, file);
}

/* The configuration that Bootpilot carries, and the file that outranks it while Secure Boot is off. */
static void config_read(struct esp *esp, int root)
{
	struct tree_file config = { .path = config_path };
	size_t links = 0;
	for (size_t i = 0; !esp->image.len && i < sizeof(own_paths) / sizeof(own_paths[0]); i++) {
		struct tree_file file = { .path = own_paths[i] };
		if (image_read(esp, root, &file, ".bpcfg", &links) < 0 || file.state != IMAGE_OK)
			continue;
		esp->image = own_paths[i];
		esp->image_config = file.bytes;
	}
	if (text_read(esp, root, &config, SMALL_FILE_MAX) == 0 && config.kind == TREE_TEXT)
		esp->config = config.bytes;
}

/* Its mark is "#### LoaderInfo: systemd-boot 257.13-1 ####". */
static void loader_read(struct esp *esp, int root)
{
	struct text start = TEXT("#### LoaderInfo: "), end = TEXT(" ####");
	size_t links = 0;
	for (size_t i = 0; !esp->loader_version.len && i < sizeof(loader_paths) / sizeof(loader_paths[0]); i++) {
		struct tree_file file = { .path = loader_paths[i] };
		if (image_read(esp, root, &file, ".sdmagic", &links) == 0 && text_starts_fold(file.bytes, start) &&
		    text_ends_fold(file.bytes, end) && file.bytes.len > start.len + end.len)
			esp->loader_version =
				text_before(text_after(file.bytes, start.len), file.bytes.len - start.len - end.len);
	}
}

static int root_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int esp_read(struct esp *esp, const char *esp_path, const char *boot_path, const char **ret_path)
{
	_closes_ int esp_root = root_open(esp_path);
	_closes_ int boot_root = boot_path ? root_open(boot_path) : -EBADF;
	*ret_path = esp_root < 0 ? esp_path : boot_path;
	if (esp_root < 0 || (boot_path && boot_root < 0))
		return esp_root < 0 ? esp_root : boot_root;

	const int roots[PARTITION_COUNT] = { esp_root, boot_root };
	config_read(esp, esp_root);
	for (enum partition i = PARTITION_ESP; i <= PARTITION_XBOOTLDR; i++)
		for (enum entry_type type = ENTRY_TYPE1; roots[i] >= 0 && type <= ENTRY_TYPE2; type++)
			if (!esp->tree->unreadable[i])
				directory_list(esp, roots[i], i, type);
	entries_read(esp, roots);
	small_file_read(esp, esp_root, loader_conf_path);
	loader_read(esp, esp_root);
	return 0;
}
