"""jalond's own life: how it starts, refuses to start, reloads, drains, and looks after the embedded store."""
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import threading

import pytest

from conftest import BUILD, LIMIT_S, PHONE, Installation, RedisServer, wait_for


def jalond(installation, *arguments, settings=None):
    """Runs jalond to its end; it must not stay up."""
    done = subprocess.run([str(BUILD / "jalond"), *arguments], text=True, capture_output=True,
                          env={**installation.environment, **(settings or {})},
                          stdin=subprocess.DEVNULL, timeout=LIMIT_S)
    assert "Sanitizer" not in done.stderr, done.stderr
    return done


def refused(done, *says):
    """Exit 1 and one line on stderr, beside the log, that starts with "jalond: "."""
    assert done.returncode == 1, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("jalond: ")]
    assert len(lines) == 1, done.stderr
    for words in says:
        assert words in lines[0], lines[0]


# -- options

def test_options(installation):
    assert jalond(installation, "--version").stdout.startswith("jalond 0.")
    text = jalond(installation, "--help").stdout
    for option in ("--data", "--config", "--check", "--takeover", "--version", "--help"):
        assert option in text
    for wrong in (["--no-such"], ["argument"], ["--data"]):
        done = jalond(installation, *wrong)
        assert done.returncode == 2 and done.stderr


def test_check(installation):
    done = jalond(installation, "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert jalond(installation, "--check", "--data", installation.folder,
                  settings={"JALON_DATA": "/nowhere"}).returncode == 0
    assert not pathlib.Path(installation.folder, "jalond.listen").exists()
    assert installation.store_pid() is None


def bad(**settings):
    return {"JALON_" + name.upper(): value for name, value in settings.items()}


BAD_SETTINGS = {
    "an address": (bad(server_public="nonsense"), "JALON_SERVER_PUBLIC"),
    "a port": (bad(server_public="127.0.0.1:70000"), "127.0.0.1:70000"),
    "an API in the clear off loopback": (bad(server_api="0.0.0.0:0"), "server.api_plaintext"),
    "proxies": (bad(server_trusted_proxies="10.0.0.0/8,x"), "x"),
    "a certificate without its key": (bad(server_certificate="/etc/hostname"), "server.key"),
    "a certificate that is none": (bad(server_certificate="/etc/hostname", server_key="/etc/hostname"),
                                   "/etc/hostname"),
    "a database that is none": (bad(geo_country="/etc/hostname"), "/etc/hostname"),
    "a database that is not there": (bad(geo_country="/no/such.mmdb"), "/no/such.mmdb"),
    "a store": (bad(store_redis="postgres://localhost"), "JALON_STORE_REDIS"),
    "a policy": (bad(journal_when_full="panic"), "JALON_JOURNAL_WHEN_FULL"),
    "a level": (bad(log_level="loud"), "JALON_LOG_LEVEL"),
    "workers": (bad(server_workers="-1"), "JALON_SERVER_WORKERS"),
    "a setting that there is none of": ({"JALON_SERVER_NO_SUCH": "1"}, "JALON_SERVER_NO_SUCH"),
}


@pytest.fixture(scope="module")
def still():
    """An installation whose jalond is never up."""
    made = Installation()
    yield made
    made.remove()


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_bad_settings(still, name):
    settings, says = BAD_SETTINGS[name]
    refused(jalond(still, "--check", settings=settings), says)
    refused(jalond(still, settings=settings), says)
    assert still.store_pid() is None


def test_a_bad_line_is_named(still, tmp_path):
    config = tmp_path / "jalond.conf"
    config.write_text("[server]\n# fine\nworkers = 2\nwrokers = 2\n")
    refused(jalond(still, "--check", "--config", str(config)), str(config), "4", "wrokers")


