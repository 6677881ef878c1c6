/* SPDX-License-Identifier: Apache-2.0 */
/* config.h - the configuration: lines "key value", as in loader.conf. Source: design.md section 7.
 *
 * Unknown keys and bad values are reported and passed over: a machine must boot with any configuration. */
#ifndef BOOTPILOT_CONFIG_H
#define BOOTPILOT_CONFIG_H

#include "role.h"
#include "text.h"

#define CONFIG_SIZE_MAX        4095u /* bytes: one page of the image, less its NUL */
#define CONFIG_PROBLEMS_MAX    8u
#define CONFIG_RESET_LIMIT_MAX 255u
#define CONFIG_RESET_DELAY_MAX 600u   /* s */
#define CONFIG_WATCHDOG_MIN    10u    /* s: shorter than any machine loads an OS */
#define CONFIG_WATCHDOG_MAX    65535u /* s */

enum auto_reset { AUTO_RESET_YES, AUTO_RESET_WITNESSED, AUTO_RESET_NO };
enum handoff { HANDOFF_CHAIN, HANDOFF_RESET };
enum nothing_bootable { NOTHING_MENU, NOTHING_REBOOT, NOTHING_POWEROFF, NOTHING_FIRMWARE };
enum console { CONSOLE_QUIET, CONSOLE_CHANGES, CONSOLE_ALL };

struct config {
	struct text globs[ROLE_COUNT]; /* blank-separated patterns for ids without counter; empty: by role name */
	enum auto_reset auto_reset;
	uint32_t reset_limit;   /* automatic resets since the last success, 0..CONFIG_RESET_LIMIT_MAX */
	uint32_t reset_delay_s; /* 0..CONFIG_RESET_DELAY_MAX */
	enum handoff handoff;
	enum nothing_bootable nothing_bootable;
	bool measure;
	uint32_t watchdog_s; /* CONFIG_WATCHDOG_MIN..CONFIG_WATCHDOG_MAX */
	enum console console;
};

enum config_fault {
	CONFIG_UNKNOWN_KEY,
	CONFIG_BAD_VALUE,
	CONFIG_TOO_LONG, /* the text exceeds CONFIG_SIZE_MAX; what fits was read */
};

struct config_problem {
	enum config_fault fault;
	uint32_t line;
	struct text key;
	struct text value;
};

struct config_problems {
	struct config_problem at[CONFIG_PROBLEMS_MAX];
	size_t count; /* may exceed CONFIG_PROBLEMS_MAX: the rest is only counted */
};

void config_set_defaults(struct config *config);

/* Applies the lines of BYTES to *CONFIG, in order: the last one holds. Problems are added to *PROBLEMS. Texts borrow. */
void config_apply(struct config *config, struct text bytes, struct config_problems *problems);

/* Writes what may stand behind KEY, for messages: "yes, witnessed or no". Nothing for a key that does not exist. */
void config_write_expected(struct writer *w, struct text key);

bool config_has_globs(const struct config *config);

#endif
