# SPDX-License-Identifier: Apache-2.0
# Bootpilot: everything is built into $(OUT). `make help` lists the targets.
#
#   ARCH=x86_64|aarch64   which firmware         CROSS_COMPILE=aarch64-linux-gnu-   prefix of the tools for another one
#   CC=clang              gcc is the default     CONFIG=file                        configuration carried by the images
#   WERROR=1              warnings are errors    GNUEFI_INC=, GNUEFI_LIB=           where gnu-efi is
#   V=1                   show whole commands

VERSION     = 0.1.0
PROJECT_URL = urn:uuid:6f0e3d1c-52b8-4a57-9d0b-3c8f7e41a2d9
ARCH       ?= $(shell uname -m)
OUT         = out
prefix     ?= /usr/local
unitdir    ?= $(prefix)/lib/systemd/system
mandir     ?= $(prefix)/share/man
bashdir    ?= $(prefix)/share/bash-completion/completions
zshdir     ?= $(prefix)/share/zsh/site-functions
say         = $(if $(V),,@printf '  %-8s%s\n' $(1) '$(2)' && )

# --- What this machine has ------------------------------------------------------------------------------------------
ifeq ($(origin CC),default)
CC = $(CROSS_COMPILE)gcc
endif
LD         = $(CROSS_COMPILE)ld
NM         = $(CROSS_COMPILE)nm
OBJCOPY    = $(CROSS_COMPILE)objcopy
READELF    = $(CROSS_COMPILE)readelf
HOST_CC   ?= $(if $(CROSS_COMPILE),gcc,$(CC))
PKG_CONFIG ?= pkg-config
IS_CLANG  := $(findstring clang,$(shell $(CC) --version 2>&1))

# Debian and Ubuntu have gnu-efi in /usr/lib, others in a directory for the architecture or of its own.
GNUEFI_INC ?= $(patsubst %/efi.h,%,$(firstword $(wildcard $(addsuffix /efi.h,\
	/usr/include/efi /usr/$(ARCH)-linux-gnu/include/efi))))
GNUEFI_LIB ?= $(patsubst %/,%,$(dir $(firstword $(wildcard $(addsuffix /crt0-efi-$(ARCH).o,\
	/usr/lib /usr/lib/$(ARCH)-linux-gnu/gnuefi /usr/lib/gnuefi /usr/lib64/gnuefi /usr/$(ARCH)-linux-gnu/lib)))))

# --- What the architecture decides: no C file asks for it -----------------------------------------------------------
NAME_x86_64     = x64
MACHINE_x86_64  = 0x8664
CFLAGS_x86_64   = -m64 -mno-red-zone -mgeneral-regs-only -DGNU_EFI_USE_MS_ABI
NAME_aarch64    = aa64
MACHINE_aarch64 = 0xAA64
CFLAGS_aarch64  = -mgeneral-regs-only -mstrict-align
# gnu-efi's start code for aarch64 brings a PE header of its own, made for `objcopy -O binary`, that describes two
# sections; our images have more. The objects compile (make objects); an image needs start code without that header.
NO_IMAGE_aarch64 = start code without a PE header of its own, gnu-efi brings another kind

EFI_NAME = $(NAME_$(ARCH))
ifeq ($(EFI_NAME),)
$(error ARCH=$(ARCH) is not supported: x86_64 or aarch64)
endif

# --- Flags ----------------------------------------------------------------------------------------------------------
WARN = -Wall -Wextra -Wconversion -Wvla -Wswitch-enum -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
       $(if $(filter-out 0 no false,$(WERROR) $(CI)),-Werror)
BASE = -std=c11 -g -iquote . -iquote shared -iquote $(OUT)/gen -ffile-prefix-map=$(CURDIR)=. -MMD -MP $(WARN)

# Small before fast: an image of 48 KiB is read from the ESP, hashed and measured at every boot. A value that is cheap to make again
# is not kept in a register that has to be saved for it.
EFI_SMALL = -Oz $(if $(IS_CLANG),,-fno-caller-saves -fno-tree-loop-im -fno-move-loop-invariants -fno-gcse \
	-fno-tree-dominator-opts -malign-data=abi)
