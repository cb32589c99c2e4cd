"""phoenix.js in Chromium: what is tried, and what is expected, is in the directory page."""

import functools
import glob
import http.server
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import unittest

import phoenix_js
from daemon import Daemon

PAGE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "page")


class Driver(http.server.SimpleHTTPRequestHandler):
    """Does what a page cannot: POST /upgrade runs `zzzctl upgrade`. It takes the page's results, and serves the same
    page, from another origin."""

    def __init__(self, daemon, results, *arguments):
        self.daemon, self.results = daemon, results
        super().__init__(*arguments, directory=os.path.join(daemon.run, "page"))

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        try:
            answer, status = self.run(self.path[1:], body), 200
        except Exception as error:
            answer, status = str(error), 500
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(answer.encode())

    def run(self, command, body):
        if command != "results":
            return self.daemon.control(*command.split("/"))
        self.results.put(body.splitlines())
        return ""

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
        cls.said = queue.Queue()
        driver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Driver, cls.daemon, cls.said))
        threading.Thread(target=driver.serve_forever, daemon=True).start()
        cls.addClassCleanup(driver.server_close)
        cls.addClassCleanup(driver.shutdown)
        cls.origin = f"http://127.0.0.1:{driver.server_port}"

    def results(self, address, tests):
        """What the page says of its tests."""
        profile = tempfile.mkdtemp(prefix="zzz-browser-")
        self.addCleanup(shutil.rmtree, profile, ignore_errors=True)
        query = f"tests={tests}&daemon={self.daemon.address}&driver={self.origin}"
        with open(os.path.join(profile, "log"), "w+") as log:
            # With that port it stays until it is told to end.
            browser = subprocess.Popen(
                ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
                 "--enable-logging=stderr", f"--user-data-dir={profile}", f"{address}?{query}"], stdout=log, stderr=log)
            try:
                return self.said.get(timeout=300)
            except queue.Empty:
                log.seek(0)
                self.fail(f"the page has not got to its end: {log.read()[-2000:]}")
            finally:
                browser.terminate()
                browser.wait(30)

    def check(self, lines, least):
        for line in lines:
            print(line)
        self.assertGreaterEqual(len(lines), least)
        self.assertEqual([line for line in lines if not line.startswith("passed: ")], [])

    def test_what_the_page_tests(self):
        self.check(self.results(f"http://{self.daemon.address}/page/index.html", "own"), least=25)

    def test_a_page_of_another_origin(self):
        self.check(self.results(f"{self.origin}/index.html", "foreign"), least=2)
