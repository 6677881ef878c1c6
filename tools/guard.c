/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOSE_TRIES    100 /* for files that others still write: */
#define CLOSE_PAUSE_US 100000u

/* The same mount with the same restrictions, read-only or not. */
static int remount(const char *path, bool read_only)
{
	static const struct {
		unsigned long state, flag;
	} kept[] = { { ST_NOSUID, MS_NOSUID }, { ST_NODEV, MS_NODEV },     { ST_NOEXEC, MS_NOEXEC },
		     { ST_NOATIME, MS_NOATIME }, { ST_RELATIME, MS_RELATIME }, { ST_SYNCHRONOUS, MS_SYNCHRONOUS } };
	struct statvfs fs;
	unsigned long flags = MS_REMOUNT | (read_only ? MS_RDONLY : 0);
	if (statvfs(path, &fs) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (fs.f_flag & kept[i].state)
			flags |= kept[i].flag;
	return mount(NULL, path, NULL, flags, NULL) < 0 ? -errno : 0;
}

/* The guard's life. Signals that end whole groups of processes do not end it before its work is done. */
static void watch(int pipe, const char *path)
{
	char byte;
	for (int ended[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, 0 }, i = 0; ended[i]; i++)
		signal(ended[i], SIG_IGN);
	prctl(PR_SET_NAME, "bootpilot-guard");
	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	int r = -EBUSY;
	for (int i = 0; r == -EBUSY && i < CLOSE_TRIES; i++) {
		if (i)
			usleep(CLOSE_PAUSE_US);
		sync();
		r = remount(path, true);
	}
	_exit(r < 0 ? -r : 0);
}

int guard_begin(struct guard *guard, const char *path)
{
	struct statvfs fs;
	int ends[2];
	*guard = (struct guard){ .pipe = -1 };
	if (statvfs(path, &fs) < 0)
		return -errno;
	if (!(fs.f_flag & ST_RDONLY))
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	/* The guard stands before anything is writable. */
	pid_t process = fork();
	if (process == 0) {
		setsid();
		close(ends[1]);
		watch(ends[0], path);
	}
	int r = process < 0 ? -errno : 0;
	close(ends[0]);
	*guard = (struct guard){ .process = process, .pipe = ends[1] };
	if (r == 0)
		r = remount(path, false);
	if (r < 0) {
		close(ends[1]);
		if (process > 0)
			waitpid(process, NULL, 0);
		*guard = (struct guard){ .pipe = -1 };
	}
	return r;
}

int guard_end(struct guard *guard)
{
	int status = 0;
	if (!guard->process)
		return 0;
	close(guard->pipe);
	while (waitpid(guard->process, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	guard->process = 0;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}
