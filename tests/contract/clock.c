/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting, and the watchdog. */
#include "contract.h"

#define MS 10000u /* ticks of 100 ns */

/* Stall waits as long as it is told: a timer of less time is over then, and one of much more is not. */
static void check_stall(struct contract *c)
{
	EFI_EVENT early = NULL, late = NULL;

	if (EFI_ERROR(c->boot->CreateEvent(EVT_TIMER, TPL_APPLICATION, NULL, NULL, &early)) ||
	    EFI_ERROR(c->boot->CreateEvent(EVT_TIMER, TPL_APPLICATION, NULL, NULL, &late))) {
		claim(c, "Stall", "there are timers to measure it by", false);
		return;
	}
	c->boot->SetTimer(early, TimerRelative, 20 * MS);
	c->boot->SetTimer(late, TimerRelative, 60000 * MS);
	claim_status(c, "Stall", "100 ms", c->boot->Stall(100000), EFI_SUCCESS);
	claim_status(c, "Stall", "after it a timer of 20 ms is over", c->boot->CheckEvent(early), EFI_SUCCESS);
	claim_status(c, "Stall", "and one of a minute is not", c->boot->CheckEvent(late), EFI_NOT_READY);
	c->boot->CloseEvent(early);
	c->boot->CloseEvent(late);
}

static void check_watchdog(struct contract *c)
{
	static uint16_t why[] = u"contract";

	claim_status(c, "SetWatchdogTimer", "300 s, with a code above 0xffff and a text",
		     c->boot->SetWatchdogTimer(300, 0x1b007, sizeof(why), why), EFI_SUCCESS);
	claim_status(c, "SetWatchdogTimer", "65535 s", c->boot->SetWatchdogTimer(65535, 0x1b007, sizeof(why), why),
		     EFI_SUCCESS);
	claim_status(c, "SetWatchdogTimer", "1 s, which is over unless it is set anew",
		     c->boot->SetWatchdogTimer(1, 0x1b007, sizeof(why), why), EFI_SUCCESS);
	claim_status(c, "SetWatchdogTimer", "set anew, before that",
		     c->boot->SetWatchdogTimer(300, 0x1b007, sizeof(why), why), EFI_SUCCESS);
	c->boot->Stall(1500000);
	claim(c, "SetWatchdogTimer", "only the last time counts", true);
	claim_status(c, "SetWatchdogTimer", "0 s switch it off", c->boot->SetWatchdogTimer(0, 0x1b007, 0, NULL),
		     EFI_SUCCESS);
}

void check_clock(struct contract *c)
{
	check_stall(c);
	check_watchdog(c);
}
