/* SPDX-License-Identifier: Apache-2.0 */
#include "cost.h"

#include <stdio.h>
#include <string.h>

#include "firmware.h"
#include "laws.h"
#include "os.h"
#include "pool.h"
#include "variables.h"

#define KIB 1024u

static unsigned writes; /* in the last power cycle; the count is gone when the power is */

static void watch(void)
{
	fake_os_watch();
	writes = fake_variables_writes();
}

/* Adds what was read of NODE and below it. */
static void add_reading(const struct node *node, struct cost *cost)
{
	if (node->is_directory)
		cost->names += node->read;
	else if (strstr(node->name, ".conf"))
		cost->conf_bytes += node->read;
	else {
		cost->image_bytes += node->read;
		if (node->read > cost->largest_image)
			cost->largest_image = node->read;
	}
	for (size_t i = 0; i < node->child_count; i++)
		add_reading(node->children[i], cost);
}

static void forget_reading(struct node *node)
{
	node->read = 0;
	for (size_t i = 0; i < node->child_count; i++)
		forget_reading(node->children[i]);
}

enum outcome fake_cost_boot(struct stage *stage, struct cost *ret)
{
	enum outcome outcome;

	fake_firmware_watch(watch);
	forget_reading(stage->machine.esp->root);
	outcome = fake_machine_boot(&stage->machine);
	*ret = (struct cost){ .calls = laws_calls(SERVICE_COUNT),
			      .variables_read = laws_calls(SERVICE_GET_VARIABLE),
			      .variables_set = laws_calls(SERVICE_SET_VARIABLE),
			      .writes = writes,
			      .memory = fake_pool_peak(),
			      .violation = laws_broken() ? laws_violation(0) : NULL };
	add_reading(stage->machine.esp->root, ret);
	return outcome;
}

void fake_cost_print(const char *what, const struct cost *cost)
{
	printf("%s: %zu KiB of memory, %llu calls, %llu names, %llu bytes of .conf, %llu of images (%llu of one), "
	       "variables: %llu read, %llu set, %u of them lasting\n",
	       what, cost->memory / KIB, (unsigned long long)cost->calls, (unsigned long long)cost->names,
	       (unsigned long long)cost->conf_bytes, (unsigned long long)cost->image_bytes,
	       (unsigned long long)cost->largest_image, (unsigned long long)cost->variables_read,
	       (unsigned long long)cost->variables_set, cost->writes);
}