def test_no_installation(still, tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        for arguments in (["--check"], []):
            refused(jalond(still, "--data", str(folder), *arguments), "jalon init", str(folder))
    assert list(tmp_path.iterdir()) == []


def test_key_ring(make_installation):
    made = make_installation()
    keys = pathlib.Path(made.folder, "keys")
    text = keys.read_text()
    keys.write_text("no ring at all\n")
    refused(jalond(made), str(keys), "damaged")
    keys.write_text(text[:-5] + "\n")
    refused(jalond(made, "--check"), str(keys), "damaged")
    keys.write_text(text)
    keys.chmod(0o644)
    refused(jalond(made), str(keys), "chmod 600")
    keys.unlink()
    refused(jalond(made), str(keys), "missing")


# -- starting

def test_second_process_is_refused(installation):
    installation.start()
    refused(jalond(installation), "another jalond", installation.folder)
    assert installation.request("GET", "/healthz").status == 200
    assert pathlib.Path(installation.folder, "jalond.listen").exists()


def test_foreign_listener(installation):
    """Also one that would share its port: it would get half of the clicks."""
    for share in (False, True):
        with socket.socket() as other:
            if share:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            other.bind(("127.0.0.1", 0))
            other.listen()
            address = "127.0.0.1:%d" % other.getsockname()[1]
            refused(jalond(installation, settings={"JALON_SERVER_PUBLIC": address}), address)
    assert not pathlib.Path(installation.folder, "jalond.listen").exists()


def test_listen_file(installation):
    installation.start(settings={"JALON_SERVER_PUBLIC": "127.0.0.1:0,[::1]:0"}
                       if has_ipv6() else None)
    text = pathlib.Path(installation.folder, "jalond.listen").read_text()
    names = [line.split()[0] for line in text.splitlines()]
    assert names == (["public", "public", "api"] if has_ipv6() else ["public", "api"])
    for line in text.splitlines():
        host, port = line.split()[1].rsplit(":", 1)
        socket.create_connection((host.strip("[]"), int(port)), timeout=LIMIT_S).close()
    installation.stop()
    assert not pathlib.Path(installation.folder, "jalond.listen").exists()


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


OLD_REDIS = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
info = b"# Server\\r\\nredis_version:6.2.14\\r\\nrun_id:" + b"a" * 40 + b"\\r\\nredis_mode:standalone\\r\\n"
while True:
    connection, _ = server.accept()
    while True:
        command = connection.recv(65536)
        if not command:
            break
        if b"INFO" in command.upper():
            connection.sendall(b"$%d\\r\\n%s\\r\\n" % (len(info), info))
        elif b"PING" in command.upper():
            connection.sendall(b"+PONG\\r\\n")
        else:
            connection.sendall(b"-ERR unknown command\\r\\n")
"""


def test_old_redis(installation):
    """A Redis of before functions is refused at start, in one line."""
    with subprocess.Popen(["/usr/bin/python3", "-c", OLD_REDIS], stdout=subprocess.PIPE,
                          text=True) as server:
        try:
            port = server.stdout.readline().strip()
            done = jalond(installation, settings={"JALON_STORE_REDIS": f"redis://127.0.0.1:{port}"})
            refused(done, "6.2.14", "7")
        finally:
            server.kill()


def test_password_and_database(make_installation, redis_server):
    made = make_installation()
    redis_server.client().config_set("requirepass", "secret-one")
    at = f"127.0.0.1:{redis_server.port}"
    done = jalond(made, settings={"JALON_STORE_REDIS": f"redis://:secret-two@{at}/3"})
    refused(done)
    assert "secret" not in done.stderr
    made.start(settings={"JALON_STORE_REDIS": f"redis://:secret-one@{at}/3"})
    made.add_campaign()
    assert made.click(made.add_link()).status == 302
    made.wait_shipped(1)
    made.stop()
    assert "secret" not in made.log_text()
    import redis
    client = redis.Redis(unix_socket_path=redis_server.socket, password="secret-one")
    assert client.info("keyspace").keys() == {"db3"}


@pytest.fixture
def slow_server():
    """A RedisServer that is not up yet."""
    server = RedisServer()
    server.kill()
    yield server
    server.remove()


def test_starts_without_its_store(make_installation, slow_server):
    """It listens, says that it isn't ready, and is when the store comes."""
    made = make_installation(settings={"JALON_STORE_REDIS": slow_server.url})
    made.start(ready=False)
    answer = made.request("GET", "/readyz", listener="api")
    assert answer.status == 503 and b"store" in answer.body
    assert made.request("GET", "/healthz").status == 200
    assert made.click("/some-slug").status == 503
    slow_server.start()
    wait_for(lambda: made.request("GET", "/readyz", listener="api").status == 200, "readiness")
    made.add_campaign()
    path = made.add_link()
    assert made.click(path).status == 302


# -- the embedded store

def test_embedded_store_stops_with_who_started_it(installation):
    installation.start()
    pid = installation.store_pid()
    assert pid
    installation.stop()
    assert installation.store_pid() is None


def test_embedded_store_is_adopted(installation):
    """jalond is killed, its store lives on; the next jalond takes it over and finds all that is in it."""
    installation.add_campaign()
    path = installation.add_link()
    installation.start()
    assert installation.click(path).status == 302
    installation.wait_shipped(1)
    pid = installation.store_pid()
    installation.kill()
    assert installation.store_pid() == pid
    installation.start()
    assert installation.store_pid() == pid
    assert installation.click(path).status == 302
    installation.wait_shipped(1)
    assert len(installation.exported_clicks()) == 2


def test_embedded_store_is_started_again(installation):
    installation.add_campaign()
    path = installation.add_link()
    installation.start()
    ids = [installation.click(path).location for _ in range(5)]
    pid = installation.store_pid()
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: installation.store_pid() not in (None, pid), "another embedded store")
    ids += [installation.click(path).location for _ in range(5)]
    wait_for(lambda: len(installation.exported_clicks()) >= 10, "the clicks to be in the store")
    rows = installation.exported_clicks()
    assert sorted(row["click_id"] for row in rows) == sorted(i.split("jclid=")[1] for i in ids)
    assert "the embedded store ended" in installation.log_text()