# No stack guard (it would need thread-local storage), no red zone (interrupts use our stack), no vector registers.
EFI_CFLAGS = $(BASE) $(EFI_SMALL) -ffreestanding -fpic -fshort-wchar -fno-stack-protector -fno-strict-aliasing \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fvisibility=hidden -ffunction-sections -fdata-sections \
	-frecord-gcc-switches -Wframe-larger-than=4096 $(CFLAGS_$(ARCH)) -isystem $(GNUEFI_INC) -isystem $(GNUEFI_INC)/$(ARCH)
EFI_LDFLAGS = -shared -Bsymbolic -nostdlib -znocombreloc -z norelro -z noexecstack -z max-page-size=4096 -z text \
	--no-undefined --warn-common --fatal-warnings --build-id=none --gc-sections -T efi/bootpilot.lds
# These sections become an image; build/check-elf names any other one that should have. Bootpilot's holds no address and
# no variable, so it needs no start code to relocate it; the programs of the tests have gnu-efi's.
EFI_SECTIONS = .text .rodata .sbat .osrel .reloc .bpcfg
GNUEFI_SECTIONS = $(EFI_SECTIONS) .data .dynamic .rela
GNUEFI_START = -e _start $(GNUEFI_LIB)/crt0-efi-$(ARCH).o $(GNUEFI_LIB)/libgnuefi.a

TOOL_PKGS    = jansson blkid efivar efiboot libcrypto libsystemd
TOOL_CFLAGS  = $(BASE) -O2 -Wframe-larger-than=4096 -D_GNU_SOURCE $(CPPFLAGS) $(CFLAGS) $(shell $(PKG_CONFIG) --cflags $(TOOL_PKGS) 2>/dev/null)
TOOL_LIBS    = $(shell $(PKG_CONFIG) --libs $(TOOL_PKGS) 2>/dev/null)
SANITIZE     = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Test functions and firmware services have parameters because of their type, needed or not.
HOST_CFLAGS  = $(BASE) -Wno-unused-parameter -O1 -D_GNU_SOURCE $(SANITIZE) \
	$(shell $(PKG_CONFIG) --cflags $(TOOL_PKGS) 2>/dev/null)
# The firmware side on the host: the same sources, firmware being a table of function pointers in tests/fake.
FAKE_CFLAGS  = $(HOST_CFLAGS) -iquote efi -fshort-wchar $(filter -D%,$(CFLAGS_$(ARCH))) \
	-isystem $(GNUEFI_INC) -isystem $(GNUEFI_INC)/$(ARCH)

# --- Sources: every file in a room belongs to it --------------------------------------------------------------------
objects = $(patsubst %.c,$(OUT)/obj/$(1)/%.o,$(sort $(wildcard $(2))))

