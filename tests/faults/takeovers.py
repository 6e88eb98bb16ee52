"""One jalond taken over by the next on the same folder.

    fleet.start(site)                     a plain start
    old = fleet.take_over(site)           another process serves the site; the old one drains
    old.wait()                            until that has ended, with 0

A Successor is a process that speaks the protocol of DIR/jalond.sock up to where a test wants it to fail.
"""
import os
import signal
import socket
import subprocess
import threading

from programs import BUILD, LIMIT_S, dying_with_us, wait_for


class Jalond:
    """A process on a site's folder, and what it logs."""

    def __init__(self, site, *arguments, settings=None):
        self.site, self.lines = site, []
        self.process = subprocess.Popen(
            dying_with_us("TERM", str(BUILD / "jalond"), *arguments),
            env={**site.environment, **(settings or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)

    def log(self):
        return "".join(self.lines)

    def says(self, words):
        return words in self.log()

    def has_ended(self):
        return self.process.poll() is not None

    def wait_until_says(self, words):
        wait_for(lambda: self.says(words) or self.has_ended(), f'jalond to say "{words}"')
        if self.has_ended():
            self.reader.join(timeout=LIMIT_S)
        assert self.says(words), f'"{words}" is missing: {self.log()}'

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, expect=0):
        """Until it has ended, by itself."""
        code = self.process.wait(timeout=LIMIT_S)
        self.reader.join(timeout=LIMIT_S)
        assert "Sanitizer" not in self.log(), self.log()
        assert code == expect, f"jalond ended with {code}: {self.log()}"

    def kill(self):
        if not self.has_ended():
            self.process.kill()
        self.process.wait(timeout=LIMIT_S)
        self.reader.join(timeout=LIMIT_S)


class Fleet:
    """All processes of a test: those that it left are ended with it."""

    def __init__(self):
        self.all = []
        self.now = None  # the one that serves

    def spawn(self, site, *arguments, settings=None):
        one = Jalond(site, *arguments, settings=settings)
        self.all.append(one)
        return one

    def _serves(self, site, one, words):
        one.wait_until_says(words)
        site.read_addresses()
        self.now = one

    def start(self, site, *arguments):
        self._serves(site, self.spawn(site, *arguments), " is up on ")
        wait_for(lambda: site.request("GET", "/readyz", listener="api").status == 200, "readiness")
        return self.now

    def take_over(self, site, settings=None):
        """The one that served before, which drains now."""
        site.environment.update(settings or {})
        old = self.now
        self._serves(site, self.spawn(site, "--takeover"), "taken over")
        return old

    def stop(self):
        self.now.signal(signal.SIGTERM)
        self.now.wait()

    def end(self):
        for one in self.all:
            if not one.has_ended():
                one.signal(signal.SIGTERM)
        for one in self.all:
            try:
                one.process.wait(timeout=LIMIT_S)
            except subprocess.TimeoutExpired:
                one.kill()
        for one in self.all:
            one.reader.join(timeout=LIMIT_S)
            assert "Sanitizer" not in one.log(), one.log()


HEAD = b"JLTK\x01"
HELLO, SOCKETS, READY, HANDOVER, SERVING, DONE, REFUSED = range(1, 8)


class Successor:
    """Connected to the jalond that serves on the folder; every descriptor that it was given is closed with it."""

    def __init__(self, site):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(LIMIT_S)
        self.socket.connect(site.folder + "/jalond.sock")
        self.fds = []

    def say(self, kind, body=b"", fds=(), head=HEAD):
        socket.send_fds(self.socket, [head + bytes([kind]) + body], list(fds))

    def hear(self):
        """(kind, body) of the next message; (None, b"") at the end."""
        try:
            data, fds, _, _ = socket.recv_fds(self.socket, 512, 64)
        except ConnectionResetError:  # it had not read all that we said: its last word is behind this
            data, fds, _, _ = socket.recv_fds(self.socket, 512, 64)
        self.fds += fds
        if not data:
            return None, b""
        assert data.startswith(HEAD)
        return data[5], data[6:]

    def expect(self, kind):
        heard, body = self.hear()
        assert heard == kind, (heard, body)
        return body

    def ask(self):
        """Up to where it has the sockets."""
        self.say(HELLO)
        body = self.expect(SOCKETS)
        assert len(self.fds) == body[3] == int.from_bytes(body[1:3], "little")
        return self

    def claim(self, has_store=1):
        """Up to where it has the lock, and nobody accepts."""
        self.say(READY, bytes([has_store]))
        self.expect(HANDOVER)
        return self

    def close(self):
        self.socket.close()
        for fd in self.fds:
            os.close(fd)
        self.fds = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
