/* SPDX-License-Identifier: Apache-2.0 */
#include "volume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct volume *volumes;

static struct node *node_new(struct node *parent, const char *name, size_t name_len, bool is_directory)
{
	struct node *node = calloc(1, sizeof(*node));

	node->name = strndup(name, name_len);
	node->parent = parent;
	node->is_directory = is_directory;
	node->attribute = is_directory ? EFI_FILE_DIRECTORY : EFI_FILE_ARCHIVE;
	if (parent) {
		parent->children = realloc(parent->children, (parent->child_count + 1) * sizeof(node));
		parent->children[parent->child_count++] = node;
	}
	return node;
}

static void node_unlink(struct node *node)
{
	struct node *parent = node->parent;
	size_t i = 0;

	while (parent->children[i] != node)
		i++;
	memmove(parent->children + i, parent->children + i + 1, (parent->child_count - i - 1) * sizeof(node));
	parent->child_count--;
}

static void node_free(struct node *node)
{
	for (size_t i = 0; i < node->child_count; i++)
		node_free(node->children[i]);
	free(node->children);
	free(node->bytes);
	free(node->name);
	free(node);
}

static struct node *child_of(const struct node *directory, const char *name, size_t len)
{
	for (size_t i = 0; i < directory->child_count; i++) {
		struct node *child = directory->children[i];

		if (strncasecmp(child->name, name, len) == 0 && child->name[len] == '\0')
			return child;
	}
	return NULL;
}

struct node *fake_node_child(const struct node *directory, const char *name)
{
	return child_of(directory, name, strlen(name));
}

/* The node at PATH. With MAKE, directories on the way are made, and the last name as a file. */
static struct node *walk(const struct volume *volume, const char *path, bool make)
{
	struct node *node = volume->root;

	while (node) {
		size_t len;
		struct node *child;

		path += strspn(path, "\\");
		len = strcspn(path, "\\");
		if (len == 0)
			return node;
		if (!node->is_directory)
			return NULL;
		child = child_of(node, path, len);
		if (!child && make)
			child = node_new(node, path, len, path[len] != '\0');
		node = child;
		path += len;
	}
	return NULL;
}

struct node *fake_volume_find(const struct volume *volume, const char *path)
{
	return walk(volume, path, false);
}

struct node *fake_volume_write(struct volume *volume, const char *path, const void *bytes, size_t size, uint64_t time)
{
	struct node *node = walk(volume, path, true);

	if (!node || node->is_directory)
		abort(); /* a test writes over a directory */
	free(node->bytes);
	node->bytes = malloc(size ? size : 1);
	if (size)
		memcpy(node->bytes, bytes, size);
	node->size = size;
	node->time = time & ~UINT64_C(1); /* FAT keeps two-second steps */
	return node;
}

struct node *fake_volume_write_text(struct volume *volume, const char *path, const char *text, uint64_t time)
{
	return fake_volume_write(volume, path, text, strlen(text), time);
}

bool fake_volume_remove(struct volume *volume, const char *path)
{
	struct node *node = fake_volume_find(volume, path);

	if (!node || !node->parent)
		return false;
	node_unlink(node);
	node_free(node);
	return true;
}

bool fake_volume_rename(struct volume *volume, const char *path, const char *name)
{
	struct node *node = fake_volume_find(volume, path), *there;

	if (!node || !node->parent || volume->read_only)
		return false;
	there = fake_node_child(node->parent, name);
	if (there && there != node)
		return false;
	node_unlink(node);
	node->parent->children[node->parent->child_count++] = node;
	free(node->name);
	node->name = strdup(name);
	return true;
}

void fake_node_path(const struct node *node, char *path, size_t size)
{
	if (!node->parent) {
		snprintf(path, size, "%s", "");
		return;
	}
	fake_node_path(node->parent, path, size);
	snprintf(path + strlen(path), size - strlen(path), "\\%s", node->name);
}

static uint64_t hash_on(uint64_t hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static uint64_t node_hash(uint64_t hash, const struct node *node)
{
	hash = hash_on(hash, node->name, strlen(node->name) + 1);
	hash = hash_on(hash, &node->time, sizeof(node->time));
	hash = hash_on(hash, node->bytes, node->size);
	for (size_t i = 0; i < node->child_count; i++)
		hash = node_hash(hash, node->children[i]);
	return hash;
}

uint64_t fake_volume_hash(const struct volume *volume)
{
	return node_hash(UINT64_C(0xcbf29ce484222325), volume->root);
}

struct volume *fake_volume_new(enum partition partition, unsigned disk, const char *label)
{
	struct volume *volume = calloc(1, sizeof(*volume)), **end = &volumes;

	volume->partition = partition;
	volume->disk = disk;
	volume->number = partition == PARTITION_NONE ? 0 : 1;
	for (; *end; end = &(*end)->next)
		if ((*end)->disk == disk)
			volume->number++;
	*end = volume;
	for (size_t i = 0; i < sizeof(volume->guid); i++)
		volume->guid[i] = (uint8_t)(0x10 * (disk + 1) + volume->number + 7 * i);
	if (partition == PARTITION_MBR) {
		memset(volume->guid, 0, sizeof(volume->guid)); /* an MBR disk's signature is 32 bits, the rest is 0 */
		memcpy(volume->guid, "\x5a\xa5\x01", 3);
		volume->guid[3] = (uint8_t)disk;
	}
	volume->serial = 0xB0070000u + 0x100u * disk + volume->number;
	snprintf(volume->label, sizeof(volume->label), "%s", label);
	volume->root = node_new(NULL, "", 0, true);
	return volume;
}

struct volume *fake_volumes_first(void)
{
	return volumes;
}

void fake_volumes_remove_all(void)
{
	while (volumes) {
		struct volume *next = volumes->next;

		node_free(volumes->root);
		if (volumes->saved)
			node_free(volumes->saved);
		free(volumes);
		volumes = next;
	}
}

static struct node *node_copy(const struct node *node, struct node *parent)
{
	struct node *copy = malloc(sizeof(*copy));

	*copy = *node;
	copy->parent = parent;
	copy->name = strdup(node->name);
	copy->children = malloc((node->child_count + 1) * sizeof(*copy->children));
	for (size_t i = 0; i < node->child_count; i++)
		copy->children[i] = node_copy(node->children[i], copy);
	copy->bytes = malloc(node->size ? node->size : 1);
	if (node->size)
		memcpy(copy->bytes, node->bytes, node->size);
	return copy;
}

void fake_volumes_save(void)
{
	for (struct volume *volume = volumes; volume; volume = volume->next) {
		if (volume->saved)
			node_free(volume->saved);
		volume->saved = node_copy(volume->root, NULL);
	}
}

void fake_volumes_restore(void)
{
	for (struct volume *volume = volumes; volume; volume = volume->next) {
		if (!volume->saved)
			continue;
		node_free(volume->root);
		volume->root = node_copy(volume->saved, NULL);
	}
}
