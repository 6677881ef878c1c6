/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
int command_plan(const struct options *options)
{
	return play_scenario(options->scenario, options->loader);
}
