# SPDX-License-Identifier: Apache-2.0
"""A TPM for the test machine: swtpm, with a state that is kept from boot to boot.

QEMU speaks to it over a control socket, and hands it one end of a socket pair for the TPM's commands. When QEMU has ended,
swtpm goes on with all PCRs as the boot left them, and tpm2-tools are connected in the same way (tpmpipe.py).
"""

import os
import shlex
import subprocess
import sys
import tempfile
import time

PCRS = range(16)  # those of firmware, loader and OS; higher ones belong to debuggers and to dynamic launches
BANK, DIGEST_SIZE, OTHER_BANKS = "sha256", 32, ("sha1", "sha384", "sha512")
START_LIMIT_S, TOOL_LIMIT_S = 60, 300
PIPE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tpmpipe.py")


class TpmError(Exception):
    """swtpm or one of the tpm2-tools failed; the text has its message."""


def state_in(directory):
    """Where the state of the Tpm of DIRECTORY is."""
    return os.path.join(directory, "tpm")


class Tpm:
    """Its state lives in DIRECTORY. It is on from start() until the next start(), or stop()."""

    def __init__(self, directory):
        self.state = state_in(directory)
        os.makedirs(self.state, exist_ok=True)
        # a path of its own, since that of a socket may not be longer than 107 bytes
        self.place = tempfile.TemporaryDirectory(prefix="bootpilot-tpm-")
        self.socket = os.path.join(self.place.name, "control")
        self.process = None
        if not os.listdir(self.state):
            self._manufacture()

    def start(self, alone=False):
        """Switches the TPM on: whatever was not stored is gone. ALONE: without firmware that starts it up."""
        self.stop()
        log = os.path.join(self.state, "log")
        command = ["setpriv", "--pdeathsig", "KILL", "swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.state}",
                   "--ctrl", f"type=unixio,path={self.socket}", "--log", f"file={log},level=1,truncate",
                   *(["--flags", "not-need-init,startup-clear"] if alone else [])]
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL)
        except FileNotFoundError as error:
            raise TpmError(f"{error.filename} does not exist: install the packages of ovmf-test/packages") from None
        end = time.monotonic() + START_LIMIT_S
        while not os.path.exists(self.socket):
            if self.process.poll() is not None or time.monotonic() > end:
                raise TpmError(f"swtpm did not start: see {log}")
            time.sleep(0.01)

    def stop(self):
        """Takes its power away."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        if os.path.exists(self.socket):
            os.unlink(self.socket)

    def arguments(self):
        """What QEMU needs in order to have this TPM."""
        return ["-chardev", f"socket,id=tpm,path={self.socket}", "-tpmdev", "emulator,id=tpm,chardev=tpm",
                "-device", "tpm-crb,tpmdev=tpm"]

    def tool(self, name, *arguments):
        """Runs the tool tpm2_NAME in the directory of the state, when QEMU has ended. Returns its output."""
        pipe = " ".join(map(shlex.quote, (sys.executable, PIPE, self.socket)))
        try:
            done = subprocess.run([f"tpm2_{name}", *arguments], cwd=self.state, stdin=subprocess.DEVNULL, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TOOL_LIMIT_S,
                                  env={**os.environ, "TPM2TOOLS_TCTI": f"cmd:{pipe}"})
        except FileNotFoundError:
            raise TpmError(f"tpm2_{name} does not exist: install the package tpm2-tools") from None
        except subprocess.TimeoutExpired:
            raise TpmError(f"tpm2_{name} took more than {TOOL_LIMIT_S} s") from None
        if done.returncode != 0:
            raise TpmError(f"tpm2_{name}: {done.stderr.decode(errors='replace').strip() or 'failed'}")
        return done.stdout

    def pcrs(self):
        """PCR -> value."""
        wanted = ",".join(map(str, PCRS))
        self.tool("pcrread", "-Q", "-o", "pcrs", f"{BANK}:{wanted}")
        with open(os.path.join(self.state, "pcrs"), "rb") as file:
            values = file.read()
        if len(values) != len(PCRS) * DIGEST_SIZE:
            raise TpmError(f"tpm2_pcrread gave {len(values)} bytes: is the bank {BANK} there?")
        return {pcr: values[i * DIGEST_SIZE:(i + 1) * DIGEST_SIZE] for i, pcr in enumerate(PCRS)}

    def _manufacture(self):
        """Makes a new TPM's state, with the one bank that is looked at: each other one costs emulated firmware half a second
        a boot."""
        self.start(alone=True)
        self.tool("pcrallocate", "-Q", "+".join([f"{BANK}:all", *(f"{bank}:none" for bank in OTHER_BANKS)]))
        self.stop()
