# SPDX-License-Identifier: Apache-2.0
"""A machine with a TPM and Secure Boot, whose OS is a unified kernel image, and what its boots leave in the PCRs."""

import os
import shutil

from . import eventlog, stub
from .images import os_release
from .machine import Machine
from .memory import contents_save
from .tamper import CERT_X509, IMAGE_SECURITY, OwnSigner, signature_list
from .tpm import Tpm, state_in

OTHER = "other"  # the name of the second key that the firmware trusts
BEHAVIOUR = "works-unheard"
OPTIONS = f"testos={BEHAVIOUR}"  # systemd-boot measures an entry's options into PCR 12


class MeasuredError(Exception):
    """A boot did not go as it must before anything can be compared."""


class Boot:
    """What one power cycle measured. result: as Machine.boot() gives it."""

    def __init__(self, result, pcrs, events):
        self.result, self.pcrs, self.events = result, pcrs, events

    def of(self, pcr):
        """The events that extended PCR."""
        return [event for event in self.events if event.pcr == pcr]


class MeasuredMachine(Machine):
    """With entries active and passive, both good. Its firmware trusts a second key beside that of everything on it."""

    def __init__(self, directory, loader):
        super().__init__(directory, loader, "none", secure_boot=True)
        self.tpm = self.power.tpm = Tpm(directory)
        self.other = OwnSigner(OTHER)
        self._trust(self.other.certificate_der())
        self.loader_conf("timeout 0\ndefault active*\n")
        for name in ("active", "passive"):
            path = rf"\EFI\test\{name}.efi"
            self.entry(f"{name}.conf", key="efi", image=path, state="kept", options=OPTIONS)
            self.disk.write(path, self.images.foreign(self._os(name)), self.images.mtime())

    def measured(self, entry="active.conf"):
        """Boots, cold, and returns the Boot. ENTRY must have been started."""
        memory = os.path.join(self.directory, "memory")
        try:
            result = self.boot(BEHAVIOUR, look=lambda qemu: contents_save(qemu, memory))
            self._expect(result, entry, "shutdown")
            pcrs = self.tpm.pcrs()
            return Boot(result, pcrs, eventlog.log_find(memory, pcrs))
        finally:
            if os.path.exists(memory):
                os.unlink(memory)

    def lap(self):
        """A power cycle that must end in a reset before any OS."""
        self._expect(self.boot(BEHAVIOUR), None, "reset")

    def _expect(self, result, entry, ended):
        if (result.entry, result.ended) != (entry, ended):
            raise MeasuredError(f"{result.entry or 'nothing'} was started, not {entry or 'nothing'}; it ended with {result.ended}, "
                                f"not {ended}: {result.line or 'no decision'}; see {self.directory}")

    def copied(self, directory):
        """The same machine in DIRECTORY, with its TPM."""
        other = self.twin(directory, self.disk.path, self.flash)
        shutil.copytree(self.tpm.state, state_in(directory))
        other.tpm = other.power.tpm = Tpm(directory)
        return other

    def sign_otherwise(self):
        """Bootpilot's images are signed by the second key."""
        for path, source in self.berth.images.items():
            with open(source, "rb") as file:
                self.disk.write(path, self.other.sign(file.read()))

    def _os(self, name):
        return stub.uki(stub.stub_get(self.loader.name), self.images.testos, os_release(name))

    def _trust(self, certificate):
        store = self.nvram()
        db = store.get("db", IMAGE_SECURITY)
        db.data += signature_list(CERT_X509, [certificate])
        store.save()
