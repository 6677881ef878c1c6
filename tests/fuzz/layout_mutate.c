/* SPDX-License-Identifier: Apache-2.0 */
#include "layout_mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MOST 160u
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))

static const char *const counters[] = { "", "+3", "+1", "+2-1", "+1-2", "+0-3", "+0", "+9-1" };
static const char *const roles[] = { "active", "passive", "recovery", "statereset" };
static const char *const berths[] = { "driver", "entry", "type2", "first", "net" };
static const unsigned series[] = { 252, 254, 257, 262 };
static const char *const ends[] = { "fails", "works", "blessed", "resets" };

static unsigned dice(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % sides;
}

/* Puts LEN bytes in the place of DROP bytes at AT. What has no room is left as it was. */
static size_t replace(uint8_t *data, size_t size, size_t max, size_t at, size_t drop, const char *bytes)
{
	size_t len = strlen(bytes);

	if (size - drop + len > max)
		return size;
	memmove(data + at + len, data + at + drop, size - at - drop);
	memcpy(data + at, bytes, len);
	return size - drop + len;
}

/* The beginning of a line, any. */
static size_t any_line(const uint8_t *data, size_t size, unsigned *seed)
{
	size_t at = size ? dice(seed, (unsigned)size) : 0;

	while (at > 0 && data[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_length(const uint8_t *data, size_t size, size_t at)
{
	const uint8_t *end = memchr(data + at, '\n', size - at);

	return end ? (size_t)(end - data) + 1 - at : size - at;
}

static void new_line(char line[LINE_MOST], unsigned *seed)
{
	const char *role = roles[dice(seed, COUNT(roles))], *counter = counters[dice(seed, COUNT(counters))];

	switch (dice(seed, 8)) {
	case 0:
		snprintf(line, LINE_MOST, "entry %s%s.conf|title a%%0Alinux /EFI/test/%s.efi%%0A\n", role, counter, role);
		break;
	case 1:
		snprintf(line, LINE_MOST, "uki %s%s.efi|ID=os%%0APRETTY_NAME=a%%0A|%u\n", role, counter, dice(seed, 7));
		break;
	case 2:
		snprintf(line, LINE_MOST, "image /EFI/test/%s.efi|%u\n", role, dice(seed, 6));
		break;
	case 3:
		snprintf(line, LINE_MOST, "x %u|%u\n", dice(seed, 400), dice(seed, 8));
		break;
	case 4:
		snprintf(line, LINE_MOST, "outage %u|%u|%u\n", dice(seed, 60), dice(seed, 20), dice(seed, 8));
		break;
	case 5:
		snprintf(line, LINE_MOST, "go %s\n", ends[dice(seed, COUNT(ends))]);
		break;
	case 6:
		snprintf(line, LINE_MOST, "nvram %u|\n", dice(seed, 4));
		break;
	default:
		snprintf(line, LINE_MOST, "text LoaderEntry%s|7|%s.conf\n", dice(seed, 2) ? "OneShot" : "Default", role);
	}
}

/* Another counter for the name in the line at AT. */
static size_t new_counter(uint8_t *data, size_t size, size_t max, size_t at, unsigned *seed)
{
	size_t end = at + line_length(data, size, at), from = at, dot;

	while (from < end && data[from] != '+' && data[from] != '.')
		from++;
	for (dot = from; dot < end && data[dot] != '.' && data[dot] != '|';)
		dot++;
	return dot < end && data[dot] == '.' ? replace(data, size, max, from, dot - from, counters[dice(seed, COUNT(counters))])
					     : size;
}

size_t layout_mutate(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	size_t at = any_line(data, size, &seed);
	char line[LINE_MOST] = "";

	switch (dice(&seed, 6)) {
	case 0:
	case 1:
		return new_counter(data, size, max, at, &seed);
	case 2:
		return replace(data, size, max, at, line_length(data, size, at), "");
	case 3: /* the first such line holds */
		snprintf(line, sizeof(line), "machine %s|%u\n", berths[dice(&seed, COUNT(berths))],
			 series[dice(&seed, COUNT(series))]);
		return replace(data, size, max, 0, size && data[0] == 'm' ? line_length(data, size, 0) : 0, line);
	case 4:
		new_line(line, &seed);
		return replace(data, size, max, at, line_length(data, size, at), line);
	default:
		new_line(line, &seed);
		return replace(data, size, max, at, 0, line);
	}
}
