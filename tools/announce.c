/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl announce: tells the journal, programs and whoever logs in what was decided at this boot, and why. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "file.h"
#include "live.h"
#include "path.h"
#include "told.h"
#include "words.h"

#define RUN_DIR  "/run/bootpilot"
#define MOTD_DIR "/run/motd.d"
#define MOTD     "50-bootpilot"

/* `journalctl MESSAGE_ID=...` finds every decision. */
#define MESSAGE_ID "6f0e3d1c52b84a579d0b3c8f7e41a2d9"

enum priority { PRIORITY_WARNING = 4, PRIORITY_INFO = 6 };

/* The file NAME of BYTES in DIRECTORY below --root; without bytes there is none. */
static int put(struct heap *heap, const struct options *options, const char *directory, const char *name, struct text bytes)
{
	const char *path = path_below(heap, options->root, directory);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	_closes_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (bytes.len)
		return file_put(dir, name, 0644, bytes);
	return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

static json_t *told_json(struct heap *heap, const struct live *live)
{
	return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "schema", 1, "command", "announce", "role",
			 words_json(heap, live_word(live->decision, "role")), "entry",
			 words_json(heap, live_word(live->decision, "entry")), "reason",
			 words_json(heap, live_word(live->decision, "reason")), "cause",
			 words_json(heap, live_word(live->decision, "cause")), "why",
			 words_json(heap, told_why(heap, live->decision)), "line", words_json(heap, live->decision),
			 "selected", words_json(heap, live->selected), "fallback", (int)told_is_fallback(live));
}

static int publish(struct heap *heap, const struct options *options, const struct live *live, struct text sentence)
{
	json_t *answer = told_json(heap, live);
	char *json = json_dumps(answer, JSON_INDENT(2));
	json_decref(answer);
	if (!json)
		return -ENOMEM;
	const struct text lines[] = { text_of(json), TEXT("\n") };
	int r = put(heap, options, RUN_DIR, "decision.json", heap_join(heap, lines, 2));
	free(json);
	const struct text motd[] = { TEXT("\n*** "), sentence, TEXT("\n*** `bootpilotctl status` tells more.\n\n") };
	int login = put(heap, options, MOTD_DIR, MOTD, told_is_fallback(live) ? heap_join(heap, motd, 3) : TEXT_EMPTY);
	return r ? r : login;
}

static int journal(const struct live *live, struct text sentence)
{
	return sd_journal_send("MESSAGE=%.*s", SHOWN(sentence), "MESSAGE_ID=" MESSAGE_ID, "PRIORITY=%i",
			       told_is_fallback(live) ? PRIORITY_WARNING : PRIORITY_INFO, "BOOTPILOT_ROLE=%.*s",
			       SHOWN(live_word(live->decision, "role")), "BOOTPILOT_ENTRY=%.*s",
			       SHOWN(live_word(live->decision, "entry")), "BOOTPILOT_REASON=%.*s",
			       SHOWN(live_word(live->decision, "reason")), "BOOTPILOT_CAUSE=%.*s",
			       SHOWN(live_word(live->decision, "cause")), "BOOTPILOT_DECISION=%.*s", SHOWN(live->decision),
			       NULL);
}

int command_announce(const struct options *options)
{
	struct heap heap = { .newest = NULL };
	struct live live;
	int status = EXIT_DONE;
	live_read(&heap, TEXT_EMPTY, &live);
	if (live.state != LIVE) {
		fputs("bootpilotctl: Bootpilot said nothing at this boot, so there is nothing to tell. Type\n"
		      "`bootpilotctl status`.\n",
		      stderr);
		status = EXIT_FAILED;
	} else {
		struct text sentence = told_sentence(&heap, &live);
		int r = publish(&heap, options, &live, sentence);
		if (r < 0) {
			fprintf(stderr, "bootpilotctl: %s or %s cannot be written: %s.\n", RUN_DIR, MOTD_DIR, strerror(-r));
			status = EXIT_FAILED;
		}
		r = journal(&live, sentence);
		if (r < 0) /* no journal: what the tool prints is then all there is */
			printf("%.*s\n", SHOWN(sentence));
	}
	heap_free(&heap);
	return status;
}
