/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "laws.h"
#include "power.h"

struct event {
	struct event *next;
	unsigned owner;
	UINT32 type;
	bool is_key, signalled, armed;
	uint64_t due, period; /* ticks; period 0: once */
	EFI_EVENT_NOTIFY notify;
	void *context;
};

static struct event *events;
static struct event key_event = { .is_key = true };
static uint64_t now, watchdog_due; /* ticks; watchdog 0: not armed */
static EFI_TPL level;

uint64_t fake_clock_now(void)
{
	return now;
}

void fake_clock_set_watchdog(uint64_t seconds)
{
	watchdog_due = seconds ? now + seconds * CLOCK_SECOND : 0;
}

uint64_t fake_clock_watchdog(void)
{
	return watchdog_due > now ? (watchdog_due - now + CLOCK_SECOND - 1) / CLOCK_SECOND : 0;
}

static void fire_timers(void)
{
	for (struct event *event = events; event; event = event->next) {
		if (!event->armed || event->due > now)
			continue;
		event->signalled = true;
		event->armed = event->period != 0;
		if (event->armed)
			event->due += ((now - event->due) / event->period + 1) * event->period;
		if (event->notify && (event->type & EVT_NOTIFY_SIGNAL))
			event->notify(event, event->context);
	}
}

void fake_clock_advance(uint64_t ticks)
{
	if (watchdog_due && watchdog_due <= now + ticks) {
		now = watchdog_due;
		power_end(OUTCOME_WATCHDOG);
	}
	now += ticks;
	fire_timers();
}

static struct event *event_find(EFI_EVENT handle)
{
	if (handle == &key_event)
		return &key_event;
	for (struct event *event = events; event; event = event->next)
		if (event == handle)
			return event;
	return NULL;
}

EFI_EVENT fake_clock_key_event(void)
{
	return &key_event;
}

static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
	EFI_STATUS injected = laws_call(SERVICE_STALL);

	fake_clock_advance((uint64_t)microseconds * 10);
	return injected;
}

static EFI_STATUS EFIAPI set_watchdog(UINTN seconds, UINT64 code, UINTN size, CHAR16 *data)
{
	EFI_STATUS injected = laws_call(SERVICE_SET_WATCHDOG);

	if (EFI_ERROR(injected))
		return injected;
	if (code > 0 && code <= 0xFFFF) /* reserved for firmware */
		return EFI_INVALID_PARAMETER;
	if (size && !data)
		return EFI_INVALID_PARAMETER;
	fake_clock_set_watchdog(seconds);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify, VOID *context, EFI_EVENT *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_CREATE_EVENT);
	struct event *event;

	if (EFI_ERROR(injected))
		return injected;
	if (!ret || ((type & (EVT_NOTIFY_SIGNAL | EVT_NOTIFY_WAIT)) && (!notify || tpl < TPL_CALLBACK)))
		return EFI_INVALID_PARAMETER;
	event = calloc(1, sizeof(*event));
	event->type = type;
	event->notify = notify;
	event->context = context;
	event->owner = laws_owner();
	event->next = events;
	events = event;
	*ret = event;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_timer(EFI_EVENT handle, EFI_TIMER_DELAY how, UINT64 ticks)
{
	EFI_STATUS injected = laws_call(SERVICE_SET_TIMER);
	struct event *event = event_find(handle);

	if (EFI_ERROR(injected))
		return injected;
	if (!event || !(event->type & EVT_TIMER))
		return EFI_INVALID_PARAMETER;
	event->armed = how != TimerCancel;
	event->due = now + ticks;
	event->period = how == TimerPeriodic ? (ticks ? ticks : CLOCK_SECOND / 100) : 0;
	return EFI_SUCCESS;
}

static bool event_is_due(struct event *event)
{
	return event->is_key ? fake_console_key_is_due() : event->signalled;
}

/* The next moment at which anything can happen; 0: nothing ever will. */
static uint64_t next_moment(void)
{
	uint64_t next = fake_console_next_key();

	for (struct event *event = events; event; event = event->next)
		if (event->armed && (next == 0 || event->due < next))
			next = event->due;
	return next;
}

static EFI_STATUS EFIAPI wait_for_event(UINTN count, EFI_EVENT *list, UINTN *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_WAIT_FOR_EVENT);

	if (EFI_ERROR(injected))
		return injected;
	if (count == 0 || !list || !ret)
		return EFI_INVALID_PARAMETER;
	if (level != TPL_APPLICATION)
		return EFI_UNSUPPORTED;
	for (;;) {
		uint64_t next;

		for (UINTN i = 0; i < count; i++) {
			struct event *event = event_find(list[i]);

			if (!event || (event->type & EVT_NOTIFY_SIGNAL)) {
				*ret = i;
				return EFI_INVALID_PARAMETER;
			}
			if (!event_is_due(event))
				continue;
			event->signalled = false;
			*ret = i;
			return EFI_SUCCESS;
		}
		next = next_moment();
		if (next == 0 && watchdog_due == 0)
			power_end(OUTCOME_HANG);
		fake_clock_advance(next == 0 ? watchdog_due - now : next > now ? next - now : 1);
	}
}

