/* SPDX-License-Identifier: Apache-2.0 */
/* handoff.h - giving the machine to systemd-boot, or taking it away from everybody. */
#ifndef BOOTPILOT_HANDOFF_H
#define BOOTPILOT_HANDOFF_H

#include "berth.h"
#include "firmware.h"
#include "shared/policy.h"

/* Starts the systemd-boot of BERTH and returns what it returned. *ret_started is false if it could not be loaded: that says
 * nothing about any entry. */
EFI_STATUS handoff_chain(const struct firmware *fw, const struct berth *berth, bool *ret_started);

/* Resets the machine. Returns only if firmware does not do it. */
void handoff_reset(const struct firmware *fw);

/* Carries out an action that ends the power cycle; returns only if firmware does not do it, or for any other action. */
void handoff_end(const struct firmware *fw, enum action action);

/* A watchdog resets the machine if the OS does not take over within SECONDS. Never switched off by us. */
void handoff_watchdog(const struct firmware *fw, uint32_t seconds);

#endif
