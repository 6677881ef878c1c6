# SPDX-License-Identifier: Apache-2.0
"""The few cells that ./tests/run plays: one for each claim."""

SHORT = {
    ("own", "revoked by hash", "driver"),
    ("own", "one bit flipped", "net"),
    ("behind", "another file, as net", "entry, one bit flipped"),
    ("os", "unsigned, good", "net"),
    ("os", "wrong key, good", "entry"),
    ("wishes", "`bootpilot.cfg`, Secure Boot on", "first"),
    ("shim", "certificate in MOK; all in order, active exhausted", "entry"),
}


def in_short(cell):
    """True if CELL is one of them."""
    return cell in SHORT
