"""The servers that are compared. Each starts on a free port in the bench's folder, pinned, and is
ended by its pid."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import urllib.request

from machine import (LOAD_CORE, SERVER_CORE, cpu_ns, free_port, installed, kernel_share_of, pinned, require,
                     wait_for)

TARGET = "https://shop.example.com/trail?ref=bio"
LOCATION = "ocation: https://shop.example.com/trail"


class Server:
    """A process with a port. `name` is what the table calls it."""
    name, expect = "", LOCATION
    cores = SERVER_CORE

    def __init__(self, bench):
        self.bench, self.process = bench, None
        self.port = free_port()
        self.folder = pathlib.Path(bench.folder, f"{self.name.replace(' ', '-')}-{self.port}")
        self.folder.mkdir(mode=0o755)

    def launch(self, *command, env=None):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(pinned(self.cores, *command), env=env,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self.is_up, f"{self.name} to answer")

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def is_up(self):
        require(self.process.poll() is None, f"{self.name} ended: {self.log_text()}")
        try:
            answer = NO_REDIRECT.open(f"http://127.0.0.1:{self.port}/healthz", timeout=1)
            return answer.status
        except urllib.request.HTTPError:
            return True
        except OSError:
            return False

    def cpu_ns(self):
        return cpu_ns(self.process.pid)

    def kernel_share(self):
        return kernel_share_of(self.process.pid)

    def settle(self):
        """What follows from answers already given is done."""

    def answered(self):
        """How many clicks the server itself says it recorded; None where it records none."""
        return None

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def stop(self):
        """Ends it for good, with its folder."""
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


NO_REDIRECT = urllib.request.build_opener(NoRedirect)


class Redis(Server):
    """The same for all who need one: AOF each second, on a Unix socket, on the load generator's core.
    No rewrites of the AOF meanwhile: their moment would be chance."""
    name = "redis"

    def __init__(self, bench, cores=LOAD_CORE):
        super().__init__(bench)
        self.cores = cores
        self.socket = str(self.folder / "redis.sock")
        self.start()

    def start(self):
        self.launch("redis-server", "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "777",
                    "--dir", self.folder, "--save", "", "--appendonly", "yes", "--appendfsync", "everysec",
                    "--auto-aof-rewrite-percentage", "0")

    def is_up(self):
        import redis
        require(self.process.poll() is None, f"redis-server ended: {self.log_text()}")
        with contextlib.suppress(redis.exceptions.RedisError):
            return self.client().ping()

    def client(self):
        import redis
        return redis.Redis(unix_socket_path=self.socket)


class Floor(Server):
    name = "floor"

    def __init__(self, bench, closing=False):
        super().__init__(bench)
        self.launch(bench.floor, self.port, bench.answer_size, *(["close"] if closing else []))


class Nginx(Server):
    """`return 302` and a buffered access log in the usual format."""
    name, workers = "nginx", 1

    CONF = """
daemon off; worker_processes {workers}; pid {folder}/pid; error_log {folder}/error.log crit; user {user};
{modules}
events {{ worker_connections 16384; }}
http {{
    access_log {folder}/access.log combined buffer=64k flush=1s;
    keepalive_requests 1000000000; keepalive_timeout 60s; server_tokens off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {http}
    server {{
        listen 127.0.0.1:{port} reuseport backlog=4096;
        {server}
    }}
}}
"""

    def __init__(self, bench, workers=1, cores=SERVER_CORE):
        super().__init__(bench)
        self.workers, self.cores = workers, cores
        self.write_conf(server=f'location / {{ return 302 "{bench.location}"; }}')

    def write_conf(self, server, http="", modules=""):
        conf = self.folder / "nginx.conf"
        conf.write_text(self.CONF.format(folder=self.folder, port=self.port, server=server, http=http,
                                         modules=modules, workers=self.workers,
                                         user="root" if os.getuid() == 0 else "nobody"))
        self.launch(installed("nginx"), "-p", self.folder, "-c", conf)

    def settle(self):
        os.truncate(self.folder / "access.log", 0)


class NginxLua(Nginx):
    """The same work as people write it: look the link up, XADD the click, HINCRBY its counter, in one
    pipeline."""
    name = "nginx + Lua"
    MODULES = ("ndk_http_module", "ngx_http_lua_module")
    FOLDER = pathlib.Path("/usr/lib/nginx/modules")

    @classmethod
    def is_installed(cls):
        return (installed("nginx") and all((cls.FOLDER / f"{name}.so").exists() for name in cls.MODULES)
                and any(pathlib.Path(path).exists() for path in (
                    "/usr/share/lua/5.1/nginx/redis.lua", "/usr/share/lua/5.1/resty/redis.lua")))

    def __init__(self, bench, redis):
        Server.__init__(self, bench)
        self.redis = redis
        script = pathlib.Path(__file__).with_name("nginx_redirect.lua")
        self.write_conf(
            modules="".join(f"load_module {self.FOLDER}/{name}.so;" for name in self.MODULES),
            http=f'lua_package_path "/usr/share/lua/5.1/?.lua;;"; init_by_lua_block {{ '
                 f'redis_socket = "unix:{redis.socket}" }}',
            server=f"location / {{ content_by_lua_file {script}; }}")

    def answered(self):
        return self.redis.client().xlen("clicks")


class Haproxy(Server):
    name = "haproxy"

    def __init__(self, bench):
        super().__init__(bench)
        conf = self.folder / "haproxy.cfg"
        conf.write_text(f"""
