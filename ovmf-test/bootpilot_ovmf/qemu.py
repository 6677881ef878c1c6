# SPDX-License-Identifier: Apache-2.0
"""One QEMU is one power cycle: it ends when the machine resets or switches off, or when its time is over. The machine then
stands still, so that its memory can be looked at, until QEMU is ended.

Measured with QEMU 7.2 and software emulation, from start to the test OS's switch-off: 4 to 5.5 s for every combination
of q35 or pc, 128 to 512 MiB, virtio or AHCI disk, CPU model and boot menu setting; the firmware's own waits (2 s before
its driver phase) cannot be configured away. So the plainest machine is used.
"""

import atexit
import json
import os
import select
import subprocess
import threading
import time

from . import paths
from .memory import MEMORY_MIB

PROBE_S = 6  # an accelerator that has not brought firmware to its first serial output by then is of no use
# A boot needs 5 s of processor time. On a crowded host that can take minutes, so processor time is what is limited.
BOOT_LIMIT_S = 60
BOOT_LIMIT_WALL_S = 300
ASLEEP_S = 10  # a processor that sleeps so long waits for a key; Bootpilot's and systemd-boot's own waits are shorter
# Virtual time runs with the instructions executed, 256 ns each, and jumps over sleep: a watchdog's minutes are seconds.
HURRY = ["-icount", "shift=8,sleep=off"]

_running = set()


@atexit.register
def _kill_all():
    for process in list(_running):
        process.kill()


class QemuError(Exception):
    """QEMU did not start or broke off; the text has its message."""


class Patience:
    """Knows when waiting for a machine has no sense any more."""

    def __init__(self, limit_s, wall_s=BOOT_LIMIT_WALL_S):
        self.limit_s, self.wall_s = limit_s, wall_s
        self.awake, self.serial_size, self.next_look = time.monotonic(), -1, 0

    def over(self, machine):
        """Why to stop waiting for MACHINE: timeout, waits (for a key), or None."""
        now = time.monotonic()
        if machine.processor_seconds() > self.limit_s or machine.seconds() > self.wall_s:
            return "timeout"
        if now < self.next_look:
            return None
        self.next_look = now + 0.5
        size = len(machine.serial())
        if size != self.serial_size or not machine.asleep():
            self.awake, self.serial_size = now, size
        return "waits" if now - self.awake > ASLEEP_S else None


class Firmware:
    """Which OVMF, and what it needs from QEMU."""

    def __init__(self, secure_boot=False):
        # Secure Boot with its variables protected by system management mode, as on a real machine
        self.code = os.path.join(paths.FIRMWARE, "OVMF_CODE_4M.secboot.fd" if secure_boot else "OVMF_CODE_4M.fd")
        self.variables = os.path.join(paths.FIRMWARE, "OVMF_VARS_4M.snakeoil.fd" if secure_boot else "OVMF_VARS_4M.fd")
        self.machine = "q35,smm=on" if secure_boot else "q35,smm=off"
        self.options = ["-global", "driver=cfi.pflash01,property=secure,value=on"] if secure_boot else []
        for path in (self.code, self.variables):
            if not os.path.exists(path):
                raise QemuError(f"{path} does not exist: install the package ovmf")


