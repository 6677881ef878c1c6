/* SPDX-License-Identifier: Apache-2.0 */
/* measure.h - the decision in the TPM's log, for those who attest it (`measure yes`).
 *
 * Source: TCG EFI Protocol Specification 1.0, UEFI 2.10 chapter 38 (confidential computing), and systemd's
 * TPM2_PCR_MEASUREMENTS page for the form of events. */
#ifndef BOOTPILOT_MEASURE_H
#define BOOTPILOT_MEASURE_H

#include "firmware.h"
#include "shared/role.h"

/* Extends PCR 5 by one constant label per role, in each measuring protocol there is. An error never stops a boot: it only
 * means that there is no such event. */
void measure_role(const struct firmware *fw, enum role role);

#endif
