"""Fixtures: real programs, real redis-servers, free ports, temporary folders.

JALON_BUILD names the folder of the build under test (tests/run.sh sets it; default build-release).
An `Installation` is one data folder with what runs on it. Nothing here sleeps for a fixed time: it
waits for an event, up to a limit. Nothing outlives the run: what a fixture could not end is ended with the session, and
when the run itself is killed, the kernel ends its children.
"""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import http.client

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("JALON_BUILD", ROOT / "build-release")).resolve()
SHARED_DATA = ROOT.parent / "shared" / "data"  # real material that stands beside a checkout, or not
LIMIT_S = 180 if "asan" in BUILD.name or "tsan" in BUILD.name else 60

PHONE = ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
         "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1")


def wait_for(condition, what, limit_s=LIMIT_S):
    """The first true value of condition(); fails, saying `what` was waited for, after limit_s."""
    end = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            pytest.fail(f"waited {limit_s} s for {what}")
        time.sleep(0.01)


LIVING = []  # Installations and RedisServers that were not removed yet


def pytest_sessionfinish():
    with contextlib.ExitStack() as rest:
        for thing in LIVING:
            rest.callback(thing.remove)


def dying_with_us(how, *command):
    """The command, sent the signal `how` when this process is gone, be it by SIGKILL."""
    return ["setpriv", "--pdeathsig", how, *command]


def free_port():
    """A port that nobody listens on, and that the kernel gives to nobody's outgoing connection meanwhile."""
    while True:
        port = random.randrange(10000, 32768)  # below Linux's net.ipv4.ip_local_port_range
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def location(self):
        return self.headers.get("Location")

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.body[:300]!r}>"


