# SPDX-License-Identifier: Apache-2.0
"""The machine while it is off, as bootpilotctl meets it on a running system: its ESP in a directory, its variables in another one that
libefivar takes for efivarfs. What the tool changes goes back onto the disk and into the flash."""

import os
import shutil
import struct
import subprocess
import tempfile

from . import disk, nvram, paths

LIMIT_S = 120
EXPORTED = nvram.BS | nvram.RT
SHIM = os.path.join(paths.REPOSITORY, "tests", "tool", "efivarfs.c")


class Offline:
    """MACHINE between two boots. Use it with `with`: at its end everything is back in its place."""

    def __init__(self, machine):
        self.machine = machine
        self.directory = tempfile.mkdtemp(prefix="bootpilot-")
        self.esp, self.variables = (os.path.join(self.directory, name) for name in ("esp", "efivars"))
        self.before = {}

    def __enter__(self):
        os.mkdir(self.esp)
        os.mkdir(self.variables)
        disk.call(["mcopy", "-s", "-n", "-m", "-i", f"{self.machine.disk.path}@@{disk.START[disk.ESP]}", "::*", self.esp])
        self.before = self._files()
        for variable in self.machine.nvram().variables:
            if variable.attributes & nvram.RT:
                self._set(variable.name, variable.vendor, variable.data, variable.attributes)
        # of a boot, and not in the flash
        self._set("LoaderInfo", nvram.LOADER, nvram.utf16(f"systemd-boot {self.machine.loader.name}"), EXPORTED)
        self._set("LoaderDevicePartUUID", nvram.LOADER, nvram.utf16(disk.PARTITION_GUID[disk.ESP].upper()), EXPORTED)
        self._set("BootCurrent", nvram.GLOBAL, struct.pack("<H", 1), EXPORTED)
        self._set("SecureBoot", nvram.GLOBAL, bytes([self.machine.secure_boot]), EXPORTED)
        subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", os.path.join(self.directory, "efivarfs.so"), SHIM],
                       check=True, timeout=LIMIT_S)
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self._files_back()
            self._variables_back()
        shutil.rmtree(self.directory)

    def tool(self, *arguments):
        """Exit status, and all that bootpilotctl said."""
        environment = {**os.environ, "EFIVARFS_PATH": self.variables + "/", "SYSTEMD_ESP_PATH": self.esp,
                       "SYSTEMD_RELAX_ESP_CHECKS": "1", "LD_PRELOAD": os.path.join(self.directory, "efivarfs.so")}
        done = subprocess.run([paths.TOOL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                              env=environment, timeout=LIMIT_S, check=False)
        return done.returncode, done.stdout

    def image(self, name, data):
        """DATA in a file called NAME, for an option of the tool."""
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def _set(self, name, vendor, data, attributes):
        with open(os.path.join(self.variables, f"{name}-{vendor}"), "wb") as file:
            file.write(struct.pack("<I", attributes) + data)

    def _files(self):
        found = {}
        for directory, _, names in os.walk(self.esp):
            for name in names:
                path = os.path.join(directory, name)
                found["\\" + os.path.relpath(path, self.esp).replace("/", "\\")] = paths.read(path, "it was there a moment ago")
        return found

    def _files_back(self):
        after = self._files()
        for path in self.before.keys() - after.keys():
            self.machine.disk.remove(path)
        for path, data in after.items():
            if self.before.get(path) != data:
                self.machine.disk.write(path, data)

    def _variables_back(self):
        store = self.machine.nvram()
        for variable in [v for v in store.variables if v.attributes & nvram.RT and v.vendor in (nvram.GLOBAL, nvram.LOADER)]:
            if not os.path.exists(os.path.join(self.variables, f"{variable.name}-{variable.vendor}")):
                store.delete(variable.name, variable.vendor)
        for file in os.listdir(self.variables):
            name, vendor = file[:-37], file[-36:]
            data = paths.read(os.path.join(self.variables, file), "it was there a moment ago")
            attributes, value = struct.unpack("<I", data[:4])[0], data[4:]
            there = store.get(name, vendor)
            if attributes & nvram.NV and vendor in (nvram.GLOBAL, nvram.LOADER) and not (there and there.data == value):
                store.set(name, vendor, value, attributes)
        store.save()
