/* SPDX-License-Identifier: Apache-2.0 */
/* The whole program, unmodified, on the fake firmware, in a machine that the input lays out (layout.h): files, names, texts, PE
 * bytes, variables of any attributes, failing firmware, any berth and any systemd-boot.
 *
 * Whatever it is: no law of the firmware is broken (laws.h; to write to the ESP is one of them), the power cycle ends, a
 * reset that is decided is recorded. Where nothing fails: a plainly bootable active is chosen, and where systemd-boot alone
 * would start an OS, one is started. */
#include "claim.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "layout.h"
#include "layout_mutate.h"
#include "tests/fake/guids.h"
#include "tests/fake/laws.h"
#include "tests/fake/os.h"
#include "tests/fake/pe.h"
#include "tests/fake/variables.h"

#define BOOTS_MAX    4u
#define ACTIVE_IMAGE "\\EFI\\test\\active.efi"
#define ACTIVE_TEXT  "title a\nlinux /EFI/test/active.efi\n"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static struct layout layout;

static bool decision_says(const char *word)
{
	return strstr(fake_os_report()->decision, word) != NULL;
}

static bool is_reset(const char *name)
{
	return strncasecmp(name, "statereset", strlen("statereset")) == 0;
}

/* --- What must be so whatever happens ------------------------------------------------------------------------------ */

static void record_read_both(uint8_t bytes[2][256])
{
	memset(bytes, 0, 512);
	fake_variables_copy("BootpilotRecord0", &fake_guid_bootpilot, bytes[0], 256);
	fake_variables_copy("BootpilotRecord1", &fake_guid_bootpilot, bytes[1], 256);
}

static enum outcome boot(void)
{
	uint8_t before[2][256], after[2][256];
	enum outcome outcome;

	record_read_both(before);
	outcome = fake_machine_boot(&layout.stage.machine);
	record_read_both(after);
	claim(laws_broken() == 0, "%s; %s", laws_violation(0), fake_os_report()->decision);
	claim(outcome != OUTCOME_ENDLESS && outcome != OUTCOME_HANG, "%s; %s", outcome_name(outcome),
	      fake_os_report()->decision);
	claim(outcome != OUTCOME_WATCHDOG || layout.faults, "the watchdog ends it; %s", fake_os_report()->decision);
	claim(outcome != OUTCOME_POWEROFF || layout.configured, "nobody wanted to power off; %s",
	      fake_os_report()->decision);
	if (outcome == OUTCOME_OS && decision_says("role=reset") && decision_says("reason=recovery-exhausted") &&
	    is_reset(fake_os_report()->selected) && !layout.forgetful)
		claim(memcmp(before, after, sizeof(before)) != 0, "a reset that no record knows; %s",
		      fake_os_report()->decision);
	return outcome;
}

/* What the OS did between two power cycles. */
static void live(char what)
{
	struct scenario_step step = { .kind = STEP_WHEN, .subject = TEXT("fails") };

	if (what == 'w')
		step.subject = TEXT("works");
	if (what == 'b')
		step.subject = TEXT("blessed");
	if (what == 'r' && is_reset(fake_os_report()->selected))
		step.subject = TEXT("resets");
	if (*fake_os_report()->image)
		fake_stage_when(&layout.stage, &step);
}

/* --- What must be so where nothing fails --------------------------------------------------------------------------- */

/* Names that begin with "active", in DIRECTORY of VOLUME; the last of them is *RET. */
static size_t count_active(const struct volume *volume, const char *directory, const struct node **ret)
{
	const struct node *node = volume ? fake_volume_find(volume, directory) : NULL;
	size_t count = 0;

	for (size_t i = 0; node && i < node->child_count; i++)
		if (strncasecmp(node->children[i]->name, "active", 6) == 0) {
			*ret = node->children[i];
			count++;
		}
	return count;
}

/* One file of the role active, on the ESP, whose name and text are beyond doubt, and a whole image. */
static bool active_is_plain(void)
{
	const struct machine *machine = &layout.stage.machine;
	const struct node *file = NULL, *image = fake_volume_find(machine->esp, ACTIVE_IMAGE), *other = NULL;
	struct pe_facts facts;
	unsigned left;
	char end[8] = "";

	if (count_active(machine->esp, "\\loader\\entries", &file) != 1 ||
	    count_active(machine->esp, "\\EFI\\Linux", &other) || count_active(machine->xbootldr, "\\loader\\entries", &other) ||
	    count_active(machine->xbootldr, "\\EFI\\Linux", &other))
		return false;
	if (strcmp(file->name, "active.conf") != 0 &&
	    (sscanf(file->name, "active+%1u%7s", &left, end) != 2 || strcmp(end, ".conf") != 0 || left == 0))
		return false;
	return file->size == strlen(ACTIVE_TEXT) && memcmp(file->bytes, ACTIVE_TEXT, file->size) == 0 && image &&
	       !image->is_directory && fake_pe_inspect(image->bytes, image->size, &facts) == PE_SANE;
}

static bool is_undisturbed(void)
{
	return !layout.faults && !layout.rewritten && !layout.configured && !layout.variables;
}

static void check_active(enum outcome outcome)
{
	claim(outcome == OUTCOME_OS && strcasecmp(fake_os_report()->image, ACTIVE_IMAGE) == 0 && decision_says("role=active"),
	      "active is plainly bootable, and the end is %s, %s; %s", outcome_name(outcome), fake_os_report()->image,
	      fake_os_report()->decision);
}

/* systemd-boot alone starts an OS from the same files, and not the reset. Then so must we, except where the decision is
 * that nothing is bootable: entries without a role are not ours to choose. */
static void check_against_plain(struct text lines, enum outcome outcome)
{
	bool allowed = outcome == OUTCOME_OS || decision_says("reason=nothing-bootable");
	char decision[1024];

	if (allowed || layout.faults || layout.configured || layout.variables || layout.rewritten)
		return;
	snprintf(decision, sizeof(decision), "%s", fake_os_report()->decision);
	layout_begin(&layout, lines, true);
	layout_go_on(&layout);
	claim(fake_machine_boot(&layout.stage.machine) != OUTCOME_OS || is_reset(fake_os_report()->selected),
	      "systemd-boot alone starts %s, and with us the end is %s; %s", fake_os_report()->selected,
	      outcome_name(outcome), decision);
}

/* The fake knows images by words in them (images.h): an OS that has those of systemd-boot would be one, and start itself. */
static bool has_marks(const uint8_t *data, size_t size)
{
	return memmem(data, size, "LoaderInfo:", 11) || memmem(data, size, "under test", 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text lines = { (const char *)data, size };
	enum outcome outcome;
	unsigned boots = 0;
	bool plain;
	char what;

	if (has_marks(data, size))
		return 0;
	layout_begin(&layout, lines, false);
	while ((what = layout_go_on(&layout)) != 0 && boots < BOOTS_MAX) {
		boot();
		live(what);
		boots++;
	}
	plain = boots == 0 && is_undisturbed() && active_is_plain();
	outcome = boot();
	if (plain)
		check_active(outcome);
	if (boots == 0)
		check_against_plain(lines, outcome);
	return 0;
}

/* One change of two is of the kind that means something. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return seed % 2 ? layout_mutate(data, size, max, seed) : LLVMFuzzerMutate(data, size, max);
}
