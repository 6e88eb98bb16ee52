"""A process full of slow clients: slow_clients.py KIND HOST PORT COUNT SOURCE

Opens COUNT connections from the loopback address SOURCE, says "ready" when all are open, and from then on moves a
byte a second on each, until its standard input ends. What each is slow at, by KIND:

    head        a request line that grows
    body        a body of 200 000 bytes, its head sent at once
    reader      a long pipeline sent at once, its answers taken a byte at a time
    handshake   a TLS ClientHello
    silent      nothing is sent at all

Says "open N" at the end: how many the server has not closed by then.
"""
import os
import select
import socket
import struct
import sys
import time

HELLO = bytes.fromhex("160301020001") + bytes.fromhex("0001fc0303") + bytes(507)
FIRST = {
    "head": b"GET /",
    "body": (b"POST /v1/links HTTP/1.1\r\nHost: go.example.com\r\nContent-Type: application/json\r\n"
             b"Content-Length: 200000\r\n\r\n{"),
    "reader": b"GET /favicon.ico HTTP/1.1\r\nHost: go.example.com\r\n\r\n" * 1500,
    "handshake": HELLO[:5],
    "silent": b"",
}
SLICES = 20  # of a second, and of the clients: the bytes are spread over it


def connect(kind, address, source):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == "reader":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # or the kernel takes megabytes
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.bind((source, 0))
    client.connect(address)
    client.setblocking(False)
    try:
        client.send(FIRST[kind])
    except BlockingIOError:
        pass
    return client


def move_a_byte(kind, client, second):
    try:
        if kind == "reader":
            client.recv(1)
        elif kind == "handshake":
            client.send(HELLO[5 + second:6 + second] or b"\0")
        elif kind != "silent":
            client.send(b"a")
    except OSError:
        pass  # nothing to take yet, or the server has had enough


def is_open(client):
    """True while the server has neither closed nor reset it."""
    poll = select.poll()
    poll.register(client, select.POLLIN | select.POLLRDHUP)
    return not any(what & (select.POLLRDHUP | select.POLLHUP | select.POLLERR) for _, what in poll.poll(0))


def main():
    kind, host, port, count, source = sys.argv[1:]
    clients = [connect(kind, (host, int(port)), source) for _ in range(int(count))]
    print("ready", flush=True)
    start = time.monotonic()
    for turn in range(1 << 30):
        for client in clients[turn % SLICES::SLICES]:
            move_a_byte(kind, client, turn // SLICES)
        wait = max(0.0, start + (turn + 1) / SLICES - time.monotonic())
        if select.select([sys.stdin], [], [], wait)[0]:
            break
    print("open", sum(map(is_open, clients)), flush=True)
    for client in clients:  # resets, so that no port of ours lingers
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    os._exit(0)


if __name__ == "__main__":
    main()