# -- reload

def test_reload(installation):
    installation.add_campaign()
    path = installation.add_link()
    installation.start()
    assert installation.click(path).status == 302
    config = pathlib.Path(installation.folder, "jalond.conf")
    text = config.read_text()

    config.write_text(text + "\n[log]\nformat = json\n")
    installation.process.send_signal(signal.SIGHUP)
    wait_for(lambda: '"message":"reloaded' in installation.log_text(), "the reload to be logged as JSON")

    config.write_text(text + "\n[nonsense]\nx = 1\n")
    installation.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "not reloaded" in installation.log_text(), "the refusal to be logged")
    assert installation.click(path).status == 302

    config.write_text(text)
    installation.process.send_signal(signal.SIGHUP)
    wait_for(lambda: installation.log_text().count("reloaded settings") == 2, "the second reload")
    assert installation.click(path).status == 302


def test_reloads_under_load_fail_nothing(installation):
    installation.add_campaign()
    path = installation.add_link()
    installation.start()
    ends, answers = threading.Event(), []

    def load():
        while not ends.is_set():
            answers.append(installation.click(path).status)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for count in range(1, 6):
        installation.process.send_signal(signal.SIGHUP)
        wait_for(lambda: installation.log_text().count("reloaded settings") >= count, "a reload")
    wait_for(lambda: len(answers) > 100, "a hundred answers")
    ends.set()
    for thread in threads:
        thread.join()
    assert set(answers) == {302}
    installation.wait_shipped(len(answers))
    assert len(installation.exported_clicks()) == len(answers)


# -- drain

