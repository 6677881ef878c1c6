/* SPDX-License-Identifier: Apache-2.0 */
/* guard.h - makes a read-only mount writable for as long as this process lives, and read-only again whatever ends it.
 *
 * A process of its own waits for the other end of a pipe to close: by guard_end(), by a crash, by a kill. It inherits our locks and holds
 * them until the mount is read-only again. */
#ifndef BOOTPILOT_GUARD_H
#define BOOTPILOT_GUARD_H

#include <sys/types.h>

struct guard {
	pid_t process; /* 0: there is nothing to guard, the mount was writable before */
	int pipe;
};

/* Makes the file system mounted at PATH writable. Negative errno: it is as it was. */
int guard_begin(struct guard *guard, const char *path);

/* Returns when it is read-only again. Negative errno: it is not, since somebody still writes to it. */
int guard_end(struct guard *guard);

#endif
