/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
int command_status(const struct options *options)
{
	return options->json ? EXIT_FAILED : EXIT_DONE;
}
