# SPDX-License-Identifier: Apache-2.0
# The benchmark: its operating system, the floor that Bootpilot is held against, and the measuring.
BENCH_OS    = $(call objects,efi,ovmf-test/bench-efi/os.c ovmf-test/testos/say.c ovmf-test/testos/variable.c efi/memory.c) \
	$(EFI_SHARED)
BENCH_FLOOR = $(call objects,efi,ovmf-test/bench-efi/floor.c efi/memory.c)

.PHONY: bench bench-images
bench:                          ## what Bootpilot costs: virtual time in QEMU, out/bench.json (OPTIONS=)
	@build/install-packages tests/packages ovmf-test/packages
	@$(MAKE) bench-images
	OUT=$(abspath $(OUT)) ovmf-test/bench $(OPTIONS)
bench-images: efi testos $(OUT)/bench-os.efi $(OUT)/bench-floor.efi

$(OUT)/obj/bench-os.so: $(BENCH_OS)
$(OUT)/obj/bench-floor.so: $(BENCH_FLOOR)
$(OUT)/obj/bench-os.so $(OUT)/obj/bench-floor.so: efi/bootpilot.lds build/check-elf $(OUT)/gen/files
	$(call link_efi,$(GNUEFI_START),$(GNUEFI_SECTIONS))
$(OUT)/bench-os.efi: $(OUT)/obj/bench-os.so build/pe-finish
	$(call to_pe,efi-app,$(GNUEFI_SECTIONS))
$(OUT)/bench-floor.efi: $(OUT)/obj/bench-floor.so build/pe-finish
	$(call to_pe,efi-bsdrv,$(GNUEFI_SECTIONS))
