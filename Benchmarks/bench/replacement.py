"""What clients see when the server process is replaced: after a kill, and by `zzzctl upgrade`."""

import os
import signal
import socket
import threading
import time
from dataclasses import dataclass

from .faults import faulty_server
from .load import Load


class Knocker:
    """Opens one connection after the other, with a request on each, and notes what was refused, what was cut, and the
    longest time without an answer."""

    def __init__(self, port):
        self.answered = self.refused = self.cut = 0
        self.longest_gap_seconds = 0.0
        self._port, self._stopped = port, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        last = time.monotonic()
        while not self._stopped.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=30) as connection:
                    connection.sendall(b"GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    is_answered = connection.recv(4096).startswith(b"HTTP/1.1 200")
            except ConnectionRefusedError:
                self.refused += 1
                continue
            except OSError:
                is_answered = False
            if not is_answered:
                self.cut += 1
                continue
            now = time.monotonic()
            self.longest_gap_seconds = max(self.longest_gap_seconds, now - last)
            last = now
            self.answered += 1

    def stop(self):
        self._stopped.set()
        self._thread.join()


def kills(io, count):
    """kill -9 of the server process, again and again: a `Knocker`, and how often the process was found replaced."""
    with faulty_server(io, "kill") as server:
        knocker = Knocker(server.port)
        replaced = 0
        for _ in range(count):
            time.sleep(0.5)
            pid = server.status()["pid"]
            os.kill(pid, signal.SIGKILL)
            replaced += _is_replaced(server, pid)
        knocker.stop()
        return knocker, replaced


def _is_replaced(server, pid, within_seconds=20):
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        try:
            if server.status()["pid"] != pid:
                return True
        except RuntimeError:
            pass  # Until the next process listens on the control socket.
        time.sleep(0.05)
    return False


@dataclass
class UpgradeRun:
    """Upgrades under load."""

    milliseconds: list
    healthy: object
    knocker: Knocker


def upgrades(io, count, connections, core):
    """`count` upgrades to the same binary, one after the other, while wrk runs and new connections come."""
    with faulty_server(io, "upgrade") as server:
        load = Load(server.url, 600, connections, core)
        knocker, durations = Knocker(server.port), []
        for _ in range(count):
            time.sleep(0.3)
            start = time.monotonic()
            server.zzzctl("upgrade")
            durations.append((time.monotonic() - start) * 1e3)
        time.sleep(0.5)
        knocker.stop()
        load.stop()
        return UpgradeRun(durations, load.result(), knocker)
