"""phoenix.js in Chromium: what is tried, and what is expected, is in the directory page."""

import functools
import glob
import http.server
import os
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

import phoenix_js
from daemon import Daemon

PAGE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "page")


class Driver(http.server.SimpleHTTPRequestHandler):
    """Does what a page cannot: POST /upgrade runs `zzzctl upgrade`. And it serves the same page, from another origin."""

    def __init__(self, daemon, *arguments):
        self.daemon = daemon
        super().__init__(*arguments, directory=os.path.join(daemon.run, "page"))

    def do_POST(self):
        try:
            answer, status = self.daemon.control(*self.path[1:].split("/")), 200
        except Exception as error:
            answer, status = str(error), 500
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *arguments):
        pass


class PhoenixJSTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon()
        cls.addClassCleanup(cls.daemon.stop)
        page = os.path.join(cls.daemon.run, "page")
        for file in glob.glob(os.path.join(PAGE, "*")):
            shutil.copy(file, page)
        print(f"phoenix.js {phoenix_js.provide(page)}")
        cls.driver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Driver, cls.daemon))
        threading.Thread(target=cls.driver.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.driver.shutdown)
        cls.origin = f"http://127.0.0.1:{cls.driver.server_port}"

    def results(self, address, tests):
        """What the page says of its tests."""
        profile = tempfile.mkdtemp(prefix="zzz-browser-")
        self.addCleanup(shutil.rmtree, profile, ignore_errors=True)
        query = f"tests={tests}&daemon={self.daemon.address}&driver={self.origin}"
        browser = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom",
             f"{address}?{query}"], capture_output=True, text=True, timeout=600)
        lines = re.findall(r"(?:passed|FAILED): .*", browser.stdout)
        self.assertIn(
            f"{len(lines)} tests have run", browser.stdout, f"it did not get to its end: {browser.stderr[-2000:]}")
        return lines

    def check(self, lines, least):
        for line in lines:
            print(line)
        for line in lines:
            with self.subTest(line):
                self.assertTrue(line.startswith("passed: "), self.daemon.log_text()[-2000:])
        self.assertGreaterEqual(len(lines), least)

    def test_what_the_page_tests(self):
        self.check(self.results(f"http://{self.daemon.address}/page/index.html", "own"), least=26)

    def test_a_page_of_another_origin(self):
        self.check(self.results(f"{self.origin}/index.html", "foreign"), least=2)
