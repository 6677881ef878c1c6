/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

const struct release release_252 = { "systemd-boot 252", 0x7FF, true, true, false, false };
const struct release release_257 = { "systemd-boot 257", 0x7FFF, false, true, false, false };
const struct release release_262 = { "systemd-boot 262", 0x3FFFFF, false, false, true, true };

static bool is_listed(const struct world *world, const struct life *life, enum role role)
{
	if (world->key == CONF_KEY_UKI && !world->release->knows_uki)
		return false;
	return world->broken_listed || !(life->broken & (1u << role));
}

static void add(struct listing *list, const struct life *life, enum role role, unsigned left)
{
	if (life->files[role] & (left == LEFT_GOOD ? FILE_GOOD : FILE_OF(left)))
		list->at[list->count++] = (struct file){ (uint8_t)role, (uint8_t)left };
}

/* Files of one id: with the counter in it, the id counts down and comes before the plain name; without, the plain name
 * comes first, and more tries before fewer. */
static void add_role(const struct world *world, const struct life *life, enum role role, struct listing *ret)
{
	if (!world->release->ids_with_counter)
		add(ret, life, role, LEFT_GOOD);
	for (unsigned left = LEFT_MAX; left > 0; left--)
		add(ret, life, role, left);
	if (world->release->ids_with_counter)
		add(ret, life, role, LEFT_GOOD);
}

/* Exhausted ones last; among the others by sort-key, which goes with the role, or by id downwards. */
void loader_list(const struct world *world, const struct life *life, struct listing *ret)
{
	ret->count = 0;
	for (int exhausted = 0; exhausted <= 1; exhausted++) {
		for (unsigned i = 0; i < ROLE_COUNT; i++) {
			/* statereset, recovery, passive, active: the alphabet backwards is the order of roles backwards */
			enum role role = (enum role)(world->unsorted ? ROLE_RESET - i : i);
			if (!is_listed(world, life, role))
				continue;
			if (exhausted)
				add(ret, life, role, 0);
			else
				add_role(world, life, role, ret);
		}
	}
}

/* The set at *P, behind its '[', holds C. Moves *P behind its ']'. Bootpilot writes plain sets: no range. */
static bool set_holds(const char **p, const char *end, char c)
{
	bool holds = false;
	while (*p < end && **p != ']')
		holds |= *(*p)++ == c;
	(*p)++;
	return holds;
}

static bool matches(const char *p, const char *p_end, const char *s, const char *s_end)
{
	while (p < p_end) {
		char c = *p++;
		if (c == '*') {
			for (const char *rest = s; rest <= s_end; rest++)
				if (matches(p, p_end, rest, s_end))
					return true;
			return false;
		}
		if (s == s_end)
			return false;
		if (c == '[') {
			if (!set_holds(&p, p_end, *s))
				return false;
		} else {
			if (c == '\\' && p < p_end)
				c = *p++;
			if (c != *s && c != '?')
				return false;
		}
		s++;
	}
	return s == s_end;
}

struct file loader_pick(const struct world *world, const struct listing *list, struct text pattern, bool *ret_by_itself)
{
	*ret_by_itself = false;
	for (unsigned i = 0; pattern.len && i < list->count; i++) {
		struct text id = file_id(world->release, list->at[i].role, list->at[i].left);
		if (matches(pattern.at, pattern.at + pattern.len, id.at, id.at + id.len))
			return list->at[i];
	}
	*ret_by_itself = true;
	return list->count ? list->at[0] : (struct file){ ROLE_NONE, LEFT_NEVER };
}

struct file loader_pick_role(const struct listing *list, enum role role)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->at[i].role == role)
			return list->at[i];
	return (struct file){ ROLE_NONE, LEFT_NEVER };
}

bool loader_counts(const struct world *world, const struct life *life, struct file file, struct file *ret_next)
{
	if (file.role == ROLE_NONE || file.left == LEFT_GOOD || life->read_only ||
	    (world->key == CONF_KEY_EFI && !world->release->counts_efi))
		return false;
	*ret_next = (struct file){ file.role, (uint8_t)(file.left ? file.left - 1 : 0) };
	/* FAT knows no rename onto a name that is taken. +0-3 to +0-4 always succeeds. */
	return file.left == 0 || !(life->files[file.role] & FILE_OF(ret_next->left));
}

static uint8_t bit_of(struct file file)
{
	return (uint8_t)(file.left == LEFT_GOOD ? FILE_GOOD : FILE_OF(file.left));
}

uint8_t files_renamed(uint8_t files, struct file file, struct file next)
{
	return (uint8_t)((files & ~bit_of(file)) | bit_of(next));
}
