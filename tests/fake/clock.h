/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - time, events and the watchdog. Nothing here waits: Stall and WaitForEvent move the fake's own clock, so that a
 * countdown of ten seconds takes no time and an endless wait is seen at once. */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <efi.h>

#define CLOCK_SECOND UINT64_C(10000000)   /* ticks of 100 ns, UEFI's unit of timers */
#define CLOCK_START  UINT64_C(1767225600) /* 2026-01-01, seconds of Unix time at the first power-on */

void fake_clock_power_on(void);
void fake_clock_power_off(void);
void fake_clock_install(EFI_BOOT_SERVICES *boot, EFI_RUNTIME_SERVICES *runtime);

uint64_t fake_clock_now(void); /* ticks since power-on */
/* Lets time go by; the watchdog may end the power cycle in it. */
void fake_clock_advance(uint64_t ticks);
EFI_TIME fake_clock_time_of(uint64_t unix_s);

void fake_clock_set_watchdog(uint64_t seconds); /* 0 disarms */
uint64_t fake_clock_watchdog(void);             /* seconds left, 0: not armed */

/* The event of ConIn->WaitForKey: signalled while a scripted key is due. */
EFI_EVENT fake_clock_key_event(void);

void fake_clock_check_leaks(unsigned owner); /* events not closed */

#endif