global
    nbthread 1
    maxconn 5000
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
    timeout http-keep-alive 60s
frontend all
    bind 127.0.0.1:{self.port} backlog 4096
    http-request redirect location {bench.location.replace('%', '%%')} code 302
""")
        self.launch(installed("haproxy"), "-db", "-f", conf)


class Jalond(Server):
    """Whole: journal synced each second, country database, clicks shipped to a Redis of its own."""
    name, expect = "jalond", "jclid="

    def __init__(self, bench, redis, workers=1, cores=SERVER_CORE, settings=None):
        super().__init__(bench)
        self.redis, self.cores = redis, cores
        self.environment = {
            **os.environ, "JALON_DATA": str(self.folder / "data"), "JALON_STORE_REDIS": "unix:" + redis.socket,
            "JALON_SERVER_PUBLIC": f"127.0.0.1:{self.port}", "JALON_SERVER_API": "127.0.0.1:0",
            "JALON_SERVER_WORKERS": str(workers), "JALON_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
            "JALON_GEO_COUNTRY": str(bench.countries), "JALON_LOG_LEVEL": "warn", **(settings or {})}
        self.jalon("init", "--domain", "https://go.example.com")
        self.jalon("campaign", "add", "spring-trail", "--brand", "alpina", "--target", TARGET,
                   "--currency", "EUR", "--timezone", "Europe/Paris")
        self.jalon("creator", "add", "marie", "--name", "Marie", "--platform", "instagram",
                   "--followers", "8200", "--niche", "trail")

    def jalon(self, *arguments, **options):
        done = subprocess.run([self.bench.build / "jalon", *arguments], env=self.environment, text=True,
                              capture_output=True, timeout=3600, **options)
        require(done.returncode == 0, f"jalon {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def add_links(self, count):
        """Issues links as an import does; their paths."""
        rows = "campaign,creator,channel\n" + "spring-trail,marie,bio\n" * count
        self.jalon("link", "import", "-", input=rows)
        listed = self.jalon("link", "list", "--campaign", "spring-trail", "--format", "csv").splitlines()
        require(len(listed) > count, f"only {len(listed)} links are listed")
        return ["/" + line.split(",")[1] for line in listed[1:]]

    def start(self):
        listen = self.folder / "data" / "jalond.listen"
        listen.unlink(missing_ok=True)
        self.launch(self.bench.build / "jalond", env=self.environment)
        wait_for(listen.exists, "jalond to listen")
        self.api = dict(line.split() for line in listen.read_text().splitlines())["api"]
        wait_for(self.is_ready, "jalond to be ready")
        return self

    def get_api(self, path):
        with urllib.request.urlopen(f"http://{self.api}{path}", timeout=30) as answer:
            return answer.read().decode()

    def is_ready(self):
        with contextlib.suppress(OSError):
            return self.get_api("/readyz")

    def metrics(self):
        """Sums over labels."""
        sums = {}
        for line in self.get_api("/metrics").splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                name = name.split("{")[0]
                sums[name] = sums.get(name, 0) + float(value)
        return sums

    def is_shipped(self):
        metrics = self.metrics()
        return (metrics["jalond_journal_unshipped_bytes"] == 0
                and metrics["jalond_journals_of_earlier_runs"] == 0)

    def settle(self):
        wait_for(self.is_shipped, "the journal to be shipped", pause_s=0.05, limit_s=600)

    def answered(self):
        metrics = self.metrics()
        require(metrics["jalond_clicks_uncounted_total"] == 0, "clicks were not counted")
        return int(metrics["jalond_clicks_total"])

    def report(self, *arguments):
        return json.loads(self.jalon("report", *arguments, "--format", "json"))
