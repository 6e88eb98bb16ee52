"""One client that sends without end over TLS takes its turn like any other."""
import ssl
import subprocess
import sys
import time

from programs import dying_with_us, times, wait_for
from test_reload_under_load import make_certificate

PUMP_S = times(3, 20)
PUMP = """
import socket, ssl, sys, threading, time
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
connection = context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))
requests = b"GET /healthz HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" * 400

def read():
    while connection.recv(262144):
        pass

threading.Thread(target=read, daemon=True).start()
print("pumps", flush=True)
while True:
    connection.sendall(requests)
"""


def secure_site(make_installation):
    site = make_installation(settings={"JALON_SERVER_WORKERS": "1"})
    certificate, key = make_certificate(site.folder)
    site.environment.update(JALON_SERVER_CERTIFICATE=certificate, JALON_SERVER_KEY=key)
    site.start(ready=False)
    wait_for(lambda: site.request("GET", "/readyz", listener="api", tls=True).status == 200, "ready")
    return site


def test_a_client_that_sends_without_end_starves_nobody(make_installation):
    site = secure_site(make_installation)
    pump = subprocess.Popen(
        dying_with_us("KILL", sys.executable, "-c", PUMP, str(site.addresses["public"][1])),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert pump.stdout.readline() == "pumps\n"
        waits, end = [], time.monotonic() + PUMP_S
        while time.monotonic() < end:
            start = time.monotonic()
            assert site.request("GET", "/healthz", tls=True).status == 200
            waits.append(time.monotonic() - start)
        assert pump.poll() is None
    finally:
        pump.kill()
        pump.wait()
    print(f"{len(waits)} others' requests, the slowest in {max(waits) * 1e3:.0f} ms")
    assert len(waits) > PUMP_S  # a turn each; without turns, the first waits until the pump ends


def test_key_updates_are_taken(make_installation):
    """A client may change its keys at any time (RFC 8446 section 4.6.3), and asks on."""
    site = secure_site(make_installation)
    client = subprocess.Popen(
        dying_with_us("KILL", "openssl", "s_client", "-tls1_3", "-connect",
                      "127.0.0.1:%d" % site.addresses["public"][1]),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = b""

    def say(line, heard, times_heard):
        """Its commands are those lines that it reads by themselves, so each waits for what came of the last."""
        nonlocal text
        client.stdin.write(line)
        client.stdin.flush()
        while text.count(heard) < times_heard:
            piece = client.stdout.read1(65536)
            assert piece, text
            text += piece

    try:
        say(b"", b"Verify return code", 1)
        for number in range(1, 4):
            say(b"K\n", b"KEYUPDATE", 2 * number - 1)
            say(b"k\n", b"KEYUPDATE", 2 * number)
            say(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK", number)
    finally:
        client.kill()
        client.wait()
