# SPDX-License-Identifier: Apache-2.0
# A real Linux on real firmware. Set OPTIONS for the lifecycle: --short, --installation, --version, --berth.
.PHONY: lifecycle
lifecycle: efi tool testos      ## a machine's life with real systemd in OVMF (OPTIONS=--short: four boots)
	OUT=$(abspath $(OUT)) ovmf-test/linux/lifecycle $(OPTIONS)
