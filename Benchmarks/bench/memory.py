"""Memory: the idle daemon, and idle keep-alive connections."""

import socket
import time

from .accounting import memory_bytes
from .servers import allow_open_files

# Linux's number; Python does not name it before 3.12.
IP_BIND_ADDRESS_NO_PORT = 24

REQUEST = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"


def idle_memory(server):
    """PSS of a server that has answered one request, in bytes."""
    server.get()
    time.sleep(1)
    return memory_bytes(server.pid)


def _open(server, number):
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(10)
    # Each loopback address of a client has ports of its own. The port is chosen by connect, which looks at the whole
    # address (ip(7)); bind would search for one that is free everywhere, which takes ever longer.
    connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    connection.bind((f"127.0.0.{2 + number // 20000}", 0))
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(REQUEST % server.path.encode())
    return connection


def bytes_per_idle_connection(server, connections):
    """User memory (PSS) that each connection adds which has had one response and waits for its next request."""
    if allow_open_files() < connections + 100:
        raise RuntimeError(f"{connections} connections need a higher limit of open files (ulimit -Hn)")
    held = []
    try:
        warm = [_open(server, 0) for _ in range(16)]
        for connection in warm:
            connection.recv(4096)
            connection.close()
        time.sleep(1)
        before = memory_bytes(server.pid)
        for number in range(connections):
            connection = _open(server, number)
            if not connection.recv(4096).startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{server.name}: connection {number} got no answer")
            held.append(connection)
        time.sleep(2)
        return (memory_bytes(server.pid) - before) / connections
    finally:
        for connection in held:
            connection.close()
