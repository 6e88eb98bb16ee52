"""SIGHUP again and again, each time with other settings, keys, databases and patterns, under a load of every kind.

Not one request fails and each click is counted once; and on a build with a sanitizer (JALON_BUILD=…/build-tsan or
build-asan) this is where the sharing of snapshots, counters and queues between threads is put to the test: stop() fails on a
report.
"""
import collections
import http.client
import itertools
import json
import pathlib
import signal
import ssl
import subprocess
import sys
import threading

import pytest

from accounts import settled_export
from programs import LIMIT_S, PHONE, TESTS, times, wait_for

WORKERS = "3"
RELOADS = times(20, 100)
VISITORS = ("81.2.69.142", "2.125.160.216", "89.160.20.112", "175.16.199.1")


class Load:
    """Threads, each with a connection that is kept for ten requests; every answer's status by kind of request."""

    def __init__(self, site, context=None):
        self.site, self.context = site, context
        self.ends = threading.Event()
        self.lock = threading.Lock()
        self.statuses = collections.defaultdict(collections.Counter)
        self.click_ids, self.failures = [], []
        self.threads = []

    def start(self, turn, count):
        for number in range(count):
            thread = threading.Thread(target=self._run, args=(turn, number), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _run(self, turn, number):
        connections = {}
        try:
            for n in itertools.count():
                if self.ends.is_set():
                    return
                if n % 10 == 0:
                    for connection in connections.values():
                        connection.close()
                    connections = {name: self._connect(name) for name in ("public", "api")}
                turn(self, connections, f"{number}-{n}")
        except Exception as failure:  # whatever it is, the test shows it
            self.failures.append(repr(failure))

    def _connect(self, listener):
        address = self.site.addresses[listener]
        if self.context:
            return http.client.HTTPSConnection(*address, timeout=LIMIT_S, context=self.context)
        return http.client.HTTPConnection(*address, timeout=LIMIT_S)

    def ask(self, connection, what, method, path, body=None, **fields):
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        if body is not None:
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        with self.lock:
            self.statuses[what][answer.status] += 1
        return answer, text

    def count(self, what):
        with self.lock:
            return sum(self.statuses[what].values())

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join()


def click(load, connections, name):
    link = load.site.links[hash(name) % len(load.site.links)]
    visitor = VISITORS[hash(name) % len(VISITORS)]
    answer, _ = load.ask(connections["public"], "click", "GET", link.path, User_Agent=PHONE + name,
                         X_Forwarded_For=visitor)
    if answer.status == 302:
        load.click_ids.append(answer.headers["Location"].split("jclid=")[1])


def guess(load, connections, name):
    load.ask(connections["public"], "guess", "GET", "/guess-" + name, User_Agent=PHONE)


def sell(load, connections, name):
    """What a brand's programs do, from a link to its report."""
    bearer = {"Authorization": "Bearer " + load.site.token}
    api = connections["api"]
    answer, text = load.ask(api, "issue", "POST", "/v1/links",
                            {"campaign": "spring-trail", "creator": "tom"}, **bearer)
    if answer.status == 201:
        code = json.loads(text)["code"]
        load.ask(api, "change", "PATCH", "/v1/links/" + code, {"state": "disabled"}, **bearer)
    load.ask(api, "convert", "POST", "/v1/conversions",
             {"campaign": "spring-trail", "order_id": name, "type": "sale", "amount": "10.00",
              "currency": "EUR", "click_id": load.click_ids[-1:]}, **bearer)
    load.ask(api, "report", "GET", "/v1/reports/creators?campaign=spring-trail", **bearer)


def watch(load, connections, name):
    for path in ("/metrics", "/readyz", "/healthz"):
        load.ask(connections["api"], "watch", "GET", path)


EXPECTED = {"click": {302}, "guess": {404, 429}, "issue": {201}, "change": {200}, "convert": {201},
            "report": {200}, "watch": {200}}


def make_databases(site, n):
    country, asn = site.folder + "/country.mmdb", site.folder + "/asn.mmdb"
    make = [sys.executable, str(TESTS / "samples" / "make_mmdb.py")]
    codes = ("FR", "DE", "GB")
    subprocess.run([*make, "country", country, *(f"{visitor}/32={codes[(n + i) % 3]}"
                                                 for i, visitor in enumerate(VISITORS))], check=True)
    subprocess.run([*make, "asn", asn, *(f"{visitor}/32={64496 + n + i}:Example"
                                         for i, visitor in enumerate(VISITORS))], check=True)
    return country, asn


def change(site, first_settings, n):
    """Settings, databases and patterns of round n; each fourth round a new key, and the one of the round before goes."""
    country, asn = make_databases(site, n)
    agents = pathlib.Path(site.folder, "agents.txt")
    agents.write_text((TESTS.parent / "core/traffic/agents.txt").read_text() + f"bot \\bround-{n}\\b\n")
    settings = {
        "server": {"header_timeout": f"{10 + n % 5}s", "unknown_slugs": (60, 0, 1)[n % 3],
                   "trusted_proxies": ("127.0.0.0/8", "127.0.0.0/8, 10.0.0.0/8")[n % 2],
                   "max_connections": 16384 - n},
        "journal": {"sync": ("interval", "none", "always")[n % 3], "keep": f"{10 + n}m"},
        "geo": {"country": country, "asn": ("", asn)[n % 2]},
        "traffic": {"agents": ("", agents)[n % 2]},
        "log": {"level": ("info", "debug")[n % 2]}}
    text = first_settings
    for section, rows in settings.items():
        text += f"\n[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in rows.items())
    pathlib.Path(site.folder, "jalond.conf").write_text(text)
    if n % 4 == 0:
        site.jalon("keys", "rotate")
    if n % 4 == 2:
        keys = [key for key in site.jalon_json("keys", "list") if key["state"] == "verify"]
        if len(keys) > 1:  # not the first, which signed the links that are clicked
            newest = max(keys, key=lambda key: key["created_at"])
            site.jalon("keys", "retire", newest["id"], "--yes")


def make_certificate(folder):
    certificate, key = folder + "/cert.pem", folder + "/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost"],
                   check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize("speaks", ["clear", "tls"])
