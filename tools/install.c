/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl install and remove: from whatever is there to the parts of one berth, or to none. */
#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "path.h"
#include "writer.h"

#define LOADER_CONF_MAX 16384u /* bytes, as everywhere */

/* The files of the parts that are files. */
static const struct {
	enum berth_part part;
	struct text path;
} files[] = {
	{ PART_APPLICATION, BERTH_APPLICATION },
	{ PART_COPY, BERTH_COPY },
	{ PART_DRIVER, BERTH_DRIVER },
	{ PART_TYPE2, BERTH_TYPE2 },
	{ PART_ENTRY, BERTH_ENTRY },
};

#define FILE_COUNT (sizeof(files) / sizeof(files[0]))

static struct text file_bytes(const struct install *install, enum berth_part part)
{
	if (part == PART_ENTRY)
		return BERTH_ENTRY_TEXT;
	if (part == PART_COPY)
		return install->copy.bytes;
	return part == PART_DRIVER ? install->driver.bytes : install->application.bytes;
}

/* As it is now, under the lock. One that is not there is empty. */
static int loader_conf_read(struct heap *heap, const struct esp_writer *writer, struct text *ret)
{
	struct stat info;
	size_t links = 0;
	*ret = TEXT_EMPTY;
	_closes_ int fd = path_open(writer->roots[PARTITION_ESP], BERTH_LOADER_CONF, &links);
	if (fd == -ENOENT && !links)
		return 0;
	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size > (off_t)LOADER_CONF_MAX) {
		fputs("bootpilotctl: loader.conf cannot be read, or is none; nothing was changed in it.\n", stderr);
		return -EINVAL;
	}
	char *bytes = heap_take(heap, (size_t)info.st_size + 1);
	*ret = (struct text){ bytes, (size_t)info.st_size };
	return file_take(fd, 0, bytes, ret->len) ? 0 : -EIO;
}

static int default_put(const struct install *install, struct esp_writer *writer)
{
	struct heap *heap = &install->machine->world.heap;
	struct text id = install->parts & PART_DEFAULT_ENTRY ? BERTH_ENTRY_ID : BERTH_TYPE2_ID, text;
	if (!(install->parts & (PART_DEFAULT_ENTRY | PART_DEFAULT_TYPE2)))
		return 0;
	int r = loader_conf_read(heap, writer, &text);
	return r < 0 ? r
		     : writer_put(writer, PARTITION_ESP, BERTH_LOADER_CONF, loader_conf_pin(heap, text, id, berth_ids));
}

static int default_remove(const struct install *install, struct esp_writer *writer)
{
	struct heap *heap = &install->machine->world.heap;
	struct text text;
	if (install->parts & (PART_DEFAULT_ENTRY | PART_DEFAULT_TYPE2))
		return 0;
	int r = loader_conf_read(heap, writer, &text);
	struct text after = r < 0 ? text : loader_conf_unpin(heap, text, berth_ids);
	return r < 0 || text_equal(after, text) ? r : writer_put(writer, PARTITION_ESP, BERTH_LOADER_CONF, after);
}

static bool is_our_id(struct text id)
{
	return text_equal_fold(id, BERTH_ENTRY_ID) || text_equal_fold(id, BERTH_TYPE2_ID);
}

static int variable_remove(struct install *install, enum variable_owner owner, const char *name)
{
	install->changed = true;
	printf("%sremove %s\n", install->options->dry_run ? "would " : "", name);
	fflush(stdout);
	int r = install->options->dry_run ? 0 : variable_delete(owner, name);
	if (r < 0)
		fprintf(stderr, "bootpilotctl: %s cannot be removed: %s.\n", name, strerror(-r));
	return r;
}

/* The loader's variables outrank loader.conf, and must not name what goes; a note to Bootpilot would wait for ever. */
static int variables_remove(struct install *install)
{
	const struct live *live = &install->machine->live;
	int r = 0;
	if (install->unwritable || install->options->no_variables)
		return 0;
	if (!(install->parts & (PART_DEFAULT_ENTRY | PART_DEFAULT_TYPE2))) {
		if (is_our_id(live->fallback))
			r = variable_remove(install, VARIABLE_LOADER, LOADER_DEFAULT);
		if (r == 0 && is_our_id(live->preferred))
			r = variable_remove(install, VARIABLE_LOADER, LOADER_PREFERRED);
	}
	return r == 0 && !install->parts && live->note.len ? variable_remove(install, VARIABLE_BOOTPILOT, BOOTPILOT_NOTE)
							   : r;
}

