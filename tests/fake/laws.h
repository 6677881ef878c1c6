/* SPDX-License-Identifier: Apache-2.0 */
/* laws.h - what the program under test may not do, who is running, and the failures that a test wants.
 *
 * Every firmware service asks laws_call() first. Calls are counted, and can fail, only while the program under test runs:
 * the fake loader and the fake OS are not on trial. Each run of the program (a nested one too) has its own number, the
 * owner of all it allocates and opens; what it still owns when its entry point returns is a leak. */
#ifndef FAKE_LAWS_H
#define FAKE_LAWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <efi.h>

#define SERVICES(X)                                                                                                    \
	X(ALLOCATE_POOL)                                                                                               \
	X(FREE_POOL)                                                                                                   \
	X(ALLOCATE_PAGES) X(FREE_PAGES) X(GET_MEMORY_MAP) X(COPY_MEM) X(SET_MEM) X(CRC32) X(HANDLE_PROTOCOL) X(        \
		OPEN_PROTOCOL) X(CLOSE_PROTOCOL) X(LOCATE_PROTOCOL) X(LOCATE_HANDLE) X(LOCATE_HANDLE_BUFFER)           \
		X(LOCATE_DEVICE_PATH) X(INSTALL_PROTOCOL) X(UNINSTALL_PROTOCOL) X(CONNECT) X(LOAD_IMAGE) X(            \
			START_IMAGE) X(UNLOAD_IMAGE) X(EXIT) X(STALL) X(SET_WATCHDOG) X(CREATE_EVENT) X(SET_TIMER)     \
			X(WAIT_FOR_EVENT) X(CHECK_EVENT) X(SIGNAL_EVENT) X(CLOSE_EVENT) X(RAISE_TPL) X(RESTORE_TPL)    \
				X(GET_TIME) X(RESET_SYSTEM) X(MONOTONIC) X(GET_VARIABLE) X(SET_VARIABLE)               \
					X(GET_NEXT_VARIABLE) X(QUERY_VARIABLE_INFO) X(OPEN_VOLUME) X(FILE_OPEN)        \
						X(FILE_CLOSE) X(FILE_DELETE) X(FILE_READ) X(FILE_WRITE)                \
							X(FILE_GET_POSITION) X(FILE_SET_POSITION) X(FILE_GET_INFO)     \
								X(FILE_SET_INFO) X(FILE_FLUSH) X(BLOCK_READ)           \
									X(BLOCK_WRITE) X(BLOCK_FLUSH) X(BLOCK_RESET)   \
										X(TEXT_OUTPUT) X(TEXT_MODE)            \
											X(TEXT_RESET) X(READ_KEY)      \
												X(TCG2_EXTEND) X(CC_EXTEND) X(CC_MAP_PCR) \
												X(UNKNOWN)

enum service {
#define X(name) SERVICE_##name,
	SERVICES(X)
#undef X
		SERVICE_COUNT,
};

const char *service_name(enum service service);

#define CALLS_MAX 2000000u /* of one power cycle; a whole decision over 1,000 entries takes far fewer */

void laws_power_on(void); /* counters, violations and owners of a new power cycle */

/* Counts a call. EFI_SUCCESS, or the status that a test wants this call to return. Does not return when the limit of calls
 * is reached. */
EFI_STATUS laws_call(enum service service);

uint64_t laws_calls(enum service service); /* of this power cycle; SERVICE_COUNT: all */
enum service laws_call_at(uint64_t n);     /* 1..; which one it was; SERVICE_COUNT: there was none */
void laws_set_limit(uint64_t calls);       /* 0: CALLS_MAX again */

/* Makes the N-th call (1.., over all services, of the power cycles from now on) return STATUS without doing its work, once.
 * Up to eight may wait. Releasing services (FreePool, Close, ...) do their work all the same: firmware that fails them
 * has no leak to blame on the program. */
void fake_fail(uint64_t n, EFI_STATUS status);
/* Makes each call of SERVICE from the N-th (1.., of a power cycle) on return STATUS without doing its work. One at a time. */
void fake_fail_service(enum service service, uint64_t n, EFI_STATUS status);
void fake_fail_none(void);
unsigned fake_failures_waiting(void);   /* not reached yet */
enum service fake_failed_service(void); /* the last that was made to fail */

/* Records a violation; printf-like. */
__attribute__((format(printf, 1, 2))) void laws_break(const char *format, ...);
size_t laws_broken(void);             /* violations of this power cycle */
const char *laws_violation(size_t n); /* 0.., the first 32 are kept */

unsigned laws_owner(void);               /* 0: firmware, loader or OS */
unsigned laws_owner_set(unsigned owner); /* returns the one before */
unsigned laws_owner_new(void);

#endif