EFI_SHARED  = $(call objects,efi,shared/*.c)
EFI_OBJS    = $(call objects,efi,efi/*.c) $(EFI_SHARED)
TESTOS_OBJS = $(call objects,efi,ovmf-test/testos/*.c efi/memory.c) $(EFI_SHARED)
TOOL_OBJS   = $(call objects,tool,tools/*.c shared/*.c)
HOST_LIB    = $(OUT)/obj/host/bootpilot.a
HOST_OBJS   = $(call objects,host,shared/*.c) $(filter-out %/main.o,$(call objects,host,tools/*.c))
HOST_HELP   = $(filter-out $(OUT)/obj/host/tests/host/test_%,$(call objects,host,tests/host/*.c))
HOST_TESTS  = $(patsubst tests/host/%.c,$(OUT)/tests/%,$(sort $(wildcard tests/host/test_*.c)))
FAKE_EFI    = $(filter-out %/efi/memory.o,$(call objects,fake,efi/*.c))
FAKE_JUDGE  = $(OUT)/obj/fake/tests/fake/judge.o
FAKE_OBJS   = $(filter-out $(FAKE_JUDGE) $(OUT)/obj/fake/tests/fake/test_%,$(call objects,fake,tests/fake/*.c))
FAKE_TESTS  = $(patsubst tests/fake/%.c,$(OUT)/tests/%,$(sort $(wildcard tests/fake/test_*.c)))

IMAGES = $(OUT)/bootpilot$(EFI_NAME).efi $(OUT)/bootpilot-driver$(EFI_NAME).efi
TOOL   = $(if $(wildcard tools/main.c),$(OUT)/bootpilotctl)
MANUALS     = $(patsubst tools/man/%.scd,$(OUT)/man/%,$(sort $(wildcard tools/man/*.scd)))
COMPLETIONS = $(if $(TOOL),$(OUT)/completion/bash $(OUT)/completion/zsh)

# --- Targets --------------------------------------------------------------------------------------------------------
.PHONY: release verify-release prove all efi tool completions manuals testos objects host-tests fake keys sign install clean help have-efi have-tool have-cmocka FORCE
.DELETE_ON_ERROR:
.SECONDARY:

# manuals need scdoc, which not every machine has
all: efi tool completions $(if $(shell command -v scdoc),manuals) ## EFI images, bootpilotctl, completions, manuals (default)
efi: $(IMAGES)                  ## out/bootpilot*.efi and out/bootpilot-driver*.efi
tool: $(TOOL)                   ## out/bootpilotctl
completions: $(COMPLETIONS)     ## out/completion/bash and zsh
manuals: $(MANUALS)             ## out/man/*, by scdoc
testos: $(OUT)/testos.efi       ## the operating system of the firmware tests
objects: $(EFI_OBJS) $(OUT)/gen/shared-is-pure ## compile the EFI side, link nothing
host-tests: $(HOST_TESTS)       ## out/tests/test_*, with address and undefined behaviour sanitizers
fake: $(OUT)/tests/fake $(FAKE_TESTS) ## out/tests/fake: the EFI side on a fake firmware; its tests beside it

# --- EFI images: objects -> shared object -> PE ---------------------------------------------------------------------
$(OUT)/obj/efi/%.o: %.c $(OUT)/gen/efi-flags $(OUT)/gen/build.h | have-efi
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(EFI_CFLAGS) $(EFI_CFLAGS_$(notdir $*)) -c -o $@ $<

# or its loops would be compiled into calls of themselves
EFI_CFLAGS_memory = $(if $(IS_CLANG),,-fno-tree-loop-distribute-patterns)
$(OUT)/obj/efi/efi/image.o $(OUT)/obj/fake/efi/image.o: $(OUT)/gen/image-config.inc

# link_efi: the shared object $@, started as $(1) says, that becomes an image of the sections $(2).
define link_efi
	$(if $(NO_IMAGE_$(ARCH)),@echo "make: no EFI image for $(ARCH) yet: it needs $(NO_IMAGE_$(ARCH))" >&2; exit 1)
	$(call say,LINK,$@)$(LD) $(EFI_LDFLAGS) -o $@ $(filter %.o,$^) $(1)
	@NM=$(NM) READELF=$(READELF) build/check-elf $@ $(2)
endef
$(OUT)/obj/bootpilot.so: $(EFI_OBJS) efi/bootpilot.lds build/check-elf $(OUT)/gen/files $(OUT)/gen/shared-is-pure
	$(call link_efi,-e efi_start,$(EFI_SECTIONS))
$(OUT)/obj/testos.so: $(TESTOS_OBJS) efi/bootpilot.lds build/check-elf $(OUT)/gen/files $(OUT)/gen/shared-is-pure
	$(call link_efi,$(GNUEFI_START),$(GNUEFI_SECTIONS))

# to_pe: from the shared object $<, of kind $(1): efi-app is an application (subsystem 10), efi-bsdrv a driver (11);
# the sections $(2).
# A signed copy of the image before is removed, so that it cannot be installed by mistake.
define to_pe
	@rm -f $@.signed
	$(call say,PE,$@)$(OBJCOPY) -S $(addprefix -j ,$(2)) --target=$(1)-$(ARCH) $< $@
	@build/pe-finish $@
endef
$(OUT)/bootpilot$(EFI_NAME).efi: $(OUT)/obj/bootpilot.so build/pe-finish
	$(call to_pe,efi-app,$(EFI_SECTIONS))
$(OUT)/bootpilot-driver$(EFI_NAME).efi: $(OUT)/obj/bootpilot.so build/pe-finish
	$(call to_pe,efi-bsdrv,$(EFI_SECTIONS))
$(OUT)/testos.efi: $(OUT)/obj/testos.so build/pe-finish
	$(call to_pe,efi-app,$(GNUEFI_SECTIONS))

# --- Linux: the tool, the tests -------------------------------------------------------------------------------------
$(OUT)/obj/tool/%.o: %.c $(OUT)/gen/tool-flags $(OUT)/gen/build.h | have-tool
	@mkdir -p $(@D)
	$(call say,CC,$<)$(HOST_CC) $(TOOL_CFLAGS) -c -o $@ $<
$(OUT)/bootpilotctl: $(TOOL_OBJS) $(OUT)/gen/files $(OUT)/gen/shared-is-pure
	$(call say,LINK,$@)$(HOST_CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(TOOL_LIBS)

# What shells and man show comes from the tool's own tables and from tools/man.
$(COMPLETIONS): $(OUT)/completion/%: $(TOOL)
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(TOOL) completion $* >$@
$(OUT)/man/%: tools/man/%.scd Makefile
	@mkdir -p $(@D)
	$(call say,MAN,$@)sed 's/@version@/$(VERSION)/' $< | scdoc >$@

$(OUT)/obj/host/%.o: %.c $(OUT)/gen/host-flags $(OUT)/gen/build.h | have-tool
	@mkdir -p $(@D)
	$(call say,CC,$< (host))$(HOST_CC) $(HOST_CFLAGS) -c -o $@ $<
$(HOST_LIB): $(HOST_OBJS) $(OUT)/gen/files
	@rm -f $@
	@ar rcsD $@ $(filter %.o,$^)
$(OUT)/tests/test_%: $(OUT)/obj/host/tests/host/test_%.o $(HOST_HELP) $(HOST_LIB) | have-cmocka
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(HOST_CC) $(SANITIZE) -o $@ $^ -lcmocka $(TOOL_LIBS)

$(OUT)/obj/fake/%.o: %.c $(OUT)/gen/host-flags $(OUT)/gen/build.h | have-efi have-tool
	@mkdir -p $(@D)
	$(call say,CC,$< (fake))$(HOST_CC) $(FAKE_CFLAGS) -c -o $@ $<
$(OUT)/tests/fake: $(FAKE_JUDGE) $(FAKE_EFI) $(FAKE_OBJS) $(HOST_LIB) $(OUT)/gen/files
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(HOST_CC) $(SANITIZE) -o $@ $(filter %.o %.a,$^) $(TOOL_LIBS)
$(FAKE_TESTS): $(OUT)/tests/%: $(OUT)/obj/fake/tests/fake/%.o $(FAKE_EFI) $(FAKE_OBJS) $(HOST_LIB) $(OUT)/gen/files | have-cmocka
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(HOST_CC) $(SANITIZE) -o $@ $(filter %.o %.a,$^) -lcmocka $(TOOL_LIBS)

# Proofs with programs of their own bring their rules along.
include $(sort $(wildcard tests/*/rules.mk ovmf-test/*/rules.mk))

# --- Generated: rewritten only when the content differs, so that a changed variable rebuilds what depends on it -----
new = $@.$(MAKE_PID)
MAKE_PID := $(shell echo $$PPID)
define update
	@cmp -s $(new) $@ && rm $(new) || mv $(new) $@
endef
$(OUT)/gen $(OUT)/keys:
	@mkdir -p $@
$(OUT)/gen/efi-flags:  text = $(CC) $(filter-out -Werror,$(EFI_CFLAGS)) $(EFI_LDFLAGS) $(GNUEFI_LIB) \
	$(shell $(CC) --version 2>&1 | head -1)
$(OUT)/gen/tool-flags: text = $(HOST_CC) $(filter-out -Werror,$(TOOL_CFLAGS)) $(TOOL_LIBS)
$(OUT)/gen/host-flags: text = $(HOST_CC) $(filter-out -Werror,$(FAKE_CFLAGS)) $(TOOL_LIBS)
$(OUT)/gen/files:      text = $(EFI_OBJS) $(TESTOS_OBJS) $(TOOL_OBJS) $(HOST_OBJS) $(FAKE_EFI) $(FAKE_OBJS)
$(addprefix $(OUT)/gen/,efi-flags tool-flags host-flags files): FORCE | $(OUT)/gen
	$(file >$(new),$(text))
	$(update)
define build_h
/* What the Makefile decided for all of the program. */
#define BUILD_VERSION "$(VERSION)"
#define BUILD_URL     "$(PROJECT_URL)"
#define BUILD_ARCH    "$(EFI_NAME)"
#define BUILD_MACHINE $(MACHINE_$(ARCH))u
endef
$(OUT)/gen/build.h: FORCE | $(OUT)/gen
	$(file >$(new),$(build_h))
	$(update)
# CONFIG as numbers with commas; a NUL would end the text in the middle. It is remembered until `make CONFIG=` or
# `make clean`, so that a later `make sign` or `make install` does not build other images.
$(OUT)/gen/image-config.inc: FORCE | $(OUT)/gen
ifeq ($(origin CONFIG),undefined)
	@[ -e $@ ] || : >$@
else ifeq ($(CONFIG),)
	@: >$(new)
	$(update)
else
	@[ -r '$(CONFIG)' ] || { echo "make: CONFIG=$(CONFIG) cannot be read" >&2; exit 1; }
	@[ $$(wc -c <'$(CONFIG)') -le 4095 ] || \
		{ echo "make: CONFIG=$(CONFIG) is larger than 4095 bytes" >&2; exit 1; }
	@[ $$(tr -d '\0' <'$(CONFIG)' | wc -c) = $$(wc -c <'$(CONFIG)') ] || \
		{ echo "make: CONFIG=$(CONFIG) holds a NUL" >&2; exit 1; }
	@od -An -v -tu1 '$(CONFIG)' | sed 's/[0-9]\{1,\}/&,/g' >$(new)
	$(update)
endif

$(OUT)/gen/shared-is-pure: $(EFI_SHARED) build/check-pure | $(OUT)/gen
	@LD=$(LD) NM=$(NM) build/check-pure $(filter %.o,$^)
	@touch $@

# --- Signing, installing --------------------------------------------------------------------------------------------
need = @command -v $(1) >/dev/null || { echo "make: $(1) is missing: install the package $(2)" >&2; exit 1; }

keys: | $(OUT)/keys             ## throwaway keys: out/keys/db.key, out/keys/db.crt
	$(call need,openssl,openssl)
	@[ -e $(OUT)/keys/db.crt ] || openssl req -new -x509 -newkey rsa:2048 -sha256 -nodes -days 3650 \
		-subj '/CN=Bootpilot throwaway key/' -keyout $(OUT)/keys/db.key -out $(OUT)/keys/db.crt 2>/dev/null

sign: $(IMAGES)                 ## DB_KEY= DB_CERT=: out/*.efi.signed
	@[ -r '$(DB_KEY)' ] && [ -r '$(DB_CERT)' ] || { echo "make: sign needs DB_KEY=file and DB_CERT=file (make keys\
	 makes a throwaway pair in $(OUT)/keys)" >&2; exit 1; }
	$(call need,sbsign,sbsigntool)
	@for image in $(IMAGES); do \
		sbsign --key '$(DB_KEY)' --cert '$(DB_CERT)' --output $$image.signed $$image || exit 1; done

# The time in the signature is that of the commit, so that whoever signs again gets the same bytes.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)
release: $(IMAGES)              ## DB_KEY=file or pkcs11:... DB_CERT=: out/*.efi.signed, the same bytes at each run
	@[ -n '$(DB_KEY)' ] && [ -r '$(DB_CERT)' ] || { echo "make: release needs DB_KEY= (a file or pkcs11:...) and\
	 DB_CERT=file" >&2; exit 1; }
	@[ -n '$(SOURCE_DATE_EPOCH)' ] || { echo "make: release needs SOURCE_DATE_EPOCH= outside a git tree" >&2; exit 1; }
	$(call need,osslsigncode,osslsigncode)
	@for image in $(IMAGES); do \
		build/sign-release '$(DB_KEY)' '$(DB_CERT)' '$(SOURCE_DATE_EPOCH)' $$image || exit 1; done

verify-release: $(IMAGES)       ## RELEASE=directory: are its *.efi.signed what this source builds?
	@[ -d '$(RELEASE)' ] || { echo "make: verify-release needs RELEASE=directory with the signed images" >&2; exit 1; }
	$(call need,sbattach,sbsigntool)
	@for image in $(IMAGES); do build/verify-release '$(RELEASE)'/$${image##*/}.signed $$image || exit 1; done

UNITS = $(patsubst tools/%,%,$(sort $(wildcard tools/systemd/*.service tools/systemd/*/*.conf)))

prove:                          ## the long forms of the proofs
	tests/prove

install: all                    ## DESTDIR= prefix=: images to prefix/lib/bootpilot, the tool to prefix/bin, units, manuals
	install -d $(addprefix $(DESTDIR),$(prefix)/lib/bootpilot $(prefix)/bin $(bashdir) $(zshdir))
	@for unit in $(UNITS:systemd/%=%); do to=$(DESTDIR)$(unitdir)/$$unit; \
		install -d $${to%/*} && sed 's,@bindir@,$(prefix)/bin,' tools/systemd/$$unit >$$to || exit 1; done
	install -m 644 $(IMAGES) $(wildcard $(addsuffix .signed,$(IMAGES))) $(DESTDIR)$(prefix)/lib/bootpilot/
	install -m 755 $(TOOL) $(DESTDIR)$(prefix)/bin/
	install -m 644 $(OUT)/completion/bash $(DESTDIR)$(bashdir)/bootpilotctl
	install -m 644 $(OUT)/completion/zsh $(DESTDIR)$(zshdir)/_bootpilotctl
	@for page in $(MANUALS); do [ -e $$page ] || continue; \
		install -D -m 644 $$page $(DESTDIR)$(mandir)/man$${page##*.}/$${page##*/} || exit 1; done; \
	[ ! -e $(OUT)/man/bootpilot-good.service.8 ] || \
		ln -sf bootpilot-good.service.8 $(DESTDIR)$(mandir)/man8/bootpilot-announce.service.8

clean:                          ## remove everything that was built
	rm -rf $(OUT)

help:                           ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(filter Makefile %/rules.mk,$(MAKEFILE_LIST)) | expand -t 16

# --- Clear words when something is missing --------------------------------------------------------------------------
have-efi:
	$(call need,$(firstword $(CC)),gcc or clang)
	@[ -e '$(GNUEFI_INC)/efi.h' ] || \
		{ echo "make: efi.h is missing: install the package gnu-efi, or set GNUEFI_INC=" >&2; exit 1; }
	@[ -e '$(GNUEFI_LIB)/crt0-efi-$(ARCH).o' ] || [ -n '$(NO_IMAGE_$(ARCH))' ] || \
		{ echo "make: crt0-efi-$(ARCH).o is missing: install the package gnu-efi, or set GNUEFI_LIB=" >&2; exit 1; }
have-tool:
	$(call need,$(PKG_CONFIG),pkg-config)
	@for p in $(TOOL_PKGS); do $(PKG_CONFIG) --exists $$p || \
		{ p=lib$${p#lib}-dev; [ $$p != libcrypto-dev ] || p=libssl-dev; \
			echo "make: $${p%-dev} is missing: install the package $$p" >&2; exit 1; }; done
have-cmocka:
	@$(PKG_CONFIG) --exists cmocka || { echo "make: cmocka is missing: install the package libcmocka-dev" >&2; exit 1; }

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
