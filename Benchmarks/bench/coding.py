"""JSON without a server: a 1 KiB object through ZzzJSON, Go's encoding/json, FoundationEssentials and a coder that
does nothing."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from statistics import median

from .servers import ROOT, work_directory

ACTIONS = ["encode", "decode"]
ORDER = os.path.join(ROOT, "Benchmarks", "json", "order.json")


@dataclass
class Coder:
    """A program that encodes or decodes the object as often as it is told."""

    name: str
    command: list
    environment: dict = field(default_factory=dict)
    cpu_us: dict = field(default_factory=lambda: {action: [] for action in ACTIONS})

    def measure(self, action, count, core):
        """CPU time of the whole process per operation: what its start costs is small beside it."""
        process = subprocess.Popen(self._line(action, count), stdout=subprocess.PIPE,
                                   preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        written = process.stdout.read()
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        with open(ORDER, "rb") as file:
            assert process.returncode == 0 and written == file.read(), f"{self.name} wrote something else"
        self.cpu_us[action].append((usage.ru_utime + usage.ru_stime) * 1e6 / count)

    def median(self, action):
        return median(self.cpu_us[action])

    def instructions(self, action):
        """Instructions per operation, the start of the process taken off; None without valgrind."""
        if not shutil.which("valgrind"):
            return None
        few, many = (self._collected(action, count) for count in (2000, 6000))
        return (many - few) / 4000

    def _collected(self, action, count):
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *self._line(action, count)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True,
            # Go's scheduler interrupts itself with signals, which callgrind does not survive.
            env={**os.environ, "GODEBUG": "asyncpreemptoff=1"})
        return int(re.search(r"Collected : (\d+)", run.stderr)[1])

    def _line(self, action, count):
        return [*self.command, action, str(count), ORDER]


def coders():
    """ZzzJSON, Go and the others, built where scripts/build does not build them."""
    swift = os.path.join(ROOT, ".build", "release", "json-bench")
    go = os.path.join(work_directory("json"), "json-go")
    subprocess.run(["go", "build", "-o", go, os.path.join(ROOT, "Benchmarks", "json", "go", "main.go")], check=True)
    return [
        Coder("ZzzJSON", [swift, "zzz"]), Coder("Go encoding/json", [go]),
        Coder("FoundationEssentials", [swift, "foundation"]), Coder("Codable that does nothing", [swift, "floor"]),
    ]


def compete(contestants, rounds, count, core):
    for turn in range(rounds):
        for action in ACTIONS:
            for offset in range(len(contestants)):
                contestants[(turn + offset) % len(contestants)].measure(action, count, core)


def table(contestants):
    go = contestants[1]
    rows = [["coder", *(f"{action}, {what}" for action in ACTIONS for what in ("CPU us", "/ Go", "instructions"))]]
    for coder in contestants:
        row = [coder.name]
        for action in ACTIONS:
            count = coder.instructions(action)
            row += [f"{coder.median(action):.2f}", f"{coder.median(action) / go.median(action):.2f}",
                    "-" if count is None else f"{count:,.0f}"]
        rows.append(row)
    return rows
