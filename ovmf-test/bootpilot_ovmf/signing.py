# SPDX-License-Identifier: Apache-2.0
"""Signs images with the snakeoil key that Debian's OVMF_VARS_4M.snakeoil.fd trusts. For tests only: everyone has it."""

import hashlib
import os
import subprocess
import tempfile

from . import paths

PASSPHRASE = "snakeoil"  # public: in Debian's ovmf package, README.Debian


class Signer:
    """Signs with sbsign; an image that was signed before comes from a cache."""

    def __init__(self):
        self.directory = os.path.join(paths.WORK, "signed")
        os.makedirs(self.directory, exist_ok=True)
        self.certificate = os.path.join(paths.SNAKEOIL, "PkKek-1-snakeoil.pem")
        self.key = os.path.join(self.directory, "snakeoil.key")
        if not os.path.exists(self.key):
            self._unlock()

    def sign(self, image):
        """IMAGE with a signature."""
        cached = os.path.join(self.directory, hashlib.sha256(image).hexdigest() + ".efi")
        if not os.path.exists(cached):
            with tempfile.TemporaryDirectory(dir=self.directory) as directory:
                plain, signed = os.path.join(directory, "plain"), os.path.join(directory, "signed")
                with open(plain, "wb") as file:
                    file.write(image)
                _call(["sbsign", "--key", self.key, "--cert", self.certificate, "--output", signed, plain])
                os.replace(signed, cached)
        return paths.read(cached, "sbsign should have made it")

    def _unlock(self):
        locked = os.path.join(paths.SNAKEOIL, "PkKek-1-snakeoil.key")
        paths.read(locked, "install the package ovmf")
        # a name of its own, so that two runs at once cannot read half a key
        new = f"{self.key}.{os.getpid()}"
        _call(["openssl", "rsa", "-passin", f"pass:{PASSPHRASE}", "-in", locked, "-out", new])
        os.replace(new, self.key)


def _call(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout.strip()}")