def test_drain(installation):
    """What was begun is answered, clicks reach the store, and the exit code is 0."""
    installation.add_campaign()
    path = installation.add_link()
    installation.start()
    for _ in range(50):
        assert installation.click(path).status == 302
    head = f"GET {path} HTTP/1.1\r\nHost: go.example.com\r\n".encode()
    with socket.create_connection(installation.addresses["public"], timeout=LIMIT_S) as begun:
        begun.sendall(head)
        with socket.create_connection(installation.addresses["public"], timeout=LIMIT_S) as whole:
            whole.sendall(head + b"\r\n")
            assert whole.recv(65536).startswith(b"HTTP/1.1 302 ")  # so the other was accepted, too
            installation.process.send_signal(signal.SIGTERM)
            wait_for(lambda: not pathlib.Path(installation.folder, "jalond.listen").exists(),
                     "draining to begin")
        begun.sendall(b"\r\n")
        answer = begun.recv(65536)
        assert answer.startswith(b"HTTP/1.1 302 ")
    installation.stop()
    assert "stopped" in installation.log_text()
    assert len(installation.exported_clicks()) == 52


def test_drain_without_the_store(make_installation, redis_server):
    """It does not wait for ever; the next start ships what the journal has."""
    made = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    made.add_campaign()
    path = made.add_link()
    made.start()
    made.teach(path)
    for _ in range(4):
        assert made.click(path).status == 302
    made.wait_shipped(4)
    redis_server.kill()
    wait_for(lambda: made.metric("jalond_store_connections") == 0, "the loss to be noticed")
    for _ in range(10):
        assert made.click(path).status == 302
    made.stop()
    redis_server.start()
    made.start()
    wait_for(lambda: len(made.exported_clicks()) >= 14, "the clicks of the run before")
    assert len({row["click_id"] for row in made.exported_clicks()}) == 14
    assert len(made.exported_clicks()) == 14


# -- the journal's bound

def click_until(installation, path, is_full):
    """Clicks on one connection until is_full(statuses of the last hundred); the click ids of the whole hundreds
    before that."""
    ids = []
    connection = http.client.HTTPConnection(*installation.addresses["public"], timeout=LIMIT_S)
    for _ in range(1000):
        statuses, hundred = [], []
        for _ in range(100):
            connection.request("GET", path, headers={"User-Agent": PHONE})
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            if answer.status == 302:
                hundred.append(answer.headers["Location"].split("jclid=")[1])
        if is_full(statuses):
            return ids
        ids += hundred
    pytest.fail("the journal has no bound")


@pytest.mark.parametrize("policy", ["refuse", "redirect"])
def test_journal_at_its_bound(make_installation, redis_server, policy):
    """Near the bound /readyz says so; at the bound the chosen policy applies, and what was answered is kept."""
    made = make_installation(settings={
        "JALON_STORE_REDIS": redis_server.url, "JALON_JOURNAL_WHEN_FULL": policy,
        "JALON_JOURNAL_SEGMENT_SIZE": "64K", "JALON_JOURNAL_MAX_SIZE": "256K",
        "JALON_SERVER_WORKERS": "1"})
    made.add_campaign(duplicate_window="0s")
    path = made.add_link()
    made.start()
    counted = [made.click(path).location.split("jclid=")[1]]
    made.wait_shipped(1)
    redis_server.kill()
    wait_for(lambda: made.metric("jalond_store_connections") == 0, "the loss to be noticed")
    uncounted = lambda: made.metric("jalond_clicks_uncounted_total")
    if policy == "refuse":
        counted += click_until(made, path, lambda statuses: 503 in statuses)
        assert uncounted() == 0
    else:
        counted += click_until(made, path, lambda statuses: uncounted() > 0)
    answer = made.request("GET", "/readyz", listener="api")
    assert answer.status == 503 and b"journal" in answer.body
    answer = made.click(path)
    assert answer.status == (503 if policy == "refuse" else 302)

    redis_server.start()
    wait_for(lambda: made.request("GET", "/readyz", listener="api").status == 200, "room again")
    lost = uncounted()
    answer = made.click(path)
    assert answer.status == 302 and uncounted() == lost
    counted.append(answer.location.split("jclid=")[1])
    made.stop()
    exported = [row["click_id"] for row in made.exported_clicks()]
    assert len(exported) == len(set(exported))
    assert set(counted) <= set(exported)
