"""What faults in one app cost another one: a storm of them, and the memory that each one keeps."""

import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from statistics import median

from .accounting import memory_bytes
from .load import Load
from .servers import Zzzd, test_app

# Every way in which a handler of the test app faulty traps: the route, and whether its response has begun by then.
TRAPS = [
    "/trap", "/fatal", "/overflow", "/nil", "/cast", "/unowned", "/precondition", "/divide", "/exclusive",
    "/trap-deinit", "/trap-render", "/segv-nil", "/segv-libc", "/abort", "/recurse", "/trap-async", "/trap-async-loop",
    "/trap-async-first", "/trap-child", "/trap-actor", "/trap-blocking", "/trap-stream", "/trap-body",
    "/trap-middleware", "/trap-before-send", "/trap-async-middleware",
]
LOOPS = 2


def faulty_server(io, label, frozen_threads=4000, more=""):
    """zzzd with the app bench at "/", which is under load, and the app faulty at "/faulty", which is never put into
    quarantine."""
    return Zzzd(
        "bench", io, None, "/plaintext", loops=LOOPS, label=f"{io}-{label}", beside={"faulty": test_app("faulty")},
        server=f"app_threads = 16384\nfrozen_threads = {min(frozen_threads, 4096)}",
        more="[app.faulty]\nquarantine.traps = 0\nlimits.request_timeout = \"1s\"\n" + more,
    )


def ask(port, target, timeout=10):
    """One request on a connection of its own: the status, "cut" when the connection ended before a whole response, or
    what kept it from being asked."""
    body = b"0123456789" if "body" in target else b""
    method = "POST" if body else "GET"
    head = f"{method} /faulty{target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
            connection.sendall(head.encode() + body)
            response = b""
            while piece := connection.recv(65536):
                response += piece
    except TimeoutError:
        return "timeout"
    except ConnectionRefusedError:
        return "refused"
    except OSError:
        return "cut"
    # A response that was cut has a status line too, but fewer bytes than it promised.
    head, _, rest = response.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:") and len(rest) < int(line.split(b":")[1]):
            return "cut"
    return response.split(b" ", 2)[1].decode() if response.startswith(b"HTTP/1.") else "cut"


class Storm:
    """Sends faulty requests, `at_once` of them every `interval_seconds`, each from a thread of its own."""

    def __init__(self, port, targets, interval_seconds, at_once=1):
        self.answers = Counter()
        self._port, self._targets = port, targets
        self._interval, self._at_once = interval_seconds, at_once
        self._threads, self._stopped = [], threading.Event()
        self._runner = threading.Thread(target=self._run, daemon=True)
        self._runner.start()

    def _run(self):
        begin, number = time.monotonic(), 0
        while not self._stopped.wait(max(0.0, begin + number * self._interval - time.monotonic())):
            for _ in range(self._at_once):
                target = self._targets[len(self._threads) % len(self._targets)]
                thread = threading.Thread(target=self._ask, args=(target,), daemon=True)
                self._threads.append(thread)
                thread.start()
            number += 1

    def _ask(self, target):
        self.answers[ask(self._port, target)] += 1

    def stop(self):
        """Ends it, and waits for the answers."""
        self._stopped.set()
        self._runner.join()
        for thread in self._threads:
            thread.join(timeout=15)
        return self.answers


@dataclass
class Weather:
    """One kind of disturbance, with what the healthy app's rounds measured under it."""

    name: str
    targets: list
    interval_seconds: float = 0.1
    at_once: int = 1
    rounds: list = field(default_factory=list)
    answers: Counter = field(default_factory=Counter)

    def run(self, server, seconds, connections, core):
        storm = Storm(server.port, self.targets, self.interval_seconds, self.at_once) if self.targets else None
        self.rounds.append(Load(server.url, seconds, connections, core).result())
        if storm:
            self.answers += storm.stop()

    @property
    def requests(self):
        return sum(round_.requests for round_ in self.rounds)

    @property
    def failures(self):
        return sum(round_.failures for round_ in self.rounds)

    @property
    def p99_us(self):
        return median(round_.p99_us for round_ in self.rounds)


def weathers():
    blocked = 2 * LOOPS
    return [
        Weather("undisturbed", []),
        Weather("10 traps a second, in every way", TRAPS),
        Weather("/block?ms=500 on every loop at once", ["/block?ms=500"], 1.0, blocked),
        Weather("/spin on every loop at once", ["/spin"], 2.0, blocked),
    ]


def storm(io, seconds, rounds, connections, core, progress):
    """Every weather once per round, each round from another start. The weathers, and whether the process is the same
    at the end."""
    kinds = weathers()
    with faulty_server(io, "storm") as server:
        Load(server.url, 1, connections, core).result()
        pid = server.status()["pid"]
        for number in range(rounds):
            turn = number % len(kinds)
            for kind in kinds[turn:] + kinds[:turn]:
                kind.run(server, max(1, seconds // rounds), connections, core)
            progress(f"storm {io}: round {number + 1} of {rounds}")
        return kinds, server.status()["pid"] == pid


def bytes_per_fault(io, target, faults):
    """Memory (PSS) that each fault leaves behind, frozen thread and fresh copy of the app included."""
    with faulty_server(io, "memory") as server:
        for _ in range(5):
            ask(server.port, target)
        time.sleep(1)
        before = memory_bytes(server.pid)
        for _ in range(faults):
            answer = ask(server.port, target)
            if answer not in ("500", "503", "cut"):
                raise RuntimeError(f"{target} was answered with {answer}")
        time.sleep(2)
        return (memory_bytes(server.pid) - before) / faults


@dataclass
class Soak:
    """Faults until the server process has been replaced because of them."""

    answers: Counter
    processes: int
    healthy: object
    seconds: float


def soak(io, faults, connections, core, deadline_seconds=300):
    """`faults` faults as fast as they are answered, 4 at a time, with the default number of threads that may be
    frozen."""
    with faulty_server(io, "soak", frozen_threads=128) as server:
        answers, pids, left = Counter(), set(), iter(range(faults))
        load = Load(server.url, deadline_seconds + 60, connections, core)
        begin = time.monotonic()

        def work():
            for number in left:
                if time.monotonic() - begin > deadline_seconds:
                    return
                answers[ask(server.port, TRAPS[number % len(TRAPS)])] += 1

        threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            try:
                pids.add(server.status()["pid"])
            except RuntimeError:
                pass  # Between two processes nobody answers for a moment.
            time.sleep(0.2)
        seconds = time.monotonic() - begin
        load.stop()
        return Soak(answers, len(pids), load.result(), seconds)
