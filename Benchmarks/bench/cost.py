"""What one keep-alive request costs beside time: system calls and heap allocations."""

import os
import struct
import subprocess
import time

from .load import Load
from .servers import ROOT, Zzzd, work_directory
from .accounting import process_tree


def system_calls_per_request(server, seconds, connections, core, pipeline=1):
    """System calls per request while under load, or None where the kernel does not permit counting them.

    A kernel tracepoint counts: strace would slow the server, and a slow server makes fewer calls per request."""
    pids = ",".join(str(pid) for pid in process_tree(server.pid))
    load = Load(server.url, seconds, connections, core, pipeline)
    try:
        perf = subprocess.run(
            ["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-p", pids, "sleep", str(seconds + 0.5)],
            capture_output=True,
            text=True,
        )
        output = perf.stderr
    except FileNotFoundError:
        output = ""
    requests = load.result().requests
    for line in output.splitlines():
        value = line.split(",")[0]
        if "raw_syscalls" in line and value.isdigit():
            return int(value) / requests
    return None


class AllocationCounter:
    """Counts the heap allocations of a process, with count_allocations.c preloaded into it."""

    def __init__(self):
        directory = work_directory("allocations")
        self._library = os.path.join(directory, "count_allocations.so")
        self._file = os.path.join(directory, "count")
        source = os.path.join(ROOT, "Benchmarks", "count_allocations.c")
        subprocess.run(["cc", "-std=c11", "-O2", "-fPIC", "-shared", "-o", self._library, source], check=True)
        self.environment = {"LD_PRELOAD": self._library, "ZZZ_ALLOCATION_COUNT": self._file}

    def read(self):
        with open(self._file, "rb") as file:
            return struct.unpack("Q", file.read(8))[0]


def allocations_per_request(app, io, path, seconds, connections, core, server_core):
    """Heap allocations per keep-alive request, connections and everything else that grows once warmed up before."""
    counter = AllocationCounter()
    with Zzzd(app, io, server_core, path, label=f"{io}-allocations", environment=counter.environment) as server:
        Load(server.url, 2, connections, core).result()
        idle_before = counter.read()
        time.sleep(1)
        idle = counter.read() - idle_before
        before = counter.read()
        result = Load(server.url, seconds, connections, core).result()
        # What accepting the connections takes is counted too: it disappears in the number of requests.
        return (counter.read() - before) / result.requests, result.requests, idle
