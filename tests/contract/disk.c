/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake/clock.h"
#include "tests/fake/pe.h"

/* The text of disk.txt, wherever the test is started. */
__asm__(".section .rodata\n"
	"contract_disk_text: .incbin \"tests/contract/disk.txt\"\n"
	".byte 0\n"
	".previous\n");
extern const char contract_disk_text[];

static void add_file(struct volume *esp, const char *path, size_t size, uint64_t time, const char *attributes)
{
	uint8_t *bytes = malloc(size + 1);
	struct node *node;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(7 * i + 3);
	node = fake_volume_write(esp, path, bytes, size, time);
	node->attribute |= (strchr(attributes, 'r') ? EFI_FILE_READ_ONLY : 0) |
			   (strchr(attributes, 'h') ? EFI_FILE_HIDDEN : 0) |
			   (strchr(attributes, 's') ? EFI_FILE_SYSTEM : 0);
	free(bytes);
}

static void add_image(struct volume *esp, const char *path, const char *kind)
{
	struct pe_plan plan = { .machine = strcmp(kind, "other-machine") == 0 ? PE_MACHINE_OTHER : PE_MACHINE_X64,
				.subsystem = strcmp(kind, "driver") == 0 ? PE_DRIVER : PE_APPLICATION,
				.build = 1,
				.text = CONTRACT_MARKER };
	size_t size;
	uint8_t *image = fake_pe_build(&plan, &size);

	fake_volume_write(esp, path, image, strcmp(kind, "cut") == 0 ? size / 2 : size, CLOCK_START);
	free(image);
}

void contract_disk_make(struct volume *esp)
{
	char *text = strdup(contract_disk_text);

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char path[600], kind[32], attributes[8] = "";
		unsigned long size, time;

		if (sscanf(line, "file %599s %lu %lu %7s", path, &size, &time, attributes) >= 3)
			add_file(esp, path, size, time, attributes);
		else if (sscanf(line, "image %599s %31s", path, kind) == 2)
			add_image(esp, path, kind);
		else if (line[0] != '#')
			abort();
	}
	free(text);
	add_image(esp, CONTRACT_PROGRAM, "whole");
}
