"""Channels: deliveries of broadcasts, round trips, idle sockets, and a reload under sockets. The load is wsload."""

import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from statistics import median

from . import servers
from .accounting import CPUTime, memory_bytes

SOURCES = os.path.join(servers.ROOT, "Benchmarks", "wsload")
SOCKET_PATH = "/socket/websocket"


def build_load():
    """Compiles wsload, once for a run; its path."""
    binary = os.path.join(servers.work_directory("wsload"), "wsload")
    sources = [os.path.join(SOURCES, name) for name in ("wsload.c", "socket.c")]
    subprocess.run(["cc", "-std=c11", "-O2", "-o", binary, *sources], check=True)
    return binary


def floor(core):
    """The least that a server of the same channels can do."""
    binary = os.path.join(servers.work_directory("floor-channels"), "floor")
    subprocess.run(["cc", "-std=c11", "-O2", "-o", binary, os.path.join(SOURCES, "floor.c")], check=True)
    port = servers.free_port()
    return servers.Server("floor", [binary, str(port)], port, "/", core)


def go_server(core):
    """The same channels in Go, on one thread."""
    binary = os.path.join(servers.work_directory("go-channels"), "channels")
    subprocess.run(["go", "build", "-o", binary, "."], check=True, cwd=os.path.join(SOURCES, "go"),
                   env={**os.environ, "GO111MODULE": "off"})
    port = servers.free_port()
    return servers.Server("go channels", [binary, str(port)], port, "/plaintext", core, {"GOMAXPROCS": "1"})


class Clients:
    """A running wsload, all of whose clients have joined."""

    def __init__(self, load, server, count, core, topics=1):
        command = [load, str(server.port), SOCKET_PATH, str(count), str(topics)]
        self.server = server
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=lambda: servers.prepare(core))
        self.joined = self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.server.name}: wsload ended with {self._process.wait()}")
        return json.loads(line)

    def run(self, *command):
        """What wsload measured, and the server's CPU microseconds for each delivery or reply ("cpu_us")."""
        before = CPUTime.of(self.server.pid)
        self._process.stdin.write(" ".join(str(word) for word in command) + "\n")
        self._process.stdin.flush()
        result = self._answer()
        used = CPUTime.of(self.server.pid) - before
        if result["count"] == 0 or result["ended"] > 0:
            raise RuntimeError(f"{self.server.name}: {' '.join(map(str, command))}: {result}")
        result["cpu_us"] = used.total_seconds * 1e6 / result["count"]
        return result

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@dataclass
class Contestant:
    """A server, and what its rounds measured, by scenario."""

    server: servers.Server
    rounds: dict = field(default_factory=dict)

    def add(self, scenario, result):
        self.rounds.setdefault(scenario, []).append(result)

    def median(self, scenario, name):
        return median(result[name] for result in self.rounds[scenario])

    def rate(self, scenario):
        return median(result["count"] / result["seconds"] for result in self.rounds[scenario])


def broadcast(contestants, load, members, rounds, seconds, core, progress):
    """One topic: one broadcast in flight, eight, and half of the rate that one in flight came to."""
    for number in range(rounds):
        turn = number % len(contestants)
        for contestant in contestants[turn:] + contestants[:turn]:
            with Clients(load, contestant.server, members, core) as clients:
                clients.run("broadcast", 0.3, 1)
                one = clients.run("broadcast", seconds, 1)
                contestant.add("one", one)
                contestant.add("eight", clients.run("broadcast", seconds, 8))
                contestant.add("paced", clients.run("paced", seconds, one["count"] / one["seconds"] / members / 2))
        progress(f"broadcasts, round {number + 1} of {rounds}")


def echo(contestants, load, members, rounds, seconds, core, progress):
    """Each client pushes, and pushes again at the reply, in a topic of its own."""
    for number in range(rounds):
        turn = number % len(contestants)
        for contestant in contestants[turn:] + contestants[:turn]:
            with Clients(load, contestant.server, members, core, topics=members) as clients:
                clients.run("echo", 0.3, members)
                contestant.add("echo", clients.run("echo", seconds, members))
        progress(f"echo, round {number + 1} of {rounds}")


def _against(contestants, scenario):
    """CPU as a share of the last contestant's, which is Go's."""
    base = contestants[-1].median(scenario, "cpu_us")
    return [f"{contestant.median(scenario, 'cpu_us') / base:.2f}" for contestant in contestants]


def broadcast_table(contestants):
    rows = [["server", "CPU us/delivery, 1 in flight", "/ go", "8 in flight", "/ go", "deliveries per CPU second",
             "p99 us, 1 in flight", "p50 us at half of it", "p99 us at half of it"]]
    ratios = zip(_against(contestants, "one"), _against(contestants, "eight"))
    for contestant, (one, eight) in zip(contestants, ratios):
        each = contestant.median("eight", "cpu_us")
        rows.append([
            contestant.server.name, f"{contestant.median('one', 'cpu_us'):.2f}", one, f"{each:.2f}", eight,
            f"{1e6 / each:,.0f}", f"{contestant.median('one', 'p99_us'):,.0f}",
            f"{contestant.median('paced', 'p50_us'):,.0f}", f"{contestant.median('paced', 'p99_us'):,.0f}",
        ])
    return rows


def echo_table(contestants):
    rows = [["server", "round trips/s", "CPU us each", "/ go", "p50 us", "p99 us"]]
    for contestant, ratio in zip(contestants, _against(contestants, "echo")):
        rows.append([
            contestant.server.name, f"{contestant.rate('echo'):,.0f}", f"{contestant.median('echo', 'cpu_us'):.2f}",
            ratio, f"{contestant.median('echo', 'p50_us'):,.0f}", f"{contestant.median('echo', 'p99_us'):,.0f}",
        ])
    return rows


@dataclass
class IdleMemory:
    """User memory that each joined socket adds: what the process has in its own address space. The kernel's socket
    buffers are not in it."""

    pss_bytes: float
    dirty_bytes: float


def bytes_per_idle_socket(server, load, sockets, core):
    with Clients(load, server, 64, core, topics=64) as clients:
        clients.run("echo", 0.3, 64)  # what is allocated once, for whatever number of sockets
    time.sleep(1)
    fields = ("Pss", "Private_Dirty")
    before = [memory_bytes(server.pid, field) for field in fields]
    # Rooms of a hundred: neither one topic for all, nor one for each.
    with Clients(load, server, sockets, core, topics=max(sockets // 100, 1)) as clients:
        time.sleep(3)
        each = [(memory_bytes(server.pid, field) - start) / sockets for field, start in zip(fields, before)]
        clients.run("check", 30)  # or nothing was measured
    return IdleMemory(*each)


@dataclass
class MovedSockets:
    """A reload under joined sockets."""

    reload_ms: float
    answered: int
    seconds: float


def reload_under_sockets(server, load, sockets, core):
    """Every client pushes while the app is reloaded, and once more afterwards; any end of a socket or a channel is an
    error. `seconds` is how long it took from the reload's start until all had been answered by the new code."""
    with Clients(load, server, sockets, core, topics=max(sockets // 100, 1)) as clients:
        clients.run("check", 30)
        durations = []
        start = time.monotonic()
        reload = threading.Thread(target=lambda: (
            server.zzzctl("reload", "bench"), durations.append((time.monotonic() - start) * 1e3)))
        reload.start()
        clients.run("check", 30)
        reload.join()
        result = clients.run("check", 30)
        return MovedSockets(durations[0] if durations else float("nan"), result["count"], time.monotonic() - start)