static int option_put(struct install *install)
{
	if (!(install->parts & PARTS_OPTION))
		return 0;
	return own_option_put(&install->machine->world.heap, &install->own,
			      install->parts & PART_BEHIND ? OWN_BEHIND : OWN_FRONT, berth_option_file(install->parts),
			      install->options->dry_run);
}

/* The file that systemd-boot is on this ESP, for the case that nothing else would start it. */
static struct text loader_file(const struct esp_writer *writer)
{
	static const struct text paths[] = { TEXT("\\EFI\\systemd\\systemd-boot" BUILD_ARCH ".efi"),
					     TEXT("\\EFI\\BOOT\\BOOT" BUILD_ARCH ".EFI") };
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		size_t links = 0;
		_closes_ int fd = path_open(writer->roots[PARTITION_ESP], paths[i], &links);
		if (fd >= 0)
			return paths[i];
	}
	return TEXT_EMPTY;
}

static int option_remove(struct install *install, const struct esp_writer *writer)
{
	if (install->parts & PARTS_OPTION || install->unwritable || install->options->no_variables)
		return 0;
	return own_option_remove(&install->machine->world.heap, &install->own, loader_file(writer),
				 install->options->dry_run);
}

/* Files first, then what names them. */
static int parts_put(struct install *install, struct esp_writer *writer)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < FILE_COUNT; i++)
		if (install->parts & files[i].part)
			r = writer_put(writer, PARTITION_ESP, files[i].path, file_bytes(install, files[i].part));
	if (r == 0)
		r = default_put(install, writer);
	return r == 0 ? option_put(install) : r;
}

/* What the berth does not have, the other way round. */
static int parts_remove(struct install *install, struct esp_writer *writer)
{
	int r = option_remove(install, writer);
	if (r == 0)
		r = variables_remove(install);
	if (r == 0)
		r = default_remove(install, writer);
	for (size_t i = FILE_COUNT; r == 0 && i > 0; i--)
		if (!(install->parts & files[i - 1].part))
			r = writer_remove(writer, PARTITION_ESP, files[i - 1].path);
	return r;
}

/* Under the lock, with the options as they are then. */
static int parts_settle(struct install *install)
{
	struct esp_writer writer;
	int r = writer_begin(&writer, &install->machine->place, install->options->dry_run);
	if (r < 0)
		return r;
	if (!install->unwritable)
		own_option_read(install->machine, &install->own);
	r = parts_put(install, &writer);
	if (r == 0)
		r = parts_remove(install, &writer);
	install->changed |= writer.changed || install->own.changed;
	int ended = writer_end(&writer);
	return r < 0 ? r : ended;
}

static void install_begin(struct install *install, struct machine *machine, const struct options *options)
{
	*install = (struct install){
		.machine = machine,
		.options = options,
		.unwritable = install_unwritable(machine),
	};
	secure_boot_read(&machine->world.heap, &install->secure_boot);
	if (!install->unwritable)
		own_option_read(machine, &install->own);
	if (!install->unwritable && install->own.error < 0)
		install->unwritable = "the boot options cannot be read";
}

/* Shows what speaks against it. True: nothing that cannot be overruled, or is not. */
static bool may_go_on(const struct check *check, bool force)
{
	size_t errors = 0, hopeless = 0;
	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_WARNING; severity--)
		for (size_t i = 0; i < check->count; i++) {
			const struct finding *finding = &check->findings[i];
			if ((int)finding->problem->severity != severity)
				continue;
			finding_print(check->heap, finding);
			errors += severity == SEVERITY_ERROR;
			hopeless += severity == SEVERITY_ERROR && install_cannot(finding);
		}
	fflush(stdout);
	if (!errors || (force && !hopeless))
		return true;
	fprintf(stderr, "bootpilotctl: nothing was changed: %zu error%s above.%s\n", errors, errors == 1 ? "" : "s",
		hopeless ? "" : "\nIf you know better: --force.");
	return false;
}

/* The copy that is there stays as long as firmware would start it and it decides as the new image does: a new one that never ran takes
 * its place only once its version has. */
