/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tools/berth.h"
#include "tools/partition.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PIN          "default bootpilot-loader.conf\n"
#define WAS          "#bootpilot: "

/* loader.conf before; as `install --berth entry` leaves it; as `remove` leaves that. */
static const struct {
	const char *before, *pinned, *after;
} confs[] = {
	{ "", PIN, "" },
	{ "timeout 3", "timeout 3\n" PIN, "timeout 3\n" },
	{ "default a\n", WAS "default a\n" PIN, "default a\n" },
	{ "default a\ndefault b\n", WAS "default a\n" WAS "default b\n" PIN, "default a\ndefault b\n" },
	{ "\tdefault  a \r\n", WAS "\tdefault  a \r\n" PIN, "\tdefault  a \r\n" },
	{ "preferred a\n", WAS "preferred a\n" PIN, "preferred a\n" },
	{ "#default a\n", "#default a\n" PIN, "#default a\n" },
	{ "defaults a\n", "defaults a\n" PIN, "defaults a\n" },
	{ "default\n", "default\n" PIN, "default\n" },
	{ PIN, PIN, "" },
	{ PIN "default a\n", PIN WAS "default a\n", "default a\n" },
	{ PIN PIN, PIN, "" },
	{ "default BOOTPILOT-LOADER.CONF\n", "default BOOTPILOT-LOADER.CONF\n", "" },
	{ "default " /* the other berth's */ "bootpilot" BUILD_ARCH ".efi\n", PIN, "" },
	{ "\n\n# x\n", "\n\n# x\n" PIN, "\n\n# x\n" },
};

static void assert_text(struct text text, const char *wanted, const char *before)
{
	if (!text_equal(text, text_of(wanted)))
		fail_msg("\"%s\" became \"%.*s\", not \"%s\"", before, SHOWN(text), wanted);
}

static void test_loader_conf(void **state)
{
	for (size_t i = 0; i < COUNT(confs); i++) {
		struct heap heap = { NULL };
		struct text before = text_of(confs[i].before);
		struct text pinned = loader_conf_pin(&heap, before, BERTH_ENTRY_ID, berth_ids);
		assert_text(pinned, confs[i].pinned, confs[i].before);
		assert_true(loader_conf_is_pinned(pinned, BERTH_ENTRY_ID));
		/* A second time changes nothing. */
		assert_text(loader_conf_pin(&heap, pinned, BERTH_ENTRY_ID, berth_ids), confs[i].pinned, confs[i].pinned);
		struct text after = loader_conf_unpin(&heap, pinned, berth_ids);
		assert_text(after, confs[i].after, confs[i].pinned);
		assert_text(loader_conf_unpin(&heap, after, berth_ids), confs[i].after, confs[i].after);
		heap_free(&heap);
	}
}

/* A person's default, set after ours, stays; what we had put aside for a return goes. */
static void test_loader_conf_of_a_person(void **state)
{
	struct heap heap = { NULL };
	assert_text(loader_conf_unpin(&heap, TEXT(WAS "default a\n" PIN "default b\n"), berth_ids), "default b\n", "b after us");
	assert_text(loader_conf_unpin(&heap, TEXT("default b\n"), berth_ids), "default b\n", "never ours");
	heap_free(&heap);
}

static const struct {
	unsigned parts;
	const char *words;
} words[] = {
	{ 0, "" },
	{ PART_DRIVER, "driver" },
	{ PART_APPLICATION, "" },
	{ PART_BEHIND, "" },
	{ PART_DRIVER | PART_APPLICATION | PART_BEHIND, "driver+net" },
	{ PART_APPLICATION | PART_FRONT, "first" },
	{ PART_APPLICATION | PART_COPY | PART_ENTRY | PART_DEFAULT_ENTRY | PART_BEHIND, "entry" },
	{ PART_APPLICATION | PART_ENTRY | PART_DEFAULT_ENTRY, "entry" },
	{ PART_APPLICATION | PART_ENTRY, "" },
	{ PART_TYPE2 | PART_COPY | PART_DEFAULT_TYPE2 | PART_BEHIND, "type2" },
	{ PART_TYPE2, "" },
};

static void test_what_is_installed(void **state)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		struct heap heap = { NULL };
		assert_text(berth_words(&heap, words[i].parts), words[i].words, "the parts");
		heap_free(&heap);
	}
	for (const struct berth *berth = berths; berth->name; berth++) {
		struct heap heap = { NULL };
		assert_text(berth_words(&heap, berth->parts), berth->name, berth->name);
		assert_ptr_equal(berth_named(berth->name), berth);
		heap_free(&heap);
	}
	assert_null(berth_named("roof"));
}

/* The image of a disk that sfdisk has made. */
static void disk_make(char path[32], const char *table)
{
	char command[512];
	strcpy(path, "/tmp/bootpilot-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0 && ftruncate(fd, 64 << 20) == 0);
	close(fd);
	snprintf(command, sizeof(command), "printf '%s' | /sbin/sfdisk --quiet %s", table, path);
	assert_int_equal(system(command), 0); /* package fdisk */
}

static void test_partition(void **state)
{
	static const uint8_t wanted[PARTITION_NODE_SIZE] = {
		4, 1, 42, 0, 2, 0, 0, 0,                                         /* hard drive, 42 bytes, partition 2 */
		0, 0x28, 0, 0, 0, 0, 0, 0,    0, 0x10, 0, 0, 0, 0, 0, 0,         /* from block 10240, 4096 blocks */
		0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0x78, 0x56, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, /* its GUID */
		2, 2,                                                            /* of a GPT, by GUID */
	};
	uint8_t node[PARTITION_NODE_SIZE];
	char path[32];
	disk_make(path, "label: gpt\\nstart=2048,size=8192\\nstart=10240,size=4096,uuid=12345678-1234-5678-1234-56789ABCDEF0\\n");
	assert_int_equal(partition_node(path, 2, node), 0);
	assert_memory_equal(node, wanted, sizeof(wanted));
	assert_int_equal(partition_node(path, 1, node), 0);
	assert_int_equal(partition_node(path, 3, node), -ENOENT);
	unlink(path);
	disk_make(path, "label: dos\\nstart=2048,size=8192\\n");
	assert_int_equal(partition_node(path, 1, node), -ENOTSUP);
	unlink(path);
	assert_int_equal(partition_node("/nowhere/at-all", 1, node), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loader_conf),
		cmocka_unit_test(test_loader_conf_of_a_person),
		cmocka_unit_test(test_what_is_installed),
		cmocka_unit_test(test_partition),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
