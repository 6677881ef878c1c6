# SPDX-License-Identifier: Apache-2.0
"""A secret that a TPM gives away only for the PCRs 7 and 11 it was sealed to, as systemd-cryptenroll seals a disk's key:
an object below the owner hierarchy's primary key, with a PCR policy and outside the lock-out for wrong passwords."""

import os

from .tpm import BANK, TpmError

SECRET = b"the key of a disk"
PCRS = f"{BANK}:7,11"
ATTRIBUTES = "fixedtpm|fixedparent|noda|adminwithpolicy"
REFUSED = "a policy check failed"  # TPM_RC_POLICY_FAIL, in the words of tpm2-tools


def seal(tpm):
    """Seals SECRET to the PCRs of TPM as they are. The sealed object is kept beside the TPM's state."""
    with open(os.path.join(tpm.state, "secret"), "wb") as file:
        file.write(SECRET)
    tpm.tool("createpolicy", "-Q", "--policy-pcr", "-l", PCRS, "-L", "policy")
    _primary(tpm)
    tpm.tool("create", "-Q", "-C", "primary", "-a", ATTRIBUTES, "-L", "policy", "-i", "secret", "-u", "public", "-r", "private")
    _forget(tpm)


def unseals(tpm):
    """True if TPM gives the secret away, False if it refuses because of its PCRs."""
    _primary(tpm)
    tpm.tool("load", "-Q", "-C", "primary", "-u", "public", "-r", "private", "-c", "sealed")
    _forget(tpm)
    try:
        secret = tpm.tool("unseal", "-c", "sealed", "-p", f"pcr:{PCRS}")
    except TpmError as error:
        if REFUSED not in str(error):
            raise
        return False
    finally:
        _forget(tpm)
    if secret != SECRET:
        raise TpmError("tpm2_unseal gave another secret than was sealed")
    return True


def _primary(tpm):
    tpm.tool("createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "primary")
    _forget(tpm)


def _forget(tpm):
    """The TPM has room for three objects; each tool leaves one behind, which its file can bring back."""
    tpm.tool("flushcontext", "-t")
    tpm.tool("flushcontext", "-l")
