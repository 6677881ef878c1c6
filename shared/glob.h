/* SPDX-License-Identifier: Apache-2.0 */
/* glob.h - the subset of glob patterns that systemd-boot understands: * ? [] and \ to quote.
 *
 * Source: systemd-boot's own matching of LoaderEntryOneShot, LoaderEntryDefault and `default` against entry ids. Letter
 * case counts; systemd-boot lower-cases the pattern before. `?` and a set stand for one UTF-16 unit, as there: a code point
 * above U+FFFF is two. A set knows ranges and \ but no negation; a pattern that ends in a set or after \ matches nothing. */
#ifndef BOOTPILOT_GLOB_H
#define BOOTPILOT_GLOB_H

#include "text.h"

/* What does not stand for itself outside of a set. */
#define GLOB_SPECIAL "*?[\\"

/* True if PATTERN matches the whole of NAME. Never recurses; takes at most about PATTERN * NAME steps. */
bool glob_match(struct text pattern, struct text name);

/* Writes NAME so that, as a pattern, it matches NAME alone whatever letter case it is compared in: special characters are
 * quoted, upper-case letters (which systemd-boot 257.13 keeps in some ids) become '?'. */
void glob_write_exact(struct writer *w, struct text name);

#endif
