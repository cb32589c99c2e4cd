"""The load generator: wrk, pinned to its own core."""

import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass

# wrk calls `done` once, with everything it measured; latencies are in microseconds.
REPORT = """
done = function(summary, latency, requests)
    local errors = summary.errors
    print("RESULT", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.connect, errors.read, errors.write, errors.status, errors.timeout)
end
"""

# One send of `depth` requests; the next one when all their responses are there.
PIPELINE = """
init = function(arguments)
    local requests = {}
    for i = 1, %(depth)d do requests[i] = wrk.format() end
    batch = table.concat(requests)
end
request = function() return batch end
"""

BODY = """
wrk.method = "POST"
local file = io.open("%(file)s", "rb")
wrk.body = file:read("*a")
file:close()
"""


@dataclass
class LoadResult:
    """What one run of wrk saw."""

    requests: int
    seconds: float
    p50_us: float
    p99_us: float
    connect_errors: int
    read_errors: int
    write_errors: int
    status_errors: int
    timeouts: int

    @property
    def failures(self):
        """Requests that were not answered, or answered with a status above 399."""
        return self.connect_errors + self.read_errors + self.write_errors + self.status_errors + self.timeouts


class Load:
    """A wrk that is running; `result` waits for its end."""

    def __init__(self, url, seconds, connections, core, pipeline=1, headers=(), body=None):
        """`body` is a file whose contents are posted."""
        script = REPORT + (PIPELINE % {"depth": pipeline} if pipeline > 1 else "")
        if body:
            script += BODY % {"file": body}
        self._script = tempfile.NamedTemporaryFile("w", suffix=".lua")
        self._script.write(script)
        self._script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", self._script.name, url]
        for header in headers:
            command += ["-H", header]
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {core})
        )
        self._url = url

    def stop(self):
        """Ends it before its time; wrk reports on what it has seen."""
        self._process.send_signal(signal.SIGINT)

    def result(self):
        output, _ = self._process.communicate()
        self._script.close()
        for line in output.splitlines():
            if line.startswith("RESULT"):
                values = line.split()[1:]
                counts = [int(value) for value in values[4:]]
                return LoadResult(
                    int(values[0]), int(values[1]) / 1e6, float(values[2]), float(values[3]), *counts
                )
        raise RuntimeError(f"wrk did not report on {self._url}:\n{output}")
