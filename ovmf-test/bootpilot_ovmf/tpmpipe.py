# SPDX-License-Identifier: Apache-2.0
"""Carries TPM commands from standard input to swtpm, and its answers to standard output: for the TCTI "cmd" of tpm2-tools.

    TPM2TOOLS_TCTI="cmd:/usr/bin/python3 tpmpipe.py CONTROL-SOCKET" tpm2_pcrread

As QEMU does, it hands swtpm one end of a socket pair; unlike QEMU it does not reset the TPM.
"""

import os
import select
import socket
import struct
import sys

SET_DATAFD = 0x10  # swtpm, tpm_ioctl.h: CMD_SET_DATAFD
LIMIT_S = 60


def main():
    control = socket.socket(socket.AF_UNIX)
    control.settimeout(LIMIT_S)
    control.connect(sys.argv[1])
    ours, theirs = socket.socketpair()
    socket.send_fds(control, [struct.pack(">I", SET_DATAFD)], [theirs.fileno()])
    answer = control.recv(4)
    if answer != bytes(4):
        sys.exit(f"tpmpipe: swtpm does not take a connection: {answer.hex() or 'no answer'}")
    theirs.close()
    while True:
        readable, _, _ = select.select([0, ours], [], [], LIMIT_S)
        if 0 in readable:
            command = os.read(0, 65536)
            if not command:
                return
            ours.sendall(command)
        if ours in readable:
            answer = ours.recv(65536)
            if not answer:
                sys.exit("tpmpipe: swtpm has ended")
            os.write(1, answer)
        if not readable:
            sys.exit(f"tpmpipe: nothing was said for {LIMIT_S} s")


if __name__ == "__main__":
    main()