class Qemu:
    """A running machine. Use with `with`: leaving kills it if it still runs."""

    def __init__(self, arguments, serial_path):
        self.serial_path, self.events, self.buffer = serial_path, [], b""
        command = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-nodefaults", "-no-user-config",
                   "-action", "reboot=shutdown,shutdown=pause", "-qmp", "stdio", "-serial", f"file:{serial_path}", *arguments]
        self.started = time.monotonic()
        with open(serial_path + ".qemu", "wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        _running.add(self.process)

    def __enter__(self):
        self.command("qmp_capabilities")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        _running.discard(self.process)

    def seconds(self):
        """Since its start."""
        return time.monotonic() - self.started

    def processor_seconds(self):
        """What it has used of the host's processors."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def asleep(self):
        """True if the machine's processor is halted at this moment."""
        try:
            return "HLT=1" in self.command("human-monitor-command", **{"command-line": "info registers"})
        except QemuError:  # it has just ended: poll() will say how
            return False

    def command(self, name, limit_s=20, **arguments):
        """Carries out the QMP command NAME and returns its answer."""
        try:
            self.process.stdin.write(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise QemuError(f"QEMU has ended: {self.errors()}") from None
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            for message in self._messages(end - time.monotonic()):
                if "error" in message:
                    raise QemuError(f"QMP {name}: {message['error'].get('desc')}")
                if "return" in message:
                    return message["return"]
            if self.process.poll() is not None:
                raise QemuError(f"QEMU has ended: {self.errors()}")
        raise QemuError(f"QMP {name}: no answer within {limit_s} s")

    def poll(self, seconds):
        """Waits up to SECONDS. Returns how the power cycle ended: reset, shutdown, crash, or None if it runs."""
        self._messages(seconds)
        reasons = [event["data"].get("reason", "") for event in self.events if event["event"] == "SHUTDOWN"]
        if "guest-reset" in reasons:
            return "reset"
        if "guest-shutdown" in reasons:
            return "shutdown"
        return None if self.process.poll() is None else "crash"

    def serial(self):
        """The bytes that came over the serial line so far."""
        try:
            with open(self.serial_path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def errors(self):
        """What QEMU itself complained about."""
        with open(self.serial_path + ".qemu", encoding="utf-8", errors="replace") as file:
            return file.read().strip() or "without a message"

    def _messages(self, seconds):
        """Answers that came within SECONDS; events are put aside. Returns at the first bytes."""
        output = self.process.stdout
        if output.closed or not select.select([output], [], [], max(0, seconds))[0]:
            return []
        data = os.read(output.fileno(), 65536)
        if not data:  # QEMU closed it: it is about to end
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
            return []
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        messages = [json.loads(line) for line in lines if line.strip()]
        self.events += [message for message in messages if "event" in message]
        return [message for message in messages if "return" in message or "error" in message]


def machine_arguments(firmware, flash, disk, read_only=False, display=False, hurry=False, journal=None):
    """QEMU's arguments for a machine with the variables in the file FLASH and the disk image DISK, whose writes the
    JOURNAL, if there is one, takes down."""
    drive = "if=none,id=disk," + _image(disk, journal and journal.disk) + (",readonly=on" if read_only else "")
    accelerator = "tcg" if hurry else accelerator_find()  # only emulated time can be hurried
    return ["-machine", f"{firmware.machine},accel={accelerator}", "-cpu", "max", "-m", str(MEMORY_MIB),
            *(HURRY if hurry else []),
            *firmware.options,
            "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={_escaped(firmware.code)}",
            "-drive", "if=pflash,unit=1," + _image(flash, journal and journal.flash),
            "-drive", drive, "-device", "virtio-blk-pci,drive=disk",
            "-display", "none", *(["-vga", "std"] if display else []), "-rtc", "base=utc"]


_accelerator = None
_probing = threading.Lock()


def accelerator_find():
    """kvm if firmware really runs under it, else tcg. Opening /dev/kvm proves nothing: the firmware is started."""
    global _accelerator
    with _probing:  # machines that start at the same time ask once
        if _accelerator is None:
            _accelerator = "kvm" if os.access("/dev/kvm", os.R_OK | os.W_OK) and _firmware_runs("kvm") else "tcg"
        return _accelerator


def _firmware_runs(accelerator):
    """True if OVMF without a disk gets as far as writing to the serial line, within PROBE_S."""
    os.makedirs(paths.WORK, exist_ok=True)
    log = os.path.join(paths.WORK, f"probe-{os.getpid()}.serial")
    arguments = ["-machine", f"q35,accel={accelerator}", "-m", "256", "-display", "none",
                 "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={Firmware().code}"]
    try:
        with Qemu(arguments, log) as qemu:
            while qemu.seconds() < PROBE_S:
                if qemu.poll(0.1) is not None or qemu.command("query-status")["status"] == "internal-error":
                    return False
                if qemu.serial():
                    return True
        return False
    except QemuError:
        return False
    finally:
        for path in (log, log + ".qemu"):
            if os.path.exists(path):
                os.unlink(path)


def _image(path, log=None):
    """The options of a drive that is the file PATH; every write to it goes into the file LOG as well, if there is one."""
    if log is None:
        return f"format=raw,file={_escaped(path)}"
    return (f"driver=blklogwrites,file.driver=file,file.filename={_escaped(path)},"
            f"log.driver=file,log.filename={_escaped(log)}")


def _escaped(path):
    return path.replace(",", ",,")  # a comma would end the option
