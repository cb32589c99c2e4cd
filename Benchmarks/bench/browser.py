"""What the pipeline of a page for browsers costs: logger, session, CSRF check, secure headers."""

import http.client
import os

from . import servers
from .throughput import Contestant

# What a handler does with the session, by route of apps/bench below /browser.
ROUTES = [
    ("nothing of the session", "plaintext"),
    ("reads the session", "user"),
    ("shows a form's token", "form"),
    ("writes the session", "visit"),
]


def contestants(server):
    """The bare route and those behind the pipeline, all with the same fields of a browser that is signed in."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/browser/sign-in")
    response = connection.getresponse()
    cookie = response.getheader("Set-Cookie").split(";")[0]
    token = response.read().decode()
    connection.close()
    fields = (f"Cookie: {cookie}", f"X-CSRF-Token: {token}", "Sec-Fetch-Site: same-origin")
    empty = os.path.join(server.directory, "empty")
    open(empty, "w").close()
    made = [Contestant("bare", server, "/plaintext", fields)]
    made += [Contestant(name, server, f"/browser/{route}", fields) for name, route in ROUTES]
    made.append(Contestant("POST, checks the token", server, "/browser/form", fields, empty))
    return made


def server(io, core):
    """Records of requests are written, to a file."""
    return servers.Zzzd("bench", io, core, "/plaintext", label=f"{io}-browser", log_level="info")


def table(measured):
    """CPU per request, and how much of it is not the bare route's. A slower server wakes its client more often, which
    is the kernel's work: the share in user mode is without that."""
    bare, bare_user = measured[0].median("cpu_us"), measured[0].user_us
    rows = [["handler", "requests/s", "CPU us/request", "above the bare route", "above it in user mode", "failed"]]
    for contestant in measured:
        cpu = contestant.median("cpu_us")
        rows.append([
            contestant.name, f"{contestant.median('requests_per_second'):,.0f}", f"{cpu:.2f}", f"{cpu - bare:+.2f}",
            f"{contestant.user_us - bare_user:+.2f}", str(contestant.failures),
        ])
    return rows
