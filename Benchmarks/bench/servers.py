"""The servers that are measured: how each is configured, started, found ready and ended."""

import json
import os
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DIST = os.path.join(ROOT, ".build", "dist")
# Debian keeps nginx outside an ordinary user's PATH.
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
START_SECONDS = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process on loopback. `path` is what the load asks for, `scheme` how."""

    def __init__(self, name, command, port, path, core=None, environment=None, scheme="http"):
        self.name, self.port, self.path, self.scheme = name, port, path, scheme
        self._log = open(os.path.join(DIST, "..", "bench", f"{name.replace(' ', '-').replace('/', '')}.log"), "w")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: prepare(core),
        )
        self._wait_until_ready()

    @property
    def pid(self):
        return self._process.pid

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}{self.path}"

    def get(self, path=None, headers=()):
        """One request on a connection of its own: status and body, as it came."""
        with self._connect() as connection:
            lines = [f"GET {path or self.path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
            connection.sendall("\r\n".join(lines).encode())
            response = b""
            while b"\r\n\r\n" not in response or not self._is_whole(response):
                piece = connection.recv(65536)
                if not piece:
                    break
                response += piece
        return int(response.split(b" ", 2)[1]), response.partition(b"\r\n\r\n")[2]

    def _connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        if self.scheme == "http":
            return connection
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(connection)

    @staticmethod
    def _is_whole(response):
        head, _, body = response.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                return len(body) >= int(line.split(b":")[1])
        return False

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                status, _ = self.get()
                if status == 200:
                    return
                reason = f"answers {self.path} with {status}"
            except (OSError, IndexError, ValueError) as error:
                reason = error
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{self.name} did not become ready: {reason}; see {self._log.name}")
            time.sleep(0.02)

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def prepare(core):
    """What a process does before it becomes a server or a load."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    allow_open_files()


def allow_open_files():
    """Raises the limit of open files of this process as far as it may go, and returns it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def work_directory(name):
    """An empty directory for one server's files."""
    path = os.path.join(DIST, "..", "bench", name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return os.path.abspath(path)


def floor(core):
    binary = os.path.join(work_directory("floor"), "floor")
    source = os.path.join(ROOT, "Benchmarks", "floor.c")
    subprocess.run(["cc", "-std=c11", "-O2", "-o", binary, source], check=True)
    port = free_port()
    return Server("floor", [binary, str(port)], port, "/", core)


NGINX_CONFIGURATION = """
worker_processes 1;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 20000; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    default_type text/plain;
    {lines}
    server {{
        listen 127.0.0.1:{port}{tls};
        location / {{ return 200 "Hello, World!"; }}
        location /files/ {{ alias {directory}/files/; }}
    }}
}}
"""


def certificate(directory):
    """A new certificate that signs itself, and its key (ECDSA with P-256): two paths."""
    paths = os.path.join(directory, "certificate.pem"), os.path.join(directory, "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-days", "30", "-subj", "/CN=localhost", "-out", paths[0], "-keyout", paths[1]]
    subprocess.run(command, check=True, capture_output=True)
    return paths


def nginx(core, tls=False, name="nginx", files=None, path="/", settings=""):
    """`files` is the directory that /files/ shows; `settings` are lines of the configuration's http block."""
    directory, port = work_directory(f"{name}-tls" if tls else name.replace(" ", "-")), free_port()
    if files:
        os.symlink(files, os.path.join(directory, "files"))
    lines = ""
    if tls:
        file, key = certificate(directory)
        lines = f" ssl; ssl_certificate {file}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3"
    configuration = os.path.join(directory, "nginx.conf")
    with open(configuration, "w") as file:
        file.write(NGINX_CONFIGURATION.format(directory=directory, port=port, tls=lines, lines=settings))
    command = [NGINX, "-p", directory, "-c", configuration]
    return Server(name, command, port, path, core, scheme="https" if tls else "http")


def go_file_server(core, files, path):
    """Go's http.FileServer, on one thread."""
    binary = os.path.join(work_directory("go"), "fileserver")
    source = os.path.join(ROOT, "Benchmarks", "fileserver.go")
    subprocess.run(["go", "build", "-o", binary, source], check=True, env={**os.environ, "GO111MODULE": "off"})
    port = free_port()
    return Server("go", [binary, str(port), files], port, path, core, {"GOMAXPROCS": "1"})


ZZZD_CONFIGURATION = """
[server]
io = "{io}"
loops = {loops}
{server}
[[listen]]
address = "127.0.0.1:{port}"
{tls}
[control]
socket = "{directory}/control.sock"
[paths]
state = "{directory}/state"
runtime = "{directory}/run"
[apps]
directory = "{directory}/apps"
watch = false
[app.{app}]
mount = "/"
{app_lines}
[limits]
keep_alive_idle = "600s"
connections = 100000
[log]
level = "{log_level}"
access = false
{more}
"""


def test_app(name):
    """The file of an app that is built for tests and benchmarks only."""
    return os.path.join(DIST, "test-apps", f"{name}.so")


class Zzzd(Server):
    """zzzd with one app, mounted at "/", and the app files `beside` it, by name. `server` are lines of the
    configuration's [server], `app_lines` of the app's table, `more` is appended to it."""

    def __init__(
        self, app, io, core=None, path="/", loops=1, label=None, environment=None, beside=None, server="", more="",
        tls=False, app_lines="", log_level="warning",
    ):
        name = f"zzzd {app} {label or io}"
        self.directory = work_directory(name.replace(" ", "-"))
        os.makedirs(os.path.join(self.directory, "apps"))
        self._app_file = os.path.join(self.directory, "apps", f"{app}.so")
        shutil.copy(os.path.join(DIST, "apps", f"{app}.so"), self._app_file)
        for other, source in (beside or {}).items():
            shutil.copy(source, os.path.join(self.directory, "apps", f"{other}.so"))
        port = free_port()
        lines = ""
        if tls:
            lines = 'tls = {{ certificate = "{}", key = "{}" }}'.format(*certificate(self.directory))
        configuration = os.path.join(self.directory, "zzz.toml")
        with open(configuration, "w") as file:
            file.write(
                ZZZD_CONFIGURATION.format(
                    io=io, loops=loops, port=port, directory=self.directory, app=app, server=server, more=more,
                    tls=lines, app_lines=app_lines, log_level=log_level)
            )
        command = [os.path.join(DIST, "bin", "zzzd"), "--config", configuration]
        super().__init__(name, command, port, path, core, environment, "https" if tls else "http")

    def zzzctl(self, *arguments):
        """What zzzctl prints as JSON; raises when it fails."""
        command = [os.path.join(DIST, "bin", "zzzctl"), *arguments, "--json"]
        command += ["--socket", os.path.join(self.directory, "control.sock")]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise RuntimeError(f"zzzctl {' '.join(arguments)}: {result.stderr or result.stdout}")
        return json.loads(result.stdout)

    def status(self):
        """What `zzzctl status` says; "pid" is the process that serves, which is not always the one that was started."""
        return self.zzzctl("status")
