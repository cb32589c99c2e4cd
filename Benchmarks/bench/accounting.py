"""What the kernel knows about a process: CPU time and memory."""

import os
import time
from dataclasses import dataclass


def process_tree(root):
    """The process and all its descendants, by pid."""
    children = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            children.setdefault(int(_stat_fields(int(entry))[1]), []).append(int(entry))
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, pending = [], [root]
    while pending:
        pid = pending.pop()
        found.append(pid)
        pending += children.get(pid, [])
    return found


def _stat_fields(pid):
    """The fields of /proc/PID/stat from the third on (proc(5)); the second may contain anything."""
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()


@dataclass
class CPUTime:
    """CPU time of a process tree. The total is exact; its split into user and kernel mode is sampled by the tick."""

    total_seconds: float
    user_ticks: int
    kernel_ticks: int

    def __sub__(self, earlier):
        return CPUTime(
            self.total_seconds - earlier.total_seconds,
            self.user_ticks - earlier.user_ticks,
            self.kernel_ticks - earlier.kernel_ticks,
        )

    @staticmethod
    def of(root):
        total, user, kernel = 0.0, 0, 0
        for pid in process_tree(root):
            fields = _stat_fields(pid)
            user += int(fields[11])
            kernel += int(fields[12])
            # clock_getcpuclockid(3): the scheduler's own clock of another process, in nanoseconds.
            total += time.clock_gettime((~pid << 3) | 2)
        return CPUTime(total, user, kernel)


def memory_bytes(root, field="Pss"):
    """A field of /proc/PID/smaps_rollup, over the process tree: Pss, Private_Dirty, Pss_Anon, ..."""
    total = 0
    for pid in process_tree(root):
        with open(f"/proc/{pid}/smaps_rollup") as file:
            for line in file:
                if line.startswith(field + ":"):
                    total += int(line.split()[1]) * 1024
    return total
