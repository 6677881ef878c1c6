/* SPDX-License-Identifier: Apache-2.0 */
/* tpm.h - the two protocols that measure: TCG2 (a TPM) and CC (confidential computing), with a log of what was measured.
 *
 * Sources: TCG EFI Protocol Specification 1.0, 6; UEFI 2.10, 38.2. Events are checked as EDK2 checks them
 * (SecurityPkg/Tcg/Tcg2Dxe, OvmfPkg/Tcg/TdTcg2Dxe). */
#ifndef FAKE_TPM_H
#define FAKE_TPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <efi.h>

#define TPM_EVENTS_MAX  64u
#define TPM_CC_REGISTER 2u /* where PCR 5 goes: RTMR[1], which is register 2 */

struct tpm_event {
	bool cc;        /* else TCG2 */
	uint32_t index; /* PCR, or measurement register */
	uint32_t type;
	size_t size; /* of the event's data */
	uint8_t data[128];
};

/* What is built in from the next power-on: nothing after fake_firmware_new(). */
void fake_tpm_plug(bool tcg2, bool cc);

size_t fake_tpm_events(void); /* in this power cycle */
const struct tpm_event *fake_tpm_event(size_t n);

void fake_tpm_power_on(void);

#endif
