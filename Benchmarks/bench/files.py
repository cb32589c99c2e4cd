"""Files: sent, by several servers, and received in forms."""

import os
import socket
import threading
import time

from . import servers
from .accounting import CPUTime, memory_bytes

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
OPEN_FILE_CACHE = "open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s;"


def directory():
    """A directory with the files that are asked for: 4k and 1m."""
    path = servers.work_directory("files")
    for name, size in (("4k", 4096), ("1m", 1 << 20)):
        with open(os.path.join(path, name), "wb") as file:
            file.write(os.urandom(size))
        # As old as files are, so that their tags are strong.
        os.utime(os.path.join(path, name), (1_700_000_000, 1_700_000_000))
    return path


def senders(core, path, backends):
    """Every server that sends `path`, a file of `directory()`; each is to be stopped."""
    files = directory()
    yield servers.nginx(core, files=files, path=path, settings="sendfile on;")
    yield servers.nginx(
        core, name="nginx open_file_cache", files=files, path=path, settings="sendfile on;" + OPEN_FILE_CACHE)
    yield servers.go_file_server(core, files, path)
    for io in backends:
        yield servers.Zzzd("bench", io, core, path, app_lines=f'settings = {{ files = "{files}" }}')


def _form():
    """What a form with one file has before and behind the file's content."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    return head.encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


def form_file(size):
    """A file with the body of a form with a file of `size` random bytes."""
    head, tail = _form()
    path = os.path.join(servers.work_directory("form"), "body")
    with open(path, "wb") as file:
        file.write(head + os.urandom(size) + tail)
    return path


class PeakMemory:
    """The most PSS that a server has while the block runs."""

    def __init__(self, server):
        self._pid, self.bytes, self._ended = server.pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self._ended.wait(0.05):
            self.bytes = max(self.bytes, memory_bytes(self._pid))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()


def upload(server, path, size):
    """Posts one form with a file of `size` bytes; the server's CPU seconds, and its peak of memory."""
    head, tail = _form()
    piece = os.urandom(1 << 20)
    before = CPUTime.of(server.pid)
    with PeakMemory(server) as peak, socket.create_connection(("127.0.0.1", server.port)) as connection:
        request = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {CONTENT_TYPE}\r\n"
        request += f"Content-Length: {len(head) + size + len(tail)}\r\n\r\n"
        connection.sendall(request.encode() + head)
        for _ in range(size // len(piece)):
            connection.sendall(piece)
        connection.sendall(tail)
        answer = connection.makefile("rb").read()
    if not answer.startswith(b"HTTP/1.1 200") or not answer.endswith(b"\r\n\r\n%d" % size):
        raise RuntimeError(f"{server.name}: the upload was answered with {answer[:200]}")
    return (CPUTime.of(server.pid) - before).total_seconds, peak.bytes
