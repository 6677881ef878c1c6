/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h - firmware memory: pool and pages, each block with its owner. Every block is a malloc() of its own, so that the
 * address sanitizer sees each byte too far. New memory holds 0xAF, as EDK2's debug firmware leaves it. */
#ifndef FAKE_POOL_H
#define FAKE_POOL_H

#include <stddef.h>

#include <efi.h>

/* For other parts of the firmware that hand memory to a caller; owned by whoever runs. */
void *fake_pool_take(size_t size);
void fake_pool_give(const void *at, unsigned owner); /* the block at AT is OWNER's from now on */

void fake_pool_check_leaks(unsigned owner); /* each block of OWNER is a violation */
size_t fake_pool_used(void);                /* bytes that programs under test hold now, pool and pages */
size_t fake_pool_peak(void);                /* the most they held in this power cycle */
void fake_pool_power_on(void);
void fake_pool_power_off(void); /* frees all */
void fake_pool_install(EFI_BOOT_SERVICES *boot);

#endif
