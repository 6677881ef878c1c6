/* SPDX-License-Identifier: Apache-2.0 */
/* Problems of this boot: what Bootpilot and systemd-boot told of it. */
#include "problem.h"
#include "told.h"

void find_not_installed(struct check *check, const struct problem *problem)
{
	/* One that decided this boot stands somewhere, if not where it is looked for. */
	if (!check->machine->esp.image.len && check->machine->live.state != LIVE)
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

void find_not_run(struct check *check, const struct problem *problem)
{
	if (check->machine->esp.image.len && check->machine->live.state == LIVE_NO_BOOTPILOT)
		finding_add(check, problem, check->machine->esp.image, check->machine->live.info, BY_PERSON);
}

void find_fallen_back(struct check *check, const struct problem *problem)
{
	const struct live *live = &check->machine->live;
	if (!check_is_live(check) || !live->selected.len)
		return;
	enum role role = live_role(live);
	if (role == ROLE_ACTIVE || role == ROLE_NONE || (live->state == LIVE && !live_is_as_decided(live)))
		return;
	finding_add(check, problem, live->selected,
		    live->state == LIVE ? told_why(check->heap, live->decision)
					: TEXT("systemd-boot chose it, without Bootpilot"),
		    BY_PERSON);
}

void find_other_choice(struct check *check, const struct problem *problem)
{
	const struct live *live = &check->machine->live;
	struct text entry = live_word(live->decision, "entry");
	if (live->state == LIVE && entry.len && live->selected.len && !live_is_as_decided(live))
		finding_add(check, problem, live->selected, entry, BY_PERSON);
}

/* Those that follow from what is on the ESP now, and not only from what firmware saw. */
#define LASTING ((uint32_t)(REMARK_LIST_CAPPED | REMARK_CONFIG))

void find_remark(struct check *check, const struct problem *problem)
{
	const struct machine *machine = check->machine;
	for (unsigned bit = 0; bit < REMARK_COUNT; bit++) {
		uint32_t remark = 1u << bit;
		if (!text_equal(text_of(problem->id), remark_name((enum remark)remark)))
			continue;
		if ((machine->live.state == LIVE && live_has_remark(machine->live.decision, text_of(problem->id))) ||
		    machine->world.decision.remarks & remark & LASTING)
			finding_add(check, problem, TEXT_EMPTY, TEXT_EMPTY, BY_PERSON);
	}
}
