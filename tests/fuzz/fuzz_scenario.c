/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario file. */
#include "claim.h"

#include "tools/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scenario scenario;
	struct text bytes = { (const char *)data, size }, value = TEXT_EMPTY;

	if (!scenario_parse(bytes, &scenario)) {
		claim(scenario.error != NULL, "a refused scenario does not say why");
		return 0;
	}
	claim(scenario.step_count <= SCENARIO_STEPS_MAX, "%zu steps", scenario.step_count);
	claim(scenario.judges && scenario.loaders && scenario.berths, "nobody judges it");
	claim_borrowed(scenario.about, bytes);
	for (size_t i = 0; i < scenario.step_count; i++) {
		const struct scenario_step *step = &scenario.steps[i];

		claim(step->kind <= STEP_WHEN && step->line > 0, "a step that is none");
		claim_borrowed(step->subject, bytes);
		claim_borrowed(step->words, bytes);
		if (scenario_word(step->words, "key", &value))
			claim_borrowed(value, step->words);
	}
	return 0;
}
