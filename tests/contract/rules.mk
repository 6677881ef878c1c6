# SPDX-License-Identifier: Apache-2.0
# The contract with firmware: the same claims for the fake (out/tests/test_contract) and for OVMF (out/contract.efi).
CONTRACT_HOST  = tests/contract/host.c tests/contract/disk.c
CONTRACT_BOTH  = $(filter-out $(CONTRACT_HOST) tests/contract/image.c,$(wildcard tests/contract/*.c))
CONTRACT_FAKES = $(call objects,fake,$(CONTRACT_BOTH) $(CONTRACT_HOST))
CONTRACT_EFIS  = $(call objects,efi,$(CONTRACT_BOTH) tests/contract/image.c efi/memory.c) $(EFI_SHARED)

.PHONY: contract
contract: $(OUT)/tests/test_contract $(OUT)/contract.efi ## what efi/ relies on from firmware: for the fake, for OVMF

$(OUT)/obj/fake/tests/contract/disk.o: tests/contract/disk.txt
$(OUT)/tests/test_contract: $(CONTRACT_FAKES) $(FAKE_OBJS) $(HOST_LIB) $(OUT)/gen/files
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(HOST_CC) $(SANITIZE) -o $@ $(filter %.o %.a,$^) $(TOOL_LIBS)

$(OUT)/obj/contract.so: $(CONTRACT_EFIS) efi/bootpilot.lds build/check-elf $(OUT)/gen/files
	$(call link_efi,$(GNUEFI_START),$(GNUEFI_SECTIONS))
$(OUT)/contract.efi: $(OUT)/obj/contract.so build/pe-finish
	$(call to_pe,efi-app,$(GNUEFI_SECTIONS))
