/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

/* Each word is a file: the role's name, what follows it, and after a comma what is wrong or special (input_build.c). */
const struct shape shapes[] = {
	[SHAPE_ABSENT] = { "", NEVER_STARTS, 0, 0, COUNTS },
	{ "@", STARTS, TRIES_GOOD, 0, COUNTS },
	{ "@+3", STARTS, 3, 0, COUNTS },
	{ "@+2-1", STARTS, 2, 1, COUNTS },
	{ "@+1-2", STARTS, 1, 2, COUNTS },
	{ "@+0-3", STARTS, 0, 3, COUNTS },
	{ "@+0", STARTS, 0, 0, COUNTS },
	{ "@+2147483647", STARTS, 2147483647, 0, COUNTS },
	/* each cause that an image cannot start */
	{ "@,missing", NEVER_STARTS, 0, 0, COUNTS },
	{ "@+3,empty", NEVER_STARTS, 0, 0, COUNTS },
	{ "@,truncated", NEVER_STARTS, 0, 0, COUNTS },
	{ "@+1-2,not-pe", NEVER_STARTS, 0, 0, COUNTS },
	{ "@,machine", NEVER_STARTS, 0, 0, COUNTS },
	{ "@+3,architecture", NEVER_STARTS, 0, 0, COUNTS },
	{ "@,no-key", NEVER_STARTS, 0, 0, COUNTS },
	{ "@,closed", NEVER_STARTS, 0, 0, COUNTS },
	{ "@,large", NEVER_STARTS, 0, 0, COUNTS },
	{ "@+0-3,missing", NEVER_STARTS, 0, 3, COUNTS },
	{ "@+3,mixed", STARTS_UNLESS_NEW, 3, 0, COUNTS },
	{ "@+3,uki", STARTS_UNLESS_OLD, 3, 0, COUNTS },
	{ "@,uki", STARTS_UNLESS_OLD, TRIES_GOOD, 0, COUNTS },
	{ "@+2-1 @.c,closed", STARTS_IF_LISTED, 2, 1, COUNTS }, /* NAME[+.]*conf and the narrower glob fit both */
	/* what is unknown is not broken */
	{ "@+3,unread", STARTS, 3, 0, COUNTS },
	/* counters that the loader leaves alone */
	{ "@+3,efi", STARTS, 3, 0, COUNTS_UNLESS_NEW },
	{ "@+1-2,efi", STARTS, 1, 2, COUNTS_UNLESS_NEW },
	{ "@+0-3,efi", STARTS, 0, 3, COUNTS_UNLESS_NEW },
	{ "@+3 @+2-1", STARTS, 2, 1, COUNTS_NEVER },
	{ "@+1-2 @+0-3", STARTS, 0, 3, COUNTS_NEVER },
	/* other twins: blessing's file speaks, then fewer tries, but never one that cannot start */
	{ "@ @+0-3,other", STARTS, TRIES_GOOD, 0, COUNTS },
	{ "@,truncated @+3,other", STARTS, 3, 0, COUNTS },
	{ "@+3 @+1-2,other", STARTS, 1, 2, COUNTS },
	/* names with a suffix stand in where the plain one is missing */
	{ "@_old+2-1", STARTS, 2, 1, COUNTS },
	{ "@-a+0-3 @-b+1-2", STARTS, 1, 2, COUNTS },
	{ "@+0-3 @_old", STARTS, 0, 3, COUNTS },
	/* Type #2 */
	{ "@+3,type2", STARTS, 3, 0, COUNTS },
	{ "@,type2", STARTS, TRIES_GOOD, 0, COUNTS },
	{ "@+3,type2,untitled", NEVER_STARTS, 0, 0, COUNTS },
};

const unsigned shape_count = sizeof(shapes) / sizeof(shapes[0]);
