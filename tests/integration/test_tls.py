"""TLS on both listeners: versions, slow and broken handshakes, large answers, a new certificate."""
import http.client
import select
import signal
import socket
import ssl
import subprocess

import pytest

from conftest import LIMIT_S, wait_for

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def make_certificate(folder, name):
    """A self-signed certificate and its key; their paths."""
    certificate, key = f"{folder}/{name}.crt", f"{folder}/{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
                    certificate], check=True, capture_output=True)
    return certificate, key


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    from conftest import Installation
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = make_certificate(folder, "first.example")
    shared = Installation(settings={"JALON_SERVER_CERTIFICATE": certificate, "JALON_SERVER_KEY": key,
                                    "JALON_SERVER_HEADER_TIMEOUT": "2s"})
    shared.certificate, shared.key, shared.material = certificate, key, folder
    shared.add_campaign()
    shared.start(ready=False)
    wait_for(lambda: shared.request("GET", "/readyz", listener="api", tls=True).status == 200,
             "/readyz over TLS")
    yield shared
    shared.remove()


def client(secure, **options):
    context = ssl.create_default_context(cafile=secure.certificate)
    for name, value in options.items():
        setattr(context, name, value)
    return context


def connect(secure, context, listener="public"):
    plain = socket.create_connection(secure.addresses[listener], timeout=LIMIT_S)
    return context.wrap_socket(plain, server_hostname="localhost")


def receive(connection, size_at_least=1):
    answer = b""
    while len(answer) < size_at_least:
        piece = connection.recv(65536)
        if not piece:
            return answer
        answer += piece
    return answer


@pytest.mark.parametrize("listener", ["public", "api"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_listeners_and_versions(secure, listener, version):
    context = client(secure, minimum_version=version, maximum_version=version)
    with connect(secure, context, listener) as connection:
        assert connection.version() == version.name.replace("_", ".")
        for _ in range(3):
            connection.sendall(HEALTH)
            assert receive(connection).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_older_versions_are_refused(secure):
    context = client(secure)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(secure, context)


def test_alpn_chooses_http_1_1(secure):
    context = client(secure)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with connect(secure, context) as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"


def test_plain_http_on_a_tls_port_is_closed(secure):
    answer = secure.raw(HEALTH)
    assert not answer.startswith(b"HTTP/")


@pytest.mark.parametrize("payload", [b"", b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"])
def test_a_handshake_has_its_time(secure, payload):
    secure.raw(payload)  # returns when the other side closes


def test_pipelined_requests_in_one_record_and_in_many(secure):
    context = client(secure)
    with connect(secure, context) as connection:
        connection.sendall(HEALTH * 200)
        answer = b""
        while answer.count(b"HTTP/1.1 200 OK\r\n") < 200 or not answer.endswith(b"ok\n"):
            answer += receive(connection)
        for byte in HEALTH:
            connection.sendall(bytes([byte]))
        assert receive(connection).startswith(b"HTTP/1.1 200 OK\r\n")


def test_answers_larger_than_the_socket_takes(secure):
    """Icons by the thousand, to a client with a small window that takes them in small pieces."""
    count = 4000
    request = b"GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n"
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(LIMIT_S)
    plain.connect(secure.addresses["public"])
    payload = memoryview(request * count + HEALTH)
    with client(secure).wrap_socket(plain, server_hostname="localhost") as connection:
        connection.setblocking(False)
        answer = b""
        while not answer.endswith(b"\r\n\r\nok\n"):
            ready = select.select([connection], [connection] if payload else [], [], LIMIT_S)
            assert ready[0] or ready[1], "nothing moves any more"
            try:
                if ready[1]:
                    payload = payload[connection.send(payload[:16384]):]
                piece = connection.recv(3000)
                assert piece
                answer += piece
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                continue
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == count + 1


@pytest.mark.parametrize("count", [100, *range(9000, 12101, 310)])
def test_what_tls_holds_back_is_not_forgotten(secure, count):
    """All requests are sent before the first answer is taken: nothing new wakes the server later."""
    request = b"GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n"
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(LIMIT_S)
    plain.connect(secure.addresses["public"])
    with client(secure).wrap_socket(plain, server_hostname="localhost") as connection:
        connection.sendall(request[:20])
        connection.sendall((request * count)[20:] + HEALTH)
        answer = b""
        while not answer.endswith(b"\r\n\r\nok\n"):
            answer += receive(connection)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == count + 1


def test_close_is_said_in_tls_too(secure):
    context = client(secure)
    with connect(secure, context) as connection:
        connection.sendall(HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"x" * 30000)
        answer = b""
        while True:  # a missing close_notify would be an SSLEOFError
            piece = connection.recv(65536)
            if not piece:
                break
            answer += piece
        assert answer.count(b"HTTP/1.1 ") == 1 and answer.endswith(b"ok\n")


def test_the_api_works_over_tls(secure):
    token = secure.add_token()
    context = client(secure)
    connection = http.client.HTTPSConnection(*secure.addresses["api"], timeout=LIMIT_S,
                                             context=context)
    connection.request("POST", "/v1/links", '{"campaign":"spring-trail","creator":"marie"}',
                       {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    assert connection.getresponse().status == 201
    connection.close()


def test_a_reload_takes_a_new_certificate_and_keeps_connections(secure):
    old = client(secure)
    with connect(secure, old) as connection:
        connection.sendall(HEALTH)  # has spoken, so it may be silent for longer than header_timeout
        assert receive(connection).startswith(b"HTTP/1.1 200 OK\r\n")
        certificate, key = make_certificate(secure.material, "second.example")
        for source, target in ((certificate, secure.certificate), (key, secure.key)):
            with open(source, "rb") as new, open(target, "wb") as file:
                file.write(new.read())
        secure.process.send_signal(signal.SIGHUP)

        def is_new():
            with connect(secure, client(secure)) as fresh:
                subject = dict(pair[0] for pair in fresh.getpeercert()["subject"])
                return subject["commonName"] == "second.example"

        def is_new_or_fails():
            try:
                return is_new()
            except ssl.SSLError:
                return False  # still the old one, which the new file does not vouch for
        wait_for(is_new_or_fails, "the new certificate")
        connection.sendall(HEALTH)
        assert receive(connection).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("certificate,key,word", [
    ("/nonexistent.crt", "KEY", "/nonexistent.crt"),
    ("CERTIFICATE", "/nonexistent.key", "/nonexistent.key"),
    ("CERTIFICATE", "OTHER", "belong"),
    ("CERTIFICATE", "", "both"),
])
def test_bad_files_are_refused_at_start(make_installation, tmp_path, certificate, key, word):
    from test_http import refused_start
    mine, other = make_certificate(tmp_path, "a.example"), make_certificate(tmp_path, "b.example")
    names = {"CERTIFICATE": mine[0], "KEY": mine[1], "OTHER": other[1]}
    error = refused_start(make_installation(),
                          JALON_SERVER_CERTIFICATE=names.get(certificate, certificate),
                          JALON_SERVER_KEY=names.get(key, key))
    assert word in error
