/* SPDX-License-Identifier: Apache-2.0 */
/* claim.h - what must hold for every input. A claim that does not is a finding: the fuzzer stops and keeps the input. */
#ifndef FUZZ_CLAIM_H
#define FUZZ_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/text.h"

/* Called by libFuzzer with every input. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Prints the words, printf-like, and stops unless HOLDS. */
__attribute__((format(printf, 2, 3))) void claim(bool holds, const char *format, ...);

/* T is empty, or lies within WHOLE. */
void claim_borrowed(struct text t, struct text whole);

#endif
