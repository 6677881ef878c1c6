/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold before Bootpilot is installed: a table like that of problems.c, asked beside it and by `install` alone. Errors refuse. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "install.h"
#include "os_side.h"

#define W SEVERITY_WARNING
#define E SEVERITY_ERROR

const char *install_unwritable(const struct machine *machine)
{
	if (machine->live.state == LIVE_ELSEWHERE)
		return "this machine was not started from that partition";
	switch (variables_writable()) {
	case 0:
		return NULL;
	case -ENOENT:
		return "not started by UEFI, or efivarfs is not mounted (as in a container)";
	case -EOPNOTSUPP:
		return "the kernel runs without EFI runtime services (efi=runtime brings them back)";
	case -EROFS:
		return "efivarfs is mounted read-only (mount -o remount,rw /sys/firmware/efi/efivars)";
	case -EACCES:
	case -EPERM:
		return "only root may";
	default:
		return "efivarfs does not answer";
	}
}

static void find_not_esp(struct check *check, const struct problem *problem)
{
	if (!check->machine->place.is_esp)
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

static void find_disk_read_only(struct check *check, const struct problem *problem)
{
	if (check->machine->place.disk_read_only)
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

static struct text loader_words(const struct machine *machine)
{
	return machine->live.info.len ? machine->live.info : machine->esp.loader_version;
}

static void find_no_loader(struct check *check, const struct problem *problem)
{
	if (!loader_words(check->machine).len)
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

static void find_old_loader(struct check *check, const struct problem *problem)
{
	struct text words = loader_words(check->machine);
	uint32_t major = loader_major(words);
	if (major && major < INSTALL_LOADER_MIN)
		finding_add(check, problem, words, TEXT_EMPTY, BY_PERSON);
}

static void find_no_variables(struct check *check, const struct problem *problem)
{
	const struct install *install = check->install;
	if (install->parts & PARTS_OPTION && install->unwritable)
		finding_add(check, problem, text_of(install->berth->name), text_of(install->unwritable), BY_PERSON);
}

static void find_no_partition(struct check *check, const struct problem *problem)
{
	const struct install *install = check->install;
	if (install->parts & PARTS_OPTION && !install->unwritable && !install->own.node_known)
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

static void find_no_neighbour(struct check *check, const struct problem *problem)
{
	const struct install *install = check->install;
	if (install->parts & PARTS_OPTION && !install->unwritable && install->own.anchor == BOOT_OPTION_NONE)
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

/* The variables that go before `default` of loader.conf name something else. */
static void find_outranked(struct check *check, const struct problem *problem)
{
	const struct live *live = &check->machine->live;
	const struct text wishes[] = { live->fallback, live->preferred };
	static const char *const names[] = { LOADER_DEFAULT, LOADER_PREFERRED };
	struct text id = check->install->parts & PART_DEFAULT_ENTRY ? BERTH_ENTRY_ID : BERTH_TYPE2_ID;
	if (!(check->install->parts & (PART_DEFAULT_ENTRY | PART_DEFAULT_TYPE2)))
		return;
	for (size_t i = 0; i < 2; i++)
		if (wishes[i].len && !text_equal_fold(wishes[i], id))
			finding_add(check, problem, text_of(names[i]), wishes[i], BY_PERSON);
}

/* Whose OS it is that would report is known only of this system's ESP, and of one below --root. */
static bool os_is_known(const struct check *check)
{
	return check->options->root || check->machine->live.state != LIVE_ELSEWHERE;
}

static const char *os_root(const struct check *check)
{
	return check->options->root ? check->options->root : "";
}

static bool has_counters(const struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->entry_count; i++)
		if (inventory->entries[i].counter.present)
			return true;
	return false;
}

static void find_cannot_report(struct check *check, const struct problem *problem)
{
	if (os_is_known(check) && has_counters(&check->machine->world.inventory) &&
	    !os_side_is_enabled(os_root(check)) && !os_side_has_bless_boot(os_root(check)))
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

static void find_not_enabled(struct check *check, const struct problem *problem)
{
	if (os_is_known(check) && !os_side_is_enabled(os_root(check)))
		finding_add(check, problem, TEXT("bootpilot-good.service"), TEXT_EMPTY, BY_PERSON);
}

static void find_no_last_way(struct check *check, const struct problem *problem)
{
	if (check->install->parts & PART_COPY && check->install->secure_boot.on)
		finding_add(check, problem, text_of(check->install->berth->name), TEXT_EMPTY, BY_PERSON);
}

/* What shim loads for systemd-boot has memory of a kind by which systemd-boot takes it for no driver (measured with 16). */
static void find_shim(struct check *check, const struct problem *problem)
{
	const struct own_option *own = &check->install->own;
	const struct boot_option *before = boot_option_numbered(&own->options, own->anchor);
	if (!before || !(check->install->parts & PART_DRIVER))
		return;
	if (text_starts_fold(tree_name(before->file), TEXT("shim")))
		finding_add(check, problem, before->file, TEXT_EMPTY, BY_PERSON);
}

static void find_generic(struct check *check, const struct problem *problem)
{
	const struct inventory *inventory = &check->machine->world.inventory;
	if (roles_rule(inventory) == ROLES_GENERIC && check->machine->world.decision.reason != REASON_NO_ROLES)
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

static const struct problem readiness[] = {
	{ "not-esp", E, "{file} is not an EFI system partition that is mounted.",
	  "Firmware starts nothing from there.",
	  "Give the right directory with --esp-path. If it is a copy that will be written to a disk: --force.", NULL,
	  "bootctl(1)", find_not_esp },
	{ "disk-read-only", E, "The disk of {file} cannot be written.", "Nothing can be put in place.",
	  "Look at the disk's switch, or at what exports it.", NULL, "README.md, Install it", find_disk_read_only },
	{ "no-loader", E, "There is no systemd-boot on {file}, and it did not start this system.",
	  "Bootpilot is started by systemd-boot, and hands back to it.",
	  "Install it (`bootctl install`); if it has a name of its own there: --force.", NULL, "README.md", find_no_loader },
	{ "old-loader", E, "{file} is older than 252.", "How it treats drivers and one-shots was never measured.",
	  "Update it (`bootctl update`), or take the risk with --force.", NULL, "README.md", find_old_loader },
	{ "image-unfit", E, "{file} cannot be installed: {value}.", "Firmware would not start it, or not as this berth does.",
	  "Build it (`make`, `make install`), or name another one: --image, --driver-image.", NULL, "README.md, Install it",
	  find_image_unfit },
	{ "image-refused", E, "Firmware would refuse {file}: {value}.",
	  "A driver that is refused is passed over. An entry that is refused may stop the machine.",
	  "Sign it with the key that signed systemd-boot (`make sign`). If shim vouches for it with a key of its own: --force.", NULL,
	  "kairos 2200, 2421", find_image_refused },
	{ "not-compared", W, "Secure Boot's keys of the machine that boots from {file} are not visible.",
	  "Nobody has looked whether its firmware would start the image.", "Compare the signature with its db (sbverify).", NULL,
	  "kairos 2200, 2421", find_not_compared },
	{ "config-lost", E, "{file} carries another configuration than {value}.",
	  "What was configured, perhaps that no automatic reset is made, would hold no more.",
	  "Give the new image the same one before it is signed: bootpilotctl configure. To replace it: --force.", NULL,
	  "README.md, Configure it", find_config_lost },
	{ "no-room", E, "{file} has {value} that are needed.", "The new image stands beside the old one until it is whole.",
	  "Remove images and entries that no role needs.", NULL, "edk2 7355", find_no_room },
	{ "no-variables", E, "The berth {file} needs a boot option, and none can be written: {value}.",
	  "Without it firmware does not know that Bootpilot is there.",
	  "Files alone are put in place with --no-variables; --berth driver needs no boot option.", NULL,
	  "README.md, Ways to install it", find_no_variables },
	{ "no-partition", E, "Where {file} lies on its disk cannot be told: it has no GPT, or only root may read it.",
	  "A boot option names a partition by its place.",
	  "Try again as root, or make the option by hand (README.md); --berth driver needs none.", NULL,
	  "README.md, Install it by hand", find_no_partition },
	{ "no-neighbour", E, "No boot option in BootOrder starts systemd-boot from {file}.",
	  "Bootpilot's stands beside that one: elsewhere it would come too early, or never.",
	  "Make one (`bootctl install` does), or take --berth driver.", NULL, "README.md, Ways to install it",
	  find_no_neighbour },
	{ "default-outranked", E, "{file} is {value}, which goes before `default` in loader.conf.",
	  "systemd-boot would not start Bootpilot's entry.", "Delete it: bootctl set-default \"\". Or take --berth driver.",
	  NULL, "bootctl(1)", find_outranked },
	{ "no-last-way", W, "In berth {file} nothing starts an OS once firmware revokes the key of Bootpilot's images.",
	  "systemd-boot tries no other entry when its default is refused, and the copy behind it has the same key.",
	  "Take the default berth, which is passed over instead; or make a boot option that starts recovery's image.", NULL,
	  "ovmf-test/SECURE-BOOT.md", find_no_last_way },
	{ "shim-in-front", W, "This system was started through {file}.",
	  "Through shim 16 systemd-boot starts no driver: it boots as if Bootpilot were not there.",
	  "Look at `bootpilotctl status` after the next boot; --berth entry works through shim.", NULL,
	  "ovmf-test/SECURE-BOOT.md", find_shim },
	{ "cannot-report", E, "Nothing on this system can report a success: no systemd-bless-boot, no bootpilot-good.service.",
	  "Every image uses up its tries, good ones too; at the end of them stands the reset.",
	  "Enable bootpilot-good.service. If something else blesses here: --force.", NULL, "systemd 36170", find_cannot_report },
	{ "not-enabled", W, "{file} is not enabled.",
	  "Tries come back by systemd-bless-boot alone; lost entries cannot be restored, recovery is not armed again.",
	  "systemctl enable bootpilot-good.service bootpilot-announce.service", NULL, "README.md, On the running system",
	  find_not_enabled },
	{ "generic-system", W, "No entry on {file} has the name of a role.",
	  "Falling back goes to older versions of the same OS; there is no recovery and no reset.",
	  "Nothing, if that is meant. Else name the entries active, passive, recovery, statereset.", NULL,
	  "README.md, What it decides", find_generic },
	{ NULL, W, NULL, NULL, NULL, NULL, NULL, NULL },
};

static bool is_one_of(struct text id, const char *const *list)
{
	for (; *list; list++)
		if (text_equal(id, text_of(*list)))
			return true;
	return false;
}

bool install_cannot(const struct finding *finding)
{
	static const char *const hopeless[] = { "disk-read-only", "image-unfit",  "no-room",	"no-variables",
						"no-partition",	  "no-neighbour", "unreadable", NULL };
	return is_one_of(text_of(finding->problem->id), hopeless);
}

/* What is a warning on a machine in service, and here decides whether a success can be told. */
static const struct problem *as_error(struct heap *heap, const struct problem *problem)
{
	struct problem *copy = heap_take(heap, sizeof(*copy));
	*copy = *problem;
	copy->severity = SEVERITY_ERROR;
	return copy;
}

void install_check(struct check *check, const struct install *install)
{
	static const char *const decisive[] = { "cannot-bless", NULL };
	size_t kept = 0;
	check_find(check, install->machine, install->options);
	for (size_t i = 0; i < check->count; i++) {
		struct finding *finding = &check->findings[i];
		if (is_one_of(text_of(finding->problem->id), decisive))
			finding->problem = as_error(check->heap, finding->problem);
		if (finding->problem->severity == SEVERITY_ERROR)
			check->findings[kept++] = *finding;
	}
	check->count = kept;
	check->install = install;
	for (const struct problem *problem = readiness; problem->id; problem++)
		problem->find(check, problem);
}
