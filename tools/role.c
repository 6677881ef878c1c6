/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl role: which role the running system has, by the entry that systemd-boot started. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "options.h"

static int refuse(const struct live *live)
{
	fprintf(stderr, "bootpilotctl: the role of this system cannot be told: %s.\n",
		live->state == LIVE_NO_LOADER ? "it was not started by systemd-boot"
		: live->error == -EOPNOTSUPP  ? "the kernel runs without EFI runtime services"
					      : "EFI variables cannot be read");
	return EXIT_FAILED;
}

int command_role(const struct options *options)
{
	struct heap heap = { .newest = NULL };
	struct live live;
	enum role wanted;
	bool found = false;
	for (size_t i = 0; i < options->operand_count; i++)
		if (!options->is || !role_of_word(options->operands[i], &wanted))
			return options_refuse("role",
					      options->is ? "no role has the name " : "this goes only with --is: ",
					      options->operands[i]);
	if (options->is && !options->operand_count)
		return options_refuse("role", "--is needs at least one role", "");

	live_read(&heap, TEXT_EMPTY, &live);
	int status = EXIT_DONE;
	if (!live.selected.len) {
		status = refuse(&live);
	} else {
		enum role role = live_role(&live);
		for (size_t i = 0; i < options->operand_count; i++)
			found |= role_of_word(options->operands[i], &wanted) && wanted == role;
		if (options->is)
			status = found ? EXIT_DONE : EXIT_FAILED;
		else if (options->json)
			words_json_print(json_pack("{s:i, s:s, s:o, s:o}", "schema", 1, "command", "role", "role",
						   words_json(&heap, role_name(role)), "entry",
						   words_json(&heap, live.selected)));
		else
			printf("%.*s\n", SHOWN(role_name(role)));
	}
	heap_free(&heap);
	return status;
}
