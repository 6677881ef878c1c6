/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl with-esp -- COMMAND: runs COMMAND while the ESP is writable, under the lock that every writer takes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "options.h"
#include "writer.h"

static volatile sig_atomic_t child; /* gets the signals that we get */

static void pass_on(int signal)
{
	if (child)
		kill((pid_t)child, signal);
}

static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };

static void signals_handle(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* Returns its exit status, as a shell would. */
static int run(char **command)
{
	int status;
	sigset_t all, before;
	/* One that comes before the command is started must end the command too: it waits until somebody is there to get it. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	signals_handle(pass_on);
	pid_t process = fork();
	if (process < 0) {
		perror("bootpilotctl: fork");
		return EXIT_FAILED;
	}
	if (process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		signals_handle(SIG_DFL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(command[0], command);
		fprintf(stderr, "bootpilotctl: %s cannot be started: %s.\n", command[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	child = process;
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (waitpid(process, &status, 0) < 0 && errno == EINTR)
		;
	child = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int command_with_esp(const struct options *options)
{
	struct heap heap = { .newest = NULL };
	struct esp_writer writer;
	struct place place;
	int status = EXIT_FAILED;
	if (!options->operand_count)
		return options_refuse("with-esp", "a command is missing: with-esp -- COMMAND [ARGUMENT...]", "");
	if (place_find(&heap, options, &place) == 0 && writer_begin(&writer, &place, false) == 0) {
		writer.changed = true; /* whatever it wrote goes to the disk */
		status = run(options->operands);
		if (writer_end(&writer) < 0 && status == EXIT_DONE)
			status = EXIT_FAILED;
	}
	heap_free(&heap);
	return status;
}
