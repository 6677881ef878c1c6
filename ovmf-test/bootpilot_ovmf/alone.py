# SPDX-License-Identifier: Apache-2.0
"""A machine whose disk answers at once, as far as its own clock can tell.

QEMU's disk is served by other threads than its processor, in real time, while the firmware's driver spins in virtual time: the
longer the host lets those threads wait, the slower the disk seems. So all threads of a machine share one processor of the
host, where those of the disk come first: while they work, virtual time stands still. Measured on a host with ten other
processes at work, systemd-boot alone, five boots of one disk: without this 30 ms between them with virtio-blk (AHCI: 20),
with it none. Who may not raise a priority lowers that of the machine's processor instead.
"""

import contextlib
import os
import queue

FIRST, LAST = -20, 19  # priorities: the smaller number comes first

_processors = queue.SimpleQueue()
for _number in sorted(os.sched_getaffinity(0)):
    _processors.put(_number)


@contextlib.contextmanager
def processor():
    """What this thread starts meanwhile has one processor for itself, and comes first there where that is permitted. Gives the
    priority that was usual before."""
    allowed, own = os.sched_getaffinity(0), _processors.get()
    os.sched_setaffinity(0, {own})
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, FIRST)
    try:
        yield usual
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, usual)
        os.sched_setaffinity(0, allowed)
        _processors.put(own)


def disk_first(machine, usual):
    """The processor of MACHINE, a Qemu that was started within processor(), comes behind its disk."""
    for thread in machine.command("query-cpus-fast"):
        number = thread["thread-id"]
        raised = os.getpriority(os.PRIO_PROCESS, number) < usual
        os.setpriority(os.PRIO_PROCESS, number, usual if raised else LAST)