class Installation:
    """One data folder, its settings, its jalond (when started) and its command line."""

    def __init__(self, domain="https://go.example.com", settings=None, parent="/tmp"):
        self.folder = tempfile.mkdtemp(prefix="jalon-", dir=parent)
        self.environment = {**os.environ, "JALON_DATA": self.folder,
                            "JALON_SERVER_PUBLIC": "127.0.0.1:0", "JALON_SERVER_API": "127.0.0.1:0",
                            "JALON_SERVER_WORKERS": "2", "NO_COLOR": "1",
                            "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:"
                                            "abort_on_error=0:exitcode=99",
                            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
                            "TSAN_OPTIONS": "exitcode=66:halt_on_error=0"}
        self.environment.update(settings or {})
        self.process = None
        self.log = []
        LIVING.append(self)
        self.jalon("init", "--domain", domain)

    # -- programs

    def jalon(self, *arguments, check=True, input=None, env=None):
        """Runs the command line; the CompletedProcess, with text in stdout and stderr."""
        done = subprocess.run([str(BUILD / "jalon"), *map(str, arguments)], text=True, input=input,
                              stdin=None if input is not None else subprocess.DEVNULL,
                              capture_output=True, timeout=300,
                              env={**self.environment, **(env or {})})
        assert "Sanitizer" not in done.stderr, done.stderr
        if check:
            assert done.returncode == 0, f"jalon {' '.join(map(str, arguments))}: {done.stderr}"
        return done

    def jalon_json(self, *arguments):
        return json.loads(self.jalon(*arguments, "--format", "json").stdout)

    def start(self, *arguments, settings=None, ready=True, under=()):
        """Starts jalond and waits until /readyz says 200 (or only until it listens). `under`: a command to run it by."""
        self.environment.update(settings or {})
        listen = pathlib.Path(self.folder, "jalond.listen")
        listen.unlink(missing_ok=True)
        self.log = []
        # By SIGTERM, so that it ends its store.
        self.process = subprocess.Popen(dying_with_us("TERM", *under, str(BUILD / "jalond"), *arguments),
                                        env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read_log, args=(self.process,), daemon=True)
        self._reader.start()
        wait_for(lambda: listen.exists() or self.process.poll() is not None, "jalond to listen")
        assert self.process.poll() is None, "jalond ended: " + self.log_text()
        self.read_addresses()
        if ready:
            wait_for(self._is_ready, "/readyz to answer 200")
        return self

    def read_addresses(self):
        """The first of each listener's. Threads may be asking meanwhile: they see the old ones or the new ones."""
        addresses = {}
        for line in pathlib.Path(self.folder, "jalond.listen").read_text().splitlines():
            name, address = line.split()
            host, port = address.rsplit(":", 1)
            addresses.setdefault(name, (host.strip("[]"), int(port)))
        self.addresses = addresses

    def _read_log(self, process):
        for line in process.stderr:
            self.log.append(line)

    def log_text(self):
        return "".join(self.log)

    def _is_ready(self):
        try:
            return self.request("GET", "/readyz", listener="api").status == 200
        except OSError:
            assert self.process.poll() is None, "jalond ended: " + self.log_text()
            return False

    def stop(self, expect=0):
        """SIGTERM; the exit code must be `expect` and no sanitizer may have spoken."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=LIMIT_S)
        self._reader.join(timeout=LIMIT_S)
        self.process = None
        assert "Sanitizer" not in self.log_text(), self.log_text()
        assert code == expect, f"jalond ended with {code}: {self.log_text()}"

    def kill(self):
        """SIGKILL: the process, not its embedded store."""
        self.process.kill()
        self.process.wait(timeout=LIMIT_S)
        self._reader.join(timeout=LIMIT_S)
        self.process = None

    def remove(self):
        """Ends all that this installation started, and its folder."""
        try:
            self.stop()
        finally:
            if self.process is not None:
                self.process.kill()
                self.process.wait()
                self.process = None
            self.end_store()
            shutil.rmtree(self.folder, ignore_errors=True)
            LIVING.remove(self)

    def store_pids(self):
        """Process ids of the embedded stores that are running on this folder."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if (os.readlink(entry / "cwd").startswith(self.folder)
                        and "-server" in (entry / "comm").read_text()):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def store_pid(self):
        """Process id of the embedded store that is running on this folder, or None."""
        return min(self.store_pids(), default=None)  # a child of it, that rewrites the AOF, is later

    def end_store(self):
        for pid in self.store_pids():
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: pid not in self.store_pids(), "the embedded store to end")

    # -- HTTP

    def request(self, method, path, body=None, headers=None, listener="public", tls=False):
        """One request on a connection of its own; redirects are not followed."""
        host, port = self.addresses[listener]
        if tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = http.client.HTTPSConnection(host, port, timeout=LIMIT_S, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=LIMIT_S)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def click(self, path, agent=PHONE, **headers):
        """GET as a phone; header names in Python spelling: x_forwarded_for=…"""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if agent is not None:
            fields["User-Agent"] = agent
        return self.request("GET", path, headers=fields)

    def teach(self, path):
        """Makes every worker remember the link, by requests that are not counted: the kernel deals connections out by
        chance, and 30 of them leave no worker out."""
        for _ in range(30):
            assert self.request("HEAD", path, headers={"User-Agent": PHONE}).status == 302

    def api(self, method, path, body=None, token=None, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if token or getattr(self, "token", None):
            fields["Authorization"] = "Bearer " + (token or self.token)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            fields.setdefault("Content-Type", "application/json")
        return self.request(method, path, body=body, headers=fields, listener="api")

    def raw(self, payload, listener="public", half_close=False, limit_s=LIMIT_S):
        """Sends bytes as they are and returns all that comes back until the other side closes."""
        with socket.create_connection(self.addresses[listener], timeout=limit_s) as connection:
            connection.sendall(payload)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while True:
                try:
                    piece = connection.recv(65536)
                except ConnectionResetError:
                    return answer
                if not piece:
                    return answer
                answer += piece

    # -- a small campaign

    def add_campaign(self, campaign="spring-trail", creators=("marie", "tom"), **options):
        settings = {"brand": "alpina", "target": "https://shop.example.com/trail", "currency": "EUR",
                    "timezone": "Europe/Paris", **options}
        self.jalon("campaign", "add", campaign,
                   *[part for name, value in settings.items()
                     for part in ("--" + name.replace("_", "-"), value)])
        for creator in creators:
            self.jalon("creator", "add", creator, "--name", creator.title(), "--platform",
                       "instagram", "--followers", "8200", "--niche", "trail,outdoor")
        return campaign

    def add_link(self, creator="marie", campaign="spring-trail", **options):
        """The new link's path on the public listener, e.g. /4fK2…"""
        url = self.jalon("link", "add", "--campaign", campaign, "--creator", creator,
                         *[part for name, value in options.items()
                           for part in ("--" + name.replace("_", "-"), value)]).stdout.strip()
        return "/" + url.split("/", 3)[3]

    def add_token(self, scopes="issue,convert,report", **options):
        self.token = self.jalon("token", "add", "--scopes", scopes,
                                *[part for name, value in options.items()
                                  for part in ("--" + name.replace("_", "-"), value)]).stdout.strip()
        return self.token

    def exported_clicks(self, *arguments):
        """Rows of `jalon export clicks`, as dicts."""
        out = self.jalon("export", "clicks", "--format", "json", *arguments).stdout
        return [json.loads(line) for line in out.splitlines()]

    def metric(self, name, **labels):
        """The sum of a metric's samples whose labels include `labels`."""
        total = 0
        for line in self.request("GET", "/metrics", listener="api").body.decode().splitlines():
            if line.startswith(name + " ") or (line.startswith(name + "{") and all(
                    f'{key}="{value}"' in line for key, value in labels.items())):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def wait_shipped(self, count):
        """Until the store has `count` clicks of this process."""
        wait_for(lambda: self.metric("jalond_shipped_clicks_total") >= count,
                 f"{count} clicks to be in the store")


@pytest.fixture
def make_installation():
    """Installations, as many as a test wants: make_installation(settings={…})."""
    with contextlib.ExitStack() as made:
        def make(**options):
            installation = Installation(**options)
            made.callback(installation.remove)
            return installation

        yield make


@pytest.fixture
def installation(make_installation):
    """A fresh data folder on the embedded store; jalond is not started."""
    return make_installation()


@pytest.fixture(scope="module")
def running():
    """A jalond that the tests of a module share, with a campaign, two creators and a token."""
    shared = Installation()
    shared.add_campaign()
    shared.start()
    shared.add_token()
    yield shared
    shared.remove()


class RedisServer:
    """A real redis-server of our own, on a Unix socket and a free TCP port."""

    def __init__(self, *options):
        self.folder = tempfile.mkdtemp(prefix="redis-", dir="/tmp")
        self.socket = self.folder + "/redis.sock"
        self.port = free_port()
        self.options = options
        self.process = None
        LIVING.append(self)
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            dying_with_us("KILL", "redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
                          "--unixsocket", self.socket, "--dir", self.folder, "--save", "",
                          "--appendonly", "yes", "--appendfsync", "everysec", *self.options),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self._answers, "redis-server to answer")

    def _answers(self):
        import redis
        try:
            return self.client().ping()
        except redis.exceptions.RedisError:
            assert self.process.poll() is None, "redis-server ended"
            return False

    def client(self):
        import redis
        return redis.Redis(unix_socket_path=self.socket)

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        LIVING.remove(self)


@pytest.fixture
def redis_server():
    server = RedisServer()
    yield server
    server.remove()
