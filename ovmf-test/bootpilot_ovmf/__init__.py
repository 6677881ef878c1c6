# SPDX-License-Identifier: Apache-2.0
"""Bootpilot on real firmware: the real systemd-boot in QEMU with OVMF, kept from boot to boot."""
