# SPDX-License-Identifier: Apache-2.0
# The firmware's memcpy() and its kin under other names: by their own they would stand in for the C library's.
$(OUT)/tests/test_memory: $(OUT)/obj/fake/efi_memory.o
$(OUT)/obj/fake/efi_memory.o: $(OUT)/obj/fake/efi/memory.o
	@objcopy $(foreach f,memcpy memmove memset memcmp,--redefine-sym $(f)=efi_$(f)) $< $@
