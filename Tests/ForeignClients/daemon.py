"""A zzzd of .build/dist with the app Tests/Apps/counterpart, on a port of its own."""

import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
DIST = os.path.join(ROOT, ".build/dist")

CONFIGURATION = """
[[listen]]
address = "127.0.0.1:0"

[control]
socket = "{run}/control.sock"

[paths]
state = "{run}/state"
runtime = "{run}"

[apps]
directory = "{run}/apps"

[app.counterpart]
mount = "/"
settings = {{ page = "{run}/page" }}
"""


class Daemon:
    def __init__(self):
        # A unix socket's path has at most 107 bytes (unix(7)).
        self.run = tempfile.mkdtemp(prefix="zzz-clients-", dir="/tmp")
        for name in ("state", "apps", "page"):
            os.mkdir(os.path.join(self.run, name))
        shutil.copy(os.path.join(DIST, "test-apps/counterpart.so"), os.path.join(self.run, "apps"))
        configuration = os.path.join(self.run, "zzz.toml")
        with open(configuration, "w") as file:
            file.write(CONFIGURATION.format(run=self.run))
        self.log = os.path.join(self.run, "log")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [os.path.join(DIST, "bin/zzzd"), "--config", configuration], stdout=log, stderr=log)
        try:
            self.address = wait_for(self._address, "zzzd to be ready", lambda: self.log_text())
        except BaseException:
            self.stop()
            raise

    def _address(self):
        if self.process.poll() is not None:
            raise AssertionError(f"zzzd ended with {self.process.returncode}: {self.log_text()}")
        ready = re.search(r"ready listen=(127\.0\.0\.1:\d+)", self.log_text())
        return ready and ready.group(1)

    def log_text(self):
        with open(self.log) as file:
            return file.read()

    @property
    def socket(self):
        return f"ws://{self.address}/socket"

    def control(self, *arguments):
        """Runs zzzctl, and returns what it says."""
        environment = dict(os.environ, ZZZ_SOCKET=os.path.join(self.run, "control.sock"))
        result = subprocess.run(
            [os.path.join(DIST, "bin/zzzctl"), *arguments], env=environment, capture_output=True, text=True, timeout=60)
        if result.returncode != 0:
            raise AssertionError(f"zzzctl {' '.join(arguments)}: {result.stdout}{result.stderr}")
        return result.stdout

    def tell(self, event):
        """Has the app tell all channels of an event: "crash" makes them crash."""
        request = urllib.request.Request(f"http://{self.address}/tell/{event}", method="POST", data=b"")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.run)


def wait_for(condition, what, details=lambda: "", seconds=30):
    """What the condition gives once it is true."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}: {details()}")
        time.sleep(0.01)
