"""Reloading an app while it is under load."""

import time
from dataclasses import dataclass

from .load import Load, LoadResult


# The load ends with the last reload.
LONGEST_SECONDS = 3600


@dataclass
class ReloadRun:
    """The same load twice: undisturbed, and while the app is reloaded again and again."""

    reloads: int
    quiet: LoadResult
    disturbed: LoadResult
    reload_ms: list

    @property
    def p99_ratio(self):
        return self.disturbed.p99_us / self.quiet.p99_us


def reload_under_load(server, app, reloads, interval_seconds, connections, core):
    """Reloads the app `reloads` times, one each interval, while wrk runs."""
    seconds = int(reloads * interval_seconds) + 2
    quiet = Load(server.url, seconds, connections, core).result()
    load = Load(server.url, LONGEST_SECONDS, connections, core)
    durations, begin = [], time.monotonic()
    for number in range(reloads):
        time.sleep(max(0.0, begin + 1 + number * interval_seconds - time.monotonic()))
        start = time.monotonic()
        server.zzzctl("reload", app)
        durations.append((time.monotonic() - start) * 1e3)
    load.stop()
    return ReloadRun(reloads, quiet, load.result(), durations)
