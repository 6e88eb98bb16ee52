"""HTTP as strangers speak it: raw bytes on real sockets, each row of the issue's "Bad input".

Statuses are those of RFC 9110 and RFC 9112; a refused request is answered once, whole, and the
connection is closed, as nobody knows where the next request would start.
"""
import http.client
import os
import re
import resource
import select
import signal
import socket
import subprocess
import time

import pytest

from conftest import BUILD, LIMIT_S, wait_for

HOST = b"Host: go.example.com\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /v1/links HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def get(target=b"/healthz", version=b"HTTP/1.1", fields=HOST, method=b"GET"):
    return method + b" " + target + b" " + version + b"\r\n" + fields + b"\r\n"


def statuses(answer):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def split(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.decode().partition(": ")
        fields[name.lower()] = value
    return int(head.split()[1]), fields, body


BAD = {
    # lengths
    "two content-lengths": (400, POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    "two equal content-lengths": (400, POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    "a list of lengths": (400, POST + b"Content-Length: 3, 3\r\n\r\nabc"),
    "length beside chunked": (400, POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "chunked beside length": (400, POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    "length with a plus": (400, POST + b"Content-Length: +3\r\n\r\nabc"),
    "length with a minus": (400, POST + b"Content-Length: -3\r\n\r\nabc"),
    "length with a space": (400, POST + b"Content-Length: 1 0\r\n\r\nabcdefghij"),
    "length in hex": (400, POST + b"Content-Length: 0x3\r\n\r\nabc"),
    "empty length": (400, POST + b"Content-Length: \r\n\r\n"),
    "body over the bound": (413, POST + b"Content-Length: 262145\r\n\r\n"),
    "length over 64 bits": (413, POST + b"Content-Length: 99999999999999999999999\r\n\r\n"),
    # white space, folding, bare CR and LF, NUL, controls
    "space before the colon": (400, get(fields=b"Host : a\r\n")),
    "tab before the colon": (400, get(fields=b"Host\t: a\r\n")),
    "folded field": (400, get(fields=HOST + b"X: a\r\n b\r\n")),
    "folded with a tab": (400, get(fields=HOST + b"X: a\r\n\tb\r\n")),
    "white space before the first field": (400, get(fields=b" " + HOST)),
    "bare LF everywhere": (400, HEALTH.replace(b"\r\n", b"\n")),
    "bare LF in the request line": (400, HEALTH.replace(b"\r\n", b"\n", 1)),
    "bare LF at the end": (400, HEALTH[:-2] + b"\n"),
    "bare CR everywhere": (400, HEALTH.replace(b"\r\n", b"\r")),
    "bare CR in a value": (400, get(fields=HOST + b"X: a\rb\r\n")),
    "NUL in a value": (400, get(fields=HOST + b"X: a\0b\r\n")),
    "NUL in the target": (400, get(target=b"/a\0b")),
    "NUL in a name": (400, get(fields=HOST + b"X\0: a\r\n")),
    "control byte in a value": (400, get(fields=HOST + b"X: \x1b[2J\r\n")),
    "DEL in a value": (400, get(fields=HOST + b"X: \x7f\r\n")),
    "no colon": (400, get(fields=HOST + b"nonsense\r\n")),
    "no name": (400, get(fields=HOST + b": nonsense\r\n")),
    "a name with a separator": (400, get(fields=HOST + b"X[y]: z\r\n")),
    # chunks
    "chunk size with a sign": (400, CHUNKED + b"+2\r\n{}\r\n0\r\n\r\n"),
    "chunk size with 0x": (400, CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n"),
    "chunk size behind a space": (400, CHUNKED + b" 2\r\n{}\r\n0\r\n\r\n"),
    "chunk size before a space": (400, CHUNKED + b"2 \r\n{}\r\n0\r\n\r\n"),
    "negative chunk size": (400, CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n"),
    "no chunk size": (400, CHUNKED + b"\r\n{}\r\n0\r\n\r\n"),
    "chunk longer than its size": (400, CHUNKED + b"1\r\n{}\r\n0\r\n\r\n"),
    "bare LF behind a chunk size": (400, CHUNKED + b"2\n{}\r\n0\r\n\r\n"),
    "bare LF behind a chunk": (400, CHUNKED + b"2\r\n{}\n0\r\n\r\n"),
    "a trailer without a colon": (400, CHUNKED + b"0\r\nnonsense\r\n\r\n"),
    "endless trailers": (431, CHUNKED + b"0\r\n" + b"X: y\r\n" * 1000),
    "endless chunk extension": (400, CHUNKED + b"2;" + b"x" * 5000),
    "chunk over the bound": (413, CHUNKED + b"40001\r\n"),
    "chunk over 64 bits": (413, CHUNKED + b"fffffffffffffffff\r\n"),
    "chunks over the bound": (413, CHUNKED + (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 65),
    "chunks of one byte": (413, CHUNKED + b"1\r\nx\r\n" * 100000),
    # codings
    "unknown coding": (501, POST + b"Transfer-Encoding: gzip\r\n\r\n"),
    "identity": (501, POST + b"Transfer-Encoding: identity\r\n\r\n"),
    "unknown before chunked": (501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "unknown behind chunked": (400, POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    "chunked twice": (400, POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    "chunked in two fields": (400, POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n"),
    "almost chunked": (501, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    "chunked behind a vertical tab": (400, POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    "chunked in HTTP/1.0": (400, CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n"),
    # Host
    "no host": (400, get(fields=b"")),
    "two hosts": (400, get(fields=b"Host: a.example\r\nHost: b.example\r\n")),
    "two equal hosts": (400, get(fields=HOST + HOST)),
    "empty host": (400, get(fields=b"Host: \r\n")),
    "a list of hosts": (400, get(fields=b"Host: a.example, b.example\r\n")),
    "host with a user": (400, get(fields=b"Host: me@a.example\r\n")),
    "host with a path": (400, get(fields=b"Host: a.example/b\r\n")),
    "host with a bad port": (400, get(fields=b"Host: a.example:x\r\n")),
    "host with a large port": (400, get(fields=b"Host: a.example:99999\r\n")),
    "host without its bracket": (400, get(fields=b"Host: [::1\r\n")),
    "absolute form without a Host field": (400, get(target=b"http://a.example/", fields=b"")),
    # targets
    "authority form for GET": (400, get(target=b"a.example:80")),
    "authority form for CONNECT": (405, get(target=b"a.example:443", method=b"CONNECT")),
    "CONNECT to a path": (400, get(method=b"CONNECT")),
    "asterisk for GET": (400, get(target=b"*")),
    "no slash": (400, get(target=b"healthz")),
    "fragment": (400, get(target=b"/a#b")),
    "no ASCII": (400, get(target="/café".encode())),
    "two spaces": (400, get(target=b" /healthz")),
    "tab": (400, get(target=b"/a\tb")),
    "absolute form of another scheme": (400, get(target=b"ftp://a.example/")),
    "absolute form with a user": (400, get(target=b"http://me@a.example/")),
    "target too long": (414, get(target=b"/" + b"a" * 8192)),
    "target without an end": (414, b"GET /" + b"a" * 20000),
    # versions and methods
    "HTTP/2.0": (505, get(version=b"HTTP/2.0")),
    "the preface of HTTP/2": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/1.2": (505, get(version=b"HTTP/1.2")),
    "HTTP/0.9": (400, b"GET /healthz\r\n\r\n"),
    "a version in lower case": (400, get(version=b"http/1.1")),
    "a version of two digits": (400, get(version=b"HTTP/1.10")),
    "another protocol": (400, get(version=b"RTSP/1.0")),
    "unknown method": (501, get(method=b"BREW")),
    "method in lower case": (501, get(method=b"get")),
    "ill-formed method": (400, get(method=b"G(T")),
    "no method": (400, b" /healthz HTTP/1.1\r\n" + HOST + b"\r\n"),
    # bounds and others
    "too many fields": (431, get(fields=HOST + b"X: y\r\n" * 100)),
    "head too large": (431, get(fields=HOST + b"X: " + b"y" * 16384 + b"\r\n")),
    "head without an end": (431, b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 20000),
    "unknown expectation": (417, POST + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}"),
    "TLS on a clear port": (400, bytes.fromhex("16030102000100") + b"\x01\xfc\x03\x03"),
    "garbage": (400, b"\x80\xff\r\n\r\n"),
    "only empty lines": (400, b"\r\n" * 10),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("listener", ["public", "api"])
def test_bad_requests_are_refused_and_closed(running, listener, name):
    expected, payload = BAD[name]
    answer = running.raw(payload + HEALTH, listener=listener)
    assert statuses(answer) == [expected], answer
    status, fields, body = split(answer)
    assert fields["connection"] == "close"
    assert len(body) == int(fields["content-length"])
    kind = "application/problem+json" if listener == "api" else "text/html; charset=utf-8"
    assert fields["content-type"] == kind


def test_a_bad_request_behind_good_ones_ends_them(running):
    answer = running.raw(HEALTH * 3 + b"\0garbage" + HEALTH)
    assert statuses(answer) == [200, 200, 200, 400]


def test_garbage_behind_a_body_is_the_next_request(running):
    request = (b"POST /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc")
    assert statuses(running.raw(request + b"defg\r\n\r\n")) == [405, 400]


GOOD = {
    "origin form": (200, get()),
    "absolute form": (200, get(target=b"http://other.example/healthz")),
    "absolute form, https": (200, get(target=b"https://other.example:8443/healthz")),
    "an empty line first": (200, b"\r\n" + get()),
    "IPv6 host": (200, get(fields=b"Host: [2001:db8::1]:8080\r\n")),
    "HEAD": (200, get(method=b"HEAD")),
    "OPTIONS *": (204, get(method=b"OPTIONS", target=b"*")),
    "OPTIONS of a path": (204, get(method=b"OPTIONS")),
    "PUT": (405, get(method=b"PUT")),
    "TRACE": (405, get(method=b"TRACE")),
    "chunked": (405, b"POST /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
                     b"4;x=y\r\nWiki\r\n0\r\nX: y\r\n\r\n"),
    "GET with a body": (200, get(fields=HOST + b"Content-Length: 5\r\n") + b"hello"),
    "longest target": (404, get(target=b"/" + b"a" * 8191)),
    "100 fields": (200, get(fields=HOST + b"X: y\r\n" * 99)),
    "upgrade": (200, get(fields=HOST + b"Connection: upgrade\r\nUpgrade: h2c\r\n")),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_requests_keep_the_connection(running, name):
    expected, payload = GOOD[name]
    close = get(fields=HOST + b"Connection: close\r\n")
    assert statuses(running.raw(payload + close)) == [expected, 200]


@pytest.mark.parametrize("name", GOOD)
def test_good_requests_may_come_byte_by_byte(running, name):
    expected, payload = GOOD[name]
    if len(payload) > 1000:
        pytest.skip("the unit tests do the long ones")
    with socket.create_connection(running.addresses["public"], timeout=LIMIT_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in payload:
            connection.sendall(bytes([byte]))
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert statuses(answer) == [expected]


def test_a_whole_session_on_one_connection(running):
    connection = http.client.HTTPConnection(*running.addresses["public"], timeout=LIMIT_S)
    connection.connect()
    port = connection.sock.getsockname()[1]
    for path, status, kind in (("/healthz", 200, "text/plain; charset=utf-8"),
                               ("/robots.txt", 200, "text/plain; charset=utf-8"),
                               ("/favicon.ico", 200, "image/x-icon"),
                               ("/no-such-link", 404, "text/html; charset=utf-8")):
        for method in ("GET", "HEAD"):
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
            assert (answer.status, answer.headers["Content-Type"]) == (status, kind)
            assert len(body) == (0 if method == "HEAD" else int(answer.headers["Content-Length"]))
            assert answer.headers["Date"].endswith(" GMT")
            assert answer.headers["Set-Cookie"] is None
    assert connection.sock.getsockname()[1] == port
    connection.close()


def test_pipelined_answers_come_in_order(running):
    paths = [b"/healthz", b"/robots.txt", b"/no-such-link", b"/favicon.ico"] * 50
    payload = b"".join(get(target=path) for path in paths)
    answer = running.raw(payload + get(fields=HOST + b"Connection: close\r\n"))
    assert statuses(answer) == [200, 200, 404, 200] * 50 + [200]


def test_http_1_0(running):
    status, fields, body = split(running.raw(get(version=b"HTTP/1.0", fields=b"")))
    assert (status, fields["connection"], body) == (200, "close", b"ok\n")
    keep = get(version=b"HTTP/1.0", fields=b"Connection: keep-alive\r\n")
    answer = running.raw(keep + get(version=b"HTTP/1.0", fields=b""))
    assert statuses(answer) == [200, 200]
    assert split(answer)[1]["connection"] == "keep-alive"


def test_an_answer_arrives_whole_though_more_bytes_were_on_their_way(running):
    close = get(target=b"/favicon.ico", fields=HOST + b"Connection: close\r\n")
    for _ in range(20):
        with socket.create_connection(running.addresses["public"], timeout=LIMIT_S) as connection:
            connection.sendall(close + b"x" * 400000)
            answer = b"".join(iter(lambda: connection.recv(100), b""))
        status, fields, body = split(answer)
        assert status == 200 and len(body) == int(fields["content-length"])


def test_a_refusal_arrives_whole_though_the_body_was_on_its_way(running):
    for _ in range(20):
        with socket.create_connection(running.addresses["api"], timeout=LIMIT_S) as connection:
            connection.sendall(POST + b"Content-Length: 400000\r\n\r\n" + b"x" * 400000)
            answer = b"".join(iter(lambda: connection.recv(100), b""))
        status, fields, body = split(answer)
        assert status == 413 and len(body) == int(fields["content-length"])


def test_a_half_closed_client_gets_its_answer(running):
    assert statuses(running.raw(HEALTH, half_close=True)) == [200]


def test_a_truncated_request_is_refused(running):
    for payload in (HEALTH[:-1], b"G", POST + b"Content-Length: 5\r\n\r\nabc"):
        assert statuses(running.raw(payload, half_close=True)) == [400]


def test_expect_100_continue(running):
    body = b'{"campaign":"nowhere"}'
    head = (POST + b"Content-Type: application/json\r\nConnection: close\r\n"
            b"Authorization: Bearer " + running.token.encode() + b"\r\n"
            b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
    with socket.create_connection(running.addresses["api"], timeout=LIMIT_S) as connection:
        connection.sendall(head)
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert split(answer)[0] == 422
    # A body that would be refused is not asked for; one that is there already needs no asking.
    refused = head.replace(b"Content-Length: %d" % len(body), b"Content-Length: 300000")
    assert statuses(running.raw(refused, listener="api")) == [413]
    assert statuses(running.raw(head + body, listener="api")) == [422]


def test_methods_and_allow(running):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = running.request(method, "/healthz")
        assert (answer.status, answer.headers["Allow"]) == (405, "OPTIONS, GET, HEAD")
    answer = running.request("OPTIONS", "/v1/links/x", listener="api")
    assert (answer.status, answer.headers["Allow"]) == (204, "OPTIONS, GET, HEAD, PATCH")


def test_the_public_listener_knows_nothing_of_the_api(running):
    for path in ("/metrics", "/readyz", "/v1/links/x", "/v1/reports/creators"):
        assert running.request("GET", path).status == 404
    for path in ("/robots.txt", "/favicon.ico", "/marie-trail"):
        assert running.request("GET", path, listener="api").status == 404


# -- time-outs and bounds, each with settings of its own


def closes_within(connection, limit_s=LIMIT_S):
    connection.settimeout(limit_s)
    answer = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return answer
        if not piece:
            return answer
        answer += piece


@pytest.fixture(scope="module")
def hasty(request):
    from conftest import Installation
    # A second: what a busy machine may make a client wait between its connecting and its writing.
    shared = Installation(settings={"JALON_SERVER_HEADER_TIMEOUT": "1s",
                                    "JALON_SERVER_BODY_TIMEOUT": "1s",
                                    "JALON_SERVER_IDLE_TIMEOUT": "1s",
                                    "JALON_SERVER_WRITE_TIMEOUT": "1s"})
    shared.start()
    yield shared
    shared.remove()


@pytest.mark.parametrize("payload,expected", [
    (b"", []),                                   # never spoke: nothing to answer
    (b"GET /healthz HT", [408]),                 # a head that does not end
    (HEALTH, [200]),                             # idle afterwards
    (HEALTH + b"GET /h", [200, 408]),            # a second head that does not end
    (b"POST /healthz HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nab", [408]),
    (b"POST /healthz HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\na", [408]),
], ids=["silent", "head", "idle", "second head", "body", "chunked body"])
def test_each_state_of_reading_has_its_time(hasty, payload, expected):
    with socket.create_connection(hasty.addresses["public"]) as connection:
        connection.sendall(payload)
        assert statuses(closes_within(connection)) == expected


def test_a_byte_now_and_then_prolongs_nothing(hasty):
    with socket.create_connection(hasty.addresses["public"]) as connection:
        answer, start = b"", time.monotonic()
        for byte in b"GET /" + b"a" * 10000:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                break
            if select.select([connection], [], [], 0.05)[0]:
                answer = closes_within(connection)
                break
        assert statuses(answer) == [408]
        assert time.monotonic() - start < LIMIT_S / 2


def test_who_takes_no_answer_is_let_go(hasty):
    request = get(target=b"/favicon.ico")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(hasty.addresses["public"])
        connection.setblocking(False)
        poll = select.poll()
        poll.register(connection, select.POLLOUT)
        end = time.monotonic() + LIMIT_S
        is_open = True
        while is_open and time.monotonic() < end:
            for _, what in poll.poll(100):
                is_open = not what & (select.POLLERR | select.POLLHUP)
            try:
                connection.send(request * 100)
            except BlockingIOError:
                pass
            except OSError:
                is_open = False
        assert not is_open
    assert hasty.metric("jalond_connection_timeouts_total") > 0


def test_too_many_connections_push_out_the_longest_idle(make_installation):
    installation = make_installation(settings={"JALON_SERVER_WORKERS": "1",
                                               "JALON_SERVER_MAX_CONNECTIONS": "16"}).start()
    connections = []
    for _ in range(60):
        connection = socket.create_connection(installation.addresses["public"], timeout=LIMIT_S)
        connection.sendall(HEALTH)
        assert statuses(connection.recv(65536)) == [200]
        connections.append(connection)
    assert closes_within(connections[0]) == b""
    connections[-1].sendall(HEALTH)
    assert statuses(connections[-1].recv(65536)) == [200]
    for connection in connections:
        connection.close()


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")")[-1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_no_descriptors_left_is_no_busy_loop(make_installation):
    installation = make_installation(settings={"JALON_SERVER_WORKERS": "1"}).start()
    pid = installation.process.pid
    installation.request("GET", "/healthz")
    used = max(int(fd) for fd in os.listdir(f"/proc/{pid}/fd")) + 1
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 4, hard))
    connections = [socket.create_connection(installation.addresses["public"], timeout=LIMIT_S)
                   for _ in range(40)]
    for connection in connections:
        connection.sendall(HEALTH)
    served = []
    wait_for(lambda: served.extend(select.select(connections, [], [], 0.1)[0]) or served,
             "some to be served")
    start = cpu_seconds(pid)
    waiting = [connection for connection in connections if connection not in served]
    while select.select(waiting, [], [], 1)[0]:
        waiting = [c for c in waiting if c not in select.select(waiting, [], [], 0)[0]]
    assert waiting, "the limit was not reached"
    assert cpu_seconds(pid) - start < 0.7
    for connection in connections:
        if connection not in waiting:
            connection.close()
    # Those that waited are served as soon as there are descriptors again.
    assert statuses(waiting[0].recv(65536)) == [200]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
    for connection in waiting:
        connection.close()


# -- listening, draining


def test_a_drain_lets_clients_finish(make_installation):
    installation = make_installation().start()
    with socket.create_connection(installation.addresses["public"], timeout=LIMIT_S) as connection:
        connection.sendall(HEALTH)
        assert statuses(connection.recv(65536)) == [200]
        installation.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not listens(installation.addresses["public"]), "the listener to close")
        connection.sendall(HEALTH)
        answer = closes_within(connection)
    assert statuses(answer) == [200] and split(answer)[1]["connection"] == "close"
    installation.stop()


def listens(address):
    try:
        # The kernel answers at once, or, when the listener is about to close, not at all.
        socket.create_connection(address, timeout=0.2).close()
        return True
    except OSError:
        return False


def test_several_addresses(make_installation):
    installation = make_installation(
        settings={"JALON_SERVER_PUBLIC": "127.0.0.1:0, 127.0.0.2:0"}).start()
    lines = open(installation.folder + "/jalond.listen").read().splitlines()
    assert [line.split()[0] for line in lines] == ["public", "public", "api"]
    for line in lines[:2]:
        host, port = line.split()[1].rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=LIMIT_S)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()


def refused_start(installation, **settings):
    done = subprocess.run([str(BUILD / "jalond")], env={**installation.environment, **settings},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode != 0
    return done.stderr


@pytest.mark.parametrize("reuse", [False, True])
def test_a_foreign_listener_is_an_error(make_installation, reuse):
    installation = make_installation()
    with socket.socket() as foreign:
        if reuse:
            foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        foreign.bind(("127.0.0.1", 0))
        foreign.listen()
        address = "127.0.0.1:%d" % foreign.getsockname()[1]
        assert address in refused_start(installation, JALON_SERVER_PUBLIC=address)


def test_an_api_off_loopback_needs_tls_or_a_word(make_installation):
    installation = make_installation()
    assert "api_plaintext" in refused_start(installation, JALON_SERVER_API="0.0.0.0:0")
    assert "localhost" in refused_start(installation, JALON_SERVER_PUBLIC="localhost")
    installation.start(settings={"JALON_SERVER_API": "0.0.0.0:0", "JALON_SERVER_API_PLAINTEXT": "yes"})