static EFI_STATUS EFIAPI check_event(EFI_EVENT handle)
{
	EFI_STATUS injected = laws_call(SERVICE_CHECK_EVENT);
	struct event *event = event_find(handle);

	if (EFI_ERROR(injected))
		return injected;
	if (!event || (event->type & EVT_NOTIFY_SIGNAL))
		return EFI_INVALID_PARAMETER;
	if (!event_is_due(event))
		return EFI_NOT_READY;
	event->signalled = false;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI signal_event(EFI_EVENT handle)
{
	EFI_STATUS injected = laws_call(SERVICE_SIGNAL_EVENT);
	struct event *event = event_find(handle);

	if (EFI_ERROR(injected))
		return injected;
	if (!event)
		return EFI_INVALID_PARAMETER;
	event->signalled = true;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_event(EFI_EVENT handle)
{
	EFI_STATUS injected = laws_call(SERVICE_CLOSE_EVENT);

	for (struct event **link = &events; *link; link = &(*link)->next)
		if (*link == handle) {
			struct event *event = *link;

			*link = event->next;
			free(event);
			return injected;
		}
	laws_break("CloseEvent of no event");
	return EFI_INVALID_PARAMETER;
}

static EFI_TPL EFIAPI raise_tpl(EFI_TPL to)
{
	EFI_TPL before = level;

	laws_call(SERVICE_RAISE_TPL);
	if (to < level)
		laws_break("RaiseTPL downwards");
	level = to;
	return before;
}

static VOID EFIAPI restore_tpl(EFI_TPL to)
{
	laws_call(SERVICE_RESTORE_TPL);
	if (to > level)
		laws_break("RestoreTPL upwards");
	level = to;
}

EFI_TIME fake_clock_time_of(uint64_t unix_s)
{
	/* Days to a civil date, era by era (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
	uint64_t z = unix_s / 86400 + 719468, era = z / 146097, doe = z % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	uint64_t month = mp < 10 ? mp + 3 : mp - 9;
	EFI_TIME time = { 0 };

	time.Year = (UINT16)(yoe + era * 400 + (month <= 2));
	time.Month = (UINT8)month;
	time.Day = (UINT8)(doy - (153 * mp + 2) / 5 + 1);
	time.Hour = (UINT8)(unix_s % 86400 / 3600);
	time.Minute = (UINT8)(unix_s % 3600 / 60);
	time.Second = (UINT8)(unix_s % 60);
	time.TimeZone = EFI_UNSPECIFIED_TIMEZONE;
	return time;
}

static EFI_STATUS EFIAPI get_time(EFI_TIME *ret, EFI_TIME_CAPABILITIES *capabilities)
{
	EFI_STATUS injected = laws_call(SERVICE_GET_TIME);

	if (EFI_ERROR(injected))
		return injected;
	if (!ret)
		return EFI_INVALID_PARAMETER;
	*ret = fake_clock_time_of(CLOCK_START + now / CLOCK_SECOND);
	if (capabilities)
		*capabilities = (EFI_TIME_CAPABILITIES){ .Resolution = 1, .Accuracy = 50000000 };
	return EFI_SUCCESS;
}

void fake_clock_check_leaks(unsigned owner)
{
	for (struct event *event = events; event; event = event->next)
		if (event->owner == owner)
			laws_break("leak: an event is not closed");
	if (level != TPL_APPLICATION)
		laws_break("left at task priority %llu", (unsigned long long)level);
}

void fake_clock_power_on(void)
{
	now = 0;
	watchdog_due = 0;
	level = TPL_APPLICATION;
}

void fake_clock_power_off(void)
{
	while (events) {
		struct event *next = events->next;

		free(events);
		events = next;
	}
}

void fake_clock_install(EFI_BOOT_SERVICES *boot, EFI_RUNTIME_SERVICES *runtime)
{
	boot->Stall = stall;
	boot->SetWatchdogTimer = set_watchdog;
	boot->CreateEvent = create_event;
	boot->SetTimer = set_timer;
	boot->WaitForEvent = wait_for_event;
	boot->CheckEvent = check_event;
	boot->SignalEvent = signal_event;
	boot->CloseEvent = close_event;
	boot->RaiseTPL = raise_tpl;
	boot->RestoreTPL = restore_tpl;
	runtime->GetTime = get_time;
}