static void copy_choose(struct install *install)
{
	const struct product *new = &install->application;
	struct machine *machine = install->machine;
	struct text signer, ran = live_word(machine->live.decision, "version");
	_closes_ int root = open(machine->place.esp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct product *old = &install->copy;
	product_read_at(&machine->world.heap, PRODUCT_APPLICATION, root, BERTH_COPY, old);
	if (new->fault.len || old->fault.len || !text_equal(old->config, new->config) ||
	    (!text_equal(old->version, new->version) && text_equal(ran, new->version)) ||
	    secure_boot_judge(&machine->world.heap, &install->secure_boot, old->bytes, &signer) != TRUST_DB)
		install->copy = *new;
}

/* What a berth needs of the files that came with the tool. */
static void products_read(struct install *install)
{
	struct heap *heap = &install->machine->world.heap;
	if (install->parts & (PART_APPLICATION | PART_TYPE2))
		product_read(heap, PRODUCT_APPLICATION, install->options->image, &install->application);
	if (install->parts & PART_DRIVER)
		product_read(heap, PRODUCT_DRIVER, install->options->driver_image, &install->driver);
	if (install->parts & PART_COPY)
		copy_choose(install);
}

static int install_run(struct machine *machine, const struct options *options)
{
	struct install install;
	struct check check;
	install_begin(&install, machine, options);
	install.berth = options->berth ? berth_named(options->berth) : &berths[0];
	install.parts = install.berth->parts & ~(options->no_variables ? (unsigned)PARTS_OPTION : 0);
	products_read(&install);
	install_check(&check, &install);
	if (!may_go_on(&check, options->force) || parts_settle(&install) < 0)
		return EXIT_FAILED;
	const struct text pieces[] = { TEXT("Bootpilot is installed as "), text_of(install.berth->name),
				       install.changed ? TEXT(". It decides from the next boot on; `bootpilotctl plan` shows how.")
						       : TEXT("; there was nothing to do.") };
	if (options->dry_run)
		puts(install.changed ? "Nothing was changed." : "There is nothing to do.");
	else
		words_wrap(heap_join(&machine->world.heap, pieces, 3), 0, 0);
	return EXIT_DONE;
}

/* The one error of `check` that matters when nobody chooses but systemd-boot: with loader.conf as it will be. */
static bool would_reset(struct install *install, struct check *check)
{
	struct machine *machine = install->machine;
	struct tree_file *file = tree_find(&machine->world.tree, PARTITION_ESP, BERTH_LOADER_CONF);
	if (file) {
		file->bytes = loader_conf_unpin(&machine->world.heap, file->bytes, berth_ids);
		tree_changed(&machine->world.tree);
	}
	check_find(check, machine, install->options);
	for (size_t i = 0; i < check->count; i++) {
		if (strcmp(check->findings[i].problem->id, "would-reset") != 0)
			continue;
		check->findings[0] = check->findings[i];
		check->count = 1;
		return true;
	}
	check->count = 0;
	return false;
}

static int remove_run(struct machine *machine, const struct options *options)
{
	struct install install;
	struct check check;
	install_begin(&install, machine, options);
	if (would_reset(&install, &check) && !may_go_on(&check, options->force))
		return EXIT_FAILED;
	if (parts_settle(&install) < 0)
		return EXIT_FAILED;
	if (install.unwritable && !options->no_variables)
		printf("note: boot options were not looked at: %s.\n", install.unwritable);
	if (options->dry_run)
		puts(install.changed ? "Nothing was changed." : "There is nothing to do.");
	else
		puts(install.changed ? "Bootpilot is removed." : "Nothing of Bootpilot is there.");
	if (!install.changed)
		return EXIT_DONE;
	fputs("note: ", stdout);
	words_wrap(TEXT("its attempt record (BootpilotRecord0, BootpilotRecord1) stays in NVRAM, where only firmware "
			"reaches it. Nothing reads it any more."),
		   6, 6);
	return EXIT_DONE;
}

int command_install(const struct options *options)
{
	static struct machine machine;
	int status = machine_open(&machine, options);
	if (status == EXIT_DONE)
		status = install_run(&machine, options);
	machine_close(&machine);
	return status;
}

int command_remove(const struct options *options)
{
	static struct machine machine;
	int status = machine_open(&machine, options);
	if (status == EXIT_DONE)
		status = remove_run(&machine, options);
	machine_close(&machine);
	return status;
}
