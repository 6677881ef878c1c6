/* SPDX-License-Identifier: Apache-2.0 */
#include "laws.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "power.h"

#define FAILURES_MAX   8u
#define VIOLATIONS_MAX 32u
#define TRACE_MAX      8192u

static struct {
	uint64_t calls[SERVICE_COUNT + 1]; /* the last one counts all */
	uint8_t trace[TRACE_MAX]; /* the first calls, in their order */
	uint64_t limit;
	char violations[VIOLATIONS_MAX][200];
	size_t broken;
	unsigned owner, last_owner;
} laws = { .limit = CALLS_MAX };

static struct {
	uint64_t n; /* 0: free */
	EFI_STATUS status;
} failures[FAILURES_MAX];
static enum service failed_service;
static struct {
	enum service service;
	uint64_t from; /* 0: none */
	EFI_STATUS status;
} outage;

const char *service_name(enum service service)
{
	static const char *const names[] = {
#define X(name) [SERVICE_##name] = #name,
		SERVICES(X)
#undef X
			[SERVICE_COUNT] = "all",
	};

	return names[service];
}

void laws_power_on(void)
{
	memset(laws.calls, 0, sizeof(laws.calls));
	laws.broken = 0;
	laws.owner = laws.last_owner = 0;
}

EFI_STATUS laws_call(enum service service)
{
	if (laws.owner == 0)
		return EFI_SUCCESS;
	laws.calls[service]++;
	if (laws.calls[SERVICE_COUNT] < TRACE_MAX)
		laws.trace[laws.calls[SERVICE_COUNT]] = (uint8_t)service;
	if (++laws.calls[SERVICE_COUNT] > laws.limit) {
		laws_break("more than %llu firmware calls", (unsigned long long)laws.limit);
		power_end(OUTCOME_ENDLESS);
	}
	for (size_t i = 0; i < FAILURES_MAX; i++)
		if (failures[i].n == laws.calls[SERVICE_COUNT]) {
			failures[i].n = 0;
			failed_service = service;
			return failures[i].status;
		}
	if (outage.from && outage.service == service && laws.calls[service] >= outage.from)
		return outage.status;
	return EFI_SUCCESS;
}

uint64_t laws_calls(enum service service)
{
	return laws.calls[service];
}

enum service laws_call_at(uint64_t n)
{
	return n > 0 && n <= laws.calls[SERVICE_COUNT] && n <= TRACE_MAX ? (enum service)laws.trace[n - 1]
									  : SERVICE_COUNT;
}

void laws_set_limit(uint64_t calls)
{
	laws.limit = calls ? calls : CALLS_MAX;
}

void fake_fail(uint64_t n, EFI_STATUS status)
{
	for (size_t i = 0; i < FAILURES_MAX; i++)
		if (failures[i].n == 0) {
			failures[i].n = n;
			failures[i].status = status;
			return;
		}
}

void fake_fail_service(enum service service, uint64_t n, EFI_STATUS status)
{
	outage.service = service;
	outage.from = n;
	outage.status = status;
}

void fake_fail_none(void)
{
	outage.from = 0;
	memset(failures, 0, sizeof(failures));
}

unsigned fake_failures_waiting(void)
{
	unsigned waiting = 0;

	for (size_t i = 0; i < FAILURES_MAX; i++)
		waiting += failures[i].n != 0;
	return waiting;
}

enum service fake_failed_service(void)
{
	return failed_service;
}

void laws_break(const char *format, ...)
{
	va_list arguments;

	if (laws.broken < VIOLATIONS_MAX) {
		va_start(arguments, format);
		vsnprintf(laws.violations[laws.broken], sizeof(laws.violations[0]), format, arguments);
		va_end(arguments);
	}
	laws.broken++;
}

size_t laws_broken(void)
{
	return laws.broken;
}

const char *laws_violation(size_t n)
{
	return n < laws.broken && n < VIOLATIONS_MAX ? laws.violations[n] : "";
}

unsigned laws_owner(void)
{
	return laws.owner;
}

unsigned laws_owner_set(unsigned owner)
{
	unsigned before = laws.owner;

	laws.owner = owner;
	return before;
}

unsigned laws_owner_new(void)
{
	return ++laws.last_owner;
}
