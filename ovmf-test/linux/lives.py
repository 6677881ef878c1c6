# SPDX-License-Identifier: Apache-2.0
"""What happens to the machine, and what must follow: the life of the request, and a short one."""

ALL = ("active", "passive", "recovery", "statereset")

# What the system in a boot does -> how the power cycle must end
ENDS = {"works": "shutdown", "ails": "shutdown", "panics": "reset", "hangs": "hangs", "reinstalls": "shutdown"}


class Boot:
    """A boot that must come: ROLE and REASON, the WORD for what its system does, the NAMES of all entries afterwards
    (counters in the order of ALL; "good": none), and a SENTENCE that `bootpilotctl status` must print in it. TYPED:
    commands for the system that comes up, and a line of their answer."""

    def __init__(self, role, reason, word, counters, sentence="", typed=(None, None)):
        self.role, self.reason, self.word, self.sentence = role, reason, word, sentence
        self.commands, self.answer = typed
        self.names = sorted(f"{name}{'' if counter == 'good' else counter}.conf"
                            for name, counter in zip(ALL, counters.split()))


# A service as bootpilot-good.service is killed while it writes. What it wrote takes the guard a while to bring to the disk.
WRITER_KILLED = """
esp() { sed -n 's/^[^ ]* \\/efi vfat \\(r[ow]\\)\\b.*/\\1/p' /proc/mounts; }
systemd-run -q --no-block --unit=writer -p Type=oneshot \\
	-p "KillMode=$(systemctl show -p KillMode --value bootpilot-good.service)" \\
	bootpilotctl with-esp -- sh -c 'head -c 20000000 /dev/zero >/efi/written; : >/run/written; sleep 600'
while [ ! -e /run/written ]; do sleep 0.2; done
before=$(esp)
systemctl kill -s KILL --kill-who=main writer
until [ "$(systemctl is-failed writer)" = failed ]; do sleep 0.2; done
after=$(esp)
echo "the ESP: $before, then the writer is killed: $after"
systemctl reset-failed writer
bootpilotctl with-esp -- rm /efi/written
""", "the ESP: rw, then the writer is killed: ro"


class Chapter:
    """TITLE; the entries that are installed before it, each as ROLE+COUNTER; options of `bootpilotctl good`; then BOOTS."""

    def __init__(self, title, install, boots, good=""):
        self.title, self.install, self.boots, self.good = title, install, boots, good


SHORT = (
    Chapter("A new system crashes, twice; the one before comes up, is blessed on a read-only ESP, and re-arms recovery.",
            "active+2 passive+3 recovery+1-1 statereset+3", (
        Boot("active", "active-trying", "panics", "+1-1 +3 +1-1 +3"),
        Boot("active", "active-trying", "panics", "+0-2 +3 +1-1 +3"),
        Boot("passive", "active-exhausted", "works", "+0-2 good +2 +3", "because active used up its tries"),
    )),
    Chapter("Passive is used up as well: recovery works, and does not bless itself.", "passive+0-1", (
        Boot("recovery", "passive-exhausted", "works", "+0-2 +0-1 +1-1 +3", "passive used up its tries"),
    )),
)

WHOLE = (
    Chapter("A new machine works.", "active+3 passive+3 recovery+3 statereset+3", (
        Boot("active", "active-trying", "works", "good +3 +3 +3", "because active has tries left", WRITER_KILLED),
    )),
    Chapter("An update makes active panic, three times; passive comes up.", "active+3", (
        Boot("active", "active-trying", "panics", "+2-1 +3 +3 +3"),
        Boot("active", "active-trying", "panics", "+1-2 +3 +3 +3"),
        Boot("active", "active-trying", "panics", "+0-3 +3 +3 +3"),
        Boot("passive", "active-exhausted", "works", "+0-3 good +3 +3", "because active used up its tries"),
    )),
    Chapter("A worse update: nothing works, and recovery, which starts, does not help. The reset reinstalls.",
            "active+1 passive+1 recovery+2", (
        Boot("active", "active-trying", "panics", "+0-1 +1 +2 +3"),
        Boot("passive", "active-exhausted", "panics", "+0-1 +0-1 +2 +3"),
        Boot("recovery", "passive-exhausted", "works", "+0-1 +0-1 +1-1 +3", "passive used up its tries"),
        Boot("recovery", "passive-exhausted", "works", "+0-1 +0-1 +0-2 +3", "passive used up its tries"),
        Boot("statereset", "recovery-exhausted", "reinstalls", "+0-2 +0-1 +0-2 +2-1",
             "active, passive and recovery all failed"),
    )),
    Chapter("Active is good again, and keeps a counter.", "", (
        Boot("active", "active-trying", "works", "+3 +1 +2 +3", "This boot: active"),
    ), good="--re-arm"),
    Chapter("Active breaks after it was blessed: it panics, hangs, and comes up without what must be there.", "", (
        Boot("active", "active-trying", "panics", "+2-1 +1 +2 +3"),
        Boot("active", "active-trying", "hangs", "+1-2 +1 +2 +3"),
        Boot("active", "active-trying", "ails", "+0-3 +1 +2 +3"),
        Boot("passive", "active-exhausted", "works", "+0-3 +3 +2 +3", "because active used up its tries"),
    ), good="--re-arm"),
)
