# SPDX-License-Identifier: Apache-2.0
"""Builds everything, runs every test, adds up. Called by ./tests/run, which has installed what is needed."""

import concurrent.futures
import glob
import os
import re
import subprocess
import sys
import time

PYTHON = "/usr/bin/python3"
# Is it proven? Every input and life, fuzzing (60 s of processor time), coverage, the fake firmware held to the real one, power
# cuts. The long forms: make prove.
PROOFS = [
    ("model: every input, every life", ["out/tests/model"]),
    ("contract on the fake firmware", ["out/tests/test_contract"]),
    ("contract names all that efi/ uses", ["tests/contract/test_named"]),
    ("contract on OVMF", ["ovmf-test/contract"]),
    ("fuzzing", ["tests/fuzz/run", "30"]),
    ("coverage", ["tests/coverage/run"]),
    ("power cuts", ["ovmf-test/powercut", "--jobs", "2"]),
    ("what it costs, in virtual time", ["ovmf-test/bench", "--part", "boot", "--version", "newest",
                                        *(f"--system={system}" for system in ("os", "none", "floor", "driver", "entry"))]),
    ("what install makes, booted", ["ovmf-test/install", "driver+net", "entry"]),
    ("Secure Boot", ["ovmf-test/secure-boot", "--short"]),
    ("PCRs and a sealed secret", ["ovmf-test/pcr", "--fresh", "--jobs", "2"]),
    ("a real Linux, four boots", ["ovmf-test/linux/lifecycle", "--short"]),
    ("analysers", ["tests/analyse/run"]),
]
# Three machines at a time: countdowns and the five seconds of systemd-boot 258 before it resets leave a processor idle.
OVMF = [PYTHON, "ovmf-test/run", "--jobs", "3", "--boots", "4"]
# Thousands of lives, each writing call killed, 1,000 entries under valgrind: not in the quick run.
LONG = ["tests/fake/test_attacker.c", "tests/tool/test_install_kill.py", "tests/tool/test_growth.py"]
LIMIT_S = 20 * 60  # for one stage; nothing may hang for ever


class Result:
    def __init__(self, name, passed, failed, seconds, output, skipped=()):
        self.name, self.passed, self.failed = name, passed, failed
        self.seconds, self.output, self.skipped = seconds, output, list(skipped)


def run(command):
    """Exit status and output of COMMAND. One that takes too long is killed with its children, and has failed."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, _ = process.communicate()
        return 124, f"{output}\n{command[0]}: killed after {LIMIT_S} s"
    return process.returncode, output


def count(pattern, output):
    return sum(int(number) for number in re.findall(pattern, output, re.MULTILINE))


def counted(name, command, passed, failed):
    """Runs COMMAND; the patterns find its own counts. One that fails without saying so counts as one failure."""
    start = time.monotonic()
    status, output = run(command)
    result = Result(name, count(passed, output), count(failed, output), time.monotonic() - start, output,
                    re.findall(r"^(?:skipped:|SKIPPED) .*", output, re.MULTILINE))
    if status != 0 and result.failed == 0:
        result.failed = 1
    if status == 0 and result.passed == 0:
        result.failed, result.output = 1, output + f"\n{name}: it passed without running a single test"
    return result


def cmocka(program):
    return counted(os.path.basename(program), [program], r"^\[  PASSED  \] (\d+) test", r"^\[  FAILED  \] (\d+) test")


def tally(name, command):
    return counted(name, command, r"^(\d+) passed, \d+ failed", r"^\d+ passed, (\d+) failed")


def pytest(directory, without):
    return counted(directory, [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", directory,
                               *(f"--ignore={path}" for path in without)],
                   r"\b(\d+) passed", r"\b(\d+) (?:failed|error)")


def policy(scenario):
    status, output = run(["out/bootpilotctl", "plan", "--from", scenario])
    return Result("plan --from " + scenario, int(status == 0), int(status != 0), 0, output)


def report(result):
    verdict = "FAIL" if result.failed else "ok"
    print(f"{verdict:4} {result.name:40} {result.passed:5} passed {result.failed:3} failed {result.seconds:7.1f} s", flush=True)
    if result.failed:
        lines = result.output.splitlines()
        print("\n".join("     " + line for line in lines[-60:]), flush=True)
    return result


def judged_by_policy(path):
    with open(path, encoding="utf-8") as file:
        only = re.search(r"^only\s+(.*)", file.read(), re.MULTILINE)
    return not only or "policy" in only.group(1).split()


def merge(name, results):
    """Many small results as one line; the output of those that failed is kept."""
    return Result(name, sum(r.passed for r in results), sum(r.failed for r in results), sum(r.seconds for r in results),
                  "\n".join(r.output for r in results if r.failed))


def main():
    quick = sys.argv[1:] == ["quick"]
    start = time.monotonic()
    targets = ["all", "host-tests", "fake", "testos"] + ([] if quick else ["model", "contract", "fuzzers", "bench-images"])
    status, output = run(["make", "-j2", "WERROR=1", *targets])
    print(output.strip().splitlines()[-1] if output.strip() else "", flush=True)
    if status != 0:
        print(output[-6000:])
        print("0 passed, 1 failed")
        return 1

    scenarios = sorted(glob.glob("tests/scenarios/*.txt"))
    without = LONG if quick else []
    results = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        # The longest first. The images are built several times over: not for the quick run.
        jobs = [pool.submit(pytest, "tests/" + name, without) for name in (() if quick else ("image",)) + ("tool", "docs", "kairos")]
        jobs.append(pool.submit(tally, "scenarios on the fake firmware", ["out/tests/fake"] + scenarios))
        jobs += [pool.submit(cmocka, "out/tests/" + os.path.basename(source)[:-2])
                 for source in sorted(glob.glob("tests/fake/test_*.c") + glob.glob("tests/host/test_*.c"))
                 if source not in without]
        plans = list(pool.map(policy, filter(judged_by_policy, scenarios)))
        results += [report(job.result()) for job in jobs]
        results.append(report(merge("scenarios judged by the policy", plans)))
    if not quick:
        # each scenario in each of its berths, with another systemd-boot in each; with every systemd-boot, and the long lives: make prove
        results.append(report(tally("OVMF: each scenario, each berth", OVMF)))
        results += [report(tally(name, command)) for name, command in PROOFS]

    skipped = [line for result in results for line in result.skipped]
    print("\n".join(skipped))
    print(f"{time.monotonic() - start:.0f} s in all")
    passed, failed = sum(r.passed for r in results), sum(r.failed for r in results)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
