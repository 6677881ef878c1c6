/* SPDX-License-Identifier: Apache-2.0 */
/* install.h - what `install` is about to do, and what speaks against it.
 *
 * A file stands before anything names it; names go before the file does. So a machine on which this is killed boots as it did
 * before, or as it will afterwards, and a second run completes the work. */
#ifndef BOOTPILOT_INSTALL_H
#define BOOTPILOT_INSTALL_H

#include "berth.h"
#include "own_option.h"
#include "problem.h"
#include "product.h"
#include "secure_boot.h"

#define INSTALL_LOADER_MIN 252u /* the oldest systemd-boot that was measured */

struct install {
	struct machine *machine;
	const struct options *options;
	const struct berth *berth;
	unsigned parts;        /* of the berth; without boot options where --no-variables is given */
	const char *unwritable; /* why this machine's boot options cannot be changed; NULL: they can */
	struct product application, driver; /* those that the parts need */
	struct product copy; /* of the application, new or as it is on the ESP */
	struct secure_boot secure_boot;
	struct own_option own; /* only if they can */
	bool changed;          /* something was, or would have been, done */
};

/* What speaks against it, in CHECK: the errors of `bootpilotctl check`, and problems of installing. Warnings of `check` that do not
 * concern it are left out. */
void install_check(struct check *check, const struct install *install);

/* A finding of the kind that --force cannot help with: it would fail all the same. */
bool install_cannot(const struct finding *finding);

/* Why boot options of the machine cannot be changed, in words; NULL: they can. */
const char *install_unwritable(const struct machine *machine);

#endif
