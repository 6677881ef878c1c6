/* SPDX-License-Identifier: Apache-2.0 */
#include "situation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct berth_row fake_berths[BERTH_COUNT] = {
	{ MACHINE_IN_DRIVER, "driver" }, { MACHINE_IN_ENTRY, "entry" }, { MACHINE_IN_TYPE2, "type2" },
	{ MACHINE_IN_FIRST, "first" },   { MACHINE_IN_NET, "net" },
};

static void mistake(const char *error, uint32_t line)
{
	fprintf(stderr, "situation, line %u: %s\n", line, error);
	abort();
}

static void carry_out(struct stage *stage, const struct scenario_step *step)
{
	if (step->kind == STEP_THEN)
		fake_machine_boot(&stage->machine);
	else if (!(step->kind == STEP_WHEN ? fake_stage_when : fake_stage_given)(stage, step))
		mistake(stage->error, step->line);
}

void fake_situation_go_on(struct stage *stage, const char *lines)
{
	static struct scenario scenario;
	static char text[8192];

	snprintf(text, sizeof(text), "about a situation\n%s", lines);
	if (!scenario_parse(text_of(text), &scenario))
		mistake(scenario.error, scenario.error_line);
	for (size_t i = 0; i < scenario.step_count; i++)
		carry_out(stage, &scenario.steps[i]);
}

void fake_situation_begin(struct stage *stage, enum machine_berth berth, unsigned series, image_entry program,
			  const char *lines)
{
	memset(stage, 0, sizeof(*stage));
	fake_machine_new(&stage->machine, series, berth, false, program);
	fake_situation_go_on(stage, lines);
}
