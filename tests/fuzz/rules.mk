# SPDX-License-Identifier: Apache-2.0
# Fuzzers (clang's libFuzzer, with address and undefined behaviour sanitizers): make fuzzers, make fuzz SECONDS=60
#
# Everything is compiled once more, with clang and for coverage. A target is tests/fuzz/fuzz_NAME.c with a corpus in
# tests/fuzz/corpus/NAME and, where it helps, words in tests/fuzz/dict/NAME.
FUZZ_CC      ?= clang
SECONDS      ?= 60
# Only newer compilers look at the types of called functions in C, and gnu-efi's tables are not exact in them.
FUZZ_SANITIZE = -fsanitize=address,undefined -fno-sanitize=function -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_CFLAGS   = $(filter-out -Werror,$(subst $(SANITIZE),$(FUZZ_SANITIZE),$(FAKE_CFLAGS))) -O2 $(FUZZ_COVERAGE)
# The program leads the fuzzer on, not the firmware under it: that would only be slower.
FUZZ_COVERAGE = $(if $(filter tests/fake/%,$<),,-fsanitize=fuzzer-no-link)
FUZZERS       = $(patsubst tests/fuzz/%.c,$(OUT)/tests/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_HELP     = $(filter-out $(OUT)/obj/fuzz/tests/fuzz/fuzz_%,$(call objects,fuzz,tests/fuzz/*.c))
FUZZ_HOUSE    = $(call objects,fuzz,shared/*.c tools/scenario.c tools/heap.c tools/authenticode.c tools/secure_boot.c) \
	$(filter-out %/efi/memory.o,$(call objects,fuzz,efi/*.c)) \
	$(filter-out %/judge.o $(OUT)/obj/fuzz/tests/fake/test_%,$(call objects,fuzz,tests/fake/*.c))

.PHONY: fuzz fuzzers have-fuzzer
fuzzers: $(FUZZERS)             ## out/tests/fuzz_*
fuzz: $(FUZZERS)                ## SECONDS=60 shared by all of them, on two processors
	@tests/fuzz/run --built $(OUT)/tests $(SECONDS)

$(OUT)/gen/fuzz-flags: text = $(FUZZ_CC) $(FUZZ_CFLAGS) $(shell $(FUZZ_CC) --version 2>&1 | head -1) $(FUZZ_HOUSE) $(FUZZ_HELP)
$(OUT)/gen/fuzz-flags: FORCE | $(OUT)/gen
	$(file >$(new),$(text))
	$(update)
$(OUT)/obj/fuzz/efi/image.o: $(OUT)/gen/image-config.inc
$(OUT)/obj/fuzz/%.o: %.c $(OUT)/gen/fuzz-flags $(OUT)/gen/build.h | have-efi have-fuzzer
	@mkdir -p $(@D)
	$(call say,CC,$< (fuzz))$(FUZZ_CC) $(FUZZ_CFLAGS) -c -o $@ $<
$(OUT)/obj/fuzz/house.a: $(FUZZ_HOUSE) $(FUZZ_HELP) $(OUT)/gen/fuzz-flags
	@rm -f $@
	@ar rcsD $@ $(filter %.o,$^)
$(OUT)/tests/fuzz_%: $(OUT)/obj/fuzz/tests/fuzz/fuzz_%.o $(OUT)/obj/fuzz/house.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(FUZZ_CC) $(FUZZ_SANITIZE) -fsanitize=fuzzer -o $@ $^ $(FUZZ_LIBS)
$(OUT)/tests/fuzz_signature: FUZZ_LIBS = -lcrypto

have-fuzzer:
	$(call need,$(FUZZ_CC),clang)
	@echo 'int LLVMFuzzerTestOneInput(const char *b, unsigned long n); int LLVMFuzzerTestOneInput(const char *b, unsigned long n) { return b && n > 9; }' | \
		$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -x c - -o /dev/null 2>/dev/null || \
		{ echo "make: $(FUZZ_CC) has no fuzzer: install the package libclang-rt-dev" >&2; exit 1; }
