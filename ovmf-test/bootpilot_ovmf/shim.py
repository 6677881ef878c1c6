# SPDX-License-Identifier: Apache-2.0
"""A machine whose firmware starts shim, and shim systemd-boot: \\EFI\\systemd\\shimx64.efi and grubx64.efi beside it, the name
that shim looks for unless its load options say another one."""

from . import berths, nvram
from .loaders import shim_get
from .machine import Machine
from .signing import Signer
from .tamper import CERT_X509, OwnSigner, signature_list

SHIM = r"\EFI\systemd\shimx64.efi"
SECOND_STAGE = r"\EFI\systemd\grubx64.efi"
SHIM_LOCK = "605dab50-e046-4300-abb6-3dd810dd8b23"
DB, MOK = "db", "MOK"  # where the certificate is that everything but shim is signed with


class ShimMachine(Machine):
    """A Machine with Secure Boot and shim. TRUST is DB or MOK."""

    def __init__(self, directory, loader, berth, trust):
        self.trust = trust
        super().__init__(directory, loader, _through_shim(berths.berth_get(berth)), secure_boot=True)

    def nvram_reset(self):
        super().nvram_reset()
        if self.trust == MOK:  # as MokManager leaves it when a person has enrolled the certificate
            store = self.nvram()
            store.set("MokList", SHIM_LOCK, signature_list(CERT_X509, [self.images.signer.certificate_der()]),
                      nvram.NV | nvram.BS)
            store.save()

    def _install(self):
        if self.trust == MOK:
            self.images.signer = OwnSigner("owner")
        super()._install()
        self.disk.write(SECOND_STAGE, self.images.foreign(self.loader.image))
        shim, _ = shim_get()
        self.disk.write(SHIM, Signer().sign(shim))
        self.disk.write(berths.WITNESS, Signer().sign(self.images.testos))  # the firmware starts it


def _through_shim(berth):
    """BERTH with boot options that start shim, which starts what they named."""
    options = []
    for description, path in berth.options[:-1]:
        options.append((description, SHIM) if path == berths.SYSTEMD_BOOT else (description, SHIM, nvram.utf16(path)))
    return berths.Berth(berth.images, berth.default, berth.files, tuple(options))
