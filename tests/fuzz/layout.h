/* SPDX-License-Identifier: Apache-2.0 */
/* layout.h - a machine of the fake firmware, laid out by the lines (lines.h) of an input. Only the first letter of a line
 * counts, so that a damaged word still says something. '/' stands for '\' in paths.
 *
 *   machine BERTH|SERIES|secure      d e t f n as in driver, entry, type2, first, net; the first such line holds
 *   entry NAME|TEXT                  \loader\entries\NAME; Entry: on XBOOTLDR, and so on
 *   uki NAME|OS-RELEASE|STATE        \EFI\Linux\NAME; states as in os.h, as a number
 *   image PATH|STATE                 an image of the OS
 *   file PATH|BYTES                  any file
 *   patch PATH|OFFSET|BYTES          writes over bytes of a file
 *   broken PATH|HOW|STATUS           HOW 0: opening fails, 1: reading, 2: another size is said
 *   refuse PATH|STATUS               LoadImage refuses it
 *   loader TEXT                      loader.conf
 *   config TEXT                      Bootpilot's configuration
 *   variable NAME|ATTRIBUTES|BYTES   text: the same as UTF-16 with a NUL
 *   nvram MOOD|QUOTA                 enum variables_mood
 *   screen                           there is none
 *   key SECONDS                      is pressed
 *   x N|STATUS                       the N-th firmware call fails
 *   outage SERVICE|N|STATUS          a service fails from its N-th call on
 *   go WHAT                          a power cycle, then the OS works, is blessed, resets or fails: w b r f */
#ifndef FUZZ_LAYOUT_H
#define FUZZ_LAYOUT_H

#include "shared/text.h"
#include "tests/fake/stage.h"

struct layout {
	struct stage stage;
	struct text rest; /* lines to come */
	/* what the lines have done, for whoever judges */
	bool faults;     /* something fails that need not: firmware, files, an image that looks whole */
	bool rewritten;  /* files that hold no entry, or parts of files, may be anything */
	bool configured; /* Bootpilot has a configuration */
	bool variables;  /* somebody has written variables */
	bool forgetful;  /* NVRAM loses what it is told */
};

/* A new machine from LINES. PLAIN: systemd-boot alone, whatever the berth. */
void layout_begin(struct layout *layout, struct text lines, bool plain);

/* Carries out the lines up to the next `go`, whose first letter is given back, or 0 at the end. */
char layout_go_on(struct layout *layout);

#endif