def test_reloads_under_load(make_site, redis_server, speaks):
    site = make_site(server=redis_server, settings={"JALON_SERVER_WORKERS": WORKERS})
    site.add_token()
    first_settings = pathlib.Path(site.folder, "jalond.conf").read_text()
    context = None
    if speaks == "tls":
        certificate, key = make_certificate(site.folder)
        site.environment.update(JALON_SERVER_CERTIFICATE=certificate, JALON_SERVER_KEY=key)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    change(site, first_settings, 1)
    site.start(ready=not context)

    load = Load(site, context)
    if context:
        wait_for(lambda: site.request("GET", "/readyz", listener="api", tls=True).status == 200, "ready")
    for turn, count in ((click, 4), (guess, 1), (sell, 2), (watch, 1)):
        load.start(turn, count)
    for n in range(2, 2 + RELOADS):
        clicks = load.count("click")
        if context:
            make_certificate(site.folder)
        change(site, first_settings, n)
        reloads = site.log_text().count("reloaded settings")
        site.process.send_signal(signal.SIGHUP)
        wait_for(lambda: site.log_text().count("reloaded settings") > reloads, "the reload")
        wait_for(lambda: load.count("click") > clicks + 20 or load.failures, "clicks on the new settings")
    load.stop()

    assert load.failures == []
    assert {what: set(statuses) for what, statuses in load.statuses.items()} == {
        what: expected & set(load.statuses[what]) for what, expected in EXPECTED.items()}, load.statuses
    assert "not reloaded" not in site.log_text()
    print({what: sum(statuses.values()) for what, statuses in load.statuses.items()})
    if not context:  # accounts.py reads the metrics in the clear
        rows = settled_export(site)
        assert collections.Counter(row["click_id"] for row in rows) == collections.Counter(load.click_ids)
    site.stop()
