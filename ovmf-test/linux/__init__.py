# SPDX-License-Identifier: Apache-2.0
"""A real Linux on the test machine: Debian with its own systemd, in one UKI."""
