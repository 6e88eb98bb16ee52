"""A TCP proxy between jalond and its store that breaks what passes through it, on command or by chance.

    proxy = FaultProxy(port_of_the_server, rng)
    proxy.url                      for JALON_STORE_REDIS
    proxy.chance = 0.02            of each piece that passes to meet one of proxy.faults
    proxy.reset_all()              at once, all connections
    proxy.close()

Faults, each in the midst of a piece (a batch or a reply): `reset` (by RST, to both sides), `cut` (half of it passes,
then the connection is closed), `stall` (half of it passes, then nothing more ever, the connection stays), `delay`.
"""
import collections
import socket
import struct
import threading
import time

FAULTS = ("reset", "cut", "stall", "delay")
DELAY_S = 0.3
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST


class Pair:
    """One connection through the proxy: two sockets and a thread for each direction."""

    def __init__(self, proxy, client, server):
        self.proxy, self.sockets = proxy, (client, server)
        self.is_over = self.is_stalled = False
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source, sink):
        try:
            while piece := source.recv(65536):
                if self.is_stalled:  # what comes still is swallowed
                    continue
                if self._meet_fault(piece, sink):
                    continue
                sink.sendall(piece)
        except OSError:
            pass
        self.end(is_reset=False)

    def _meet_fault(self, piece, sink):
        """Carries a fault out, if there is to be one; True when it did away with the piece."""
        fault = self.proxy.choose()
        if fault is None:
            return False
        if fault == "delay":
            time.sleep(DELAY_S)
            return False
        sink.sendall(piece[:self.proxy.point(len(piece))])
        if fault == "stall":
            self.is_stalled = True
        else:
            self.end(is_reset=fault == "reset")
        return True

    def end(self, is_reset):
        if self.is_over:
            return
        self.is_over = True
        for end in self.sockets:
            if is_reset:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            try:
                if not is_reset:
                    end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other side was first
            end.close()
        self.proxy.forget(self)


class FaultProxy:
    def __init__(self, port, rng):
        self.port, self.rng = port, rng
        self.chance, self.faults = 0.0, FAULTS
        self.met = collections.Counter()
        self.lock, self.pairs = threading.Lock(), set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                client.close()
                continue
            with self.lock:
                self.pairs.add(Pair(self, client, server))

    def choose(self):
        with self.lock:
            if self.rng.random() >= self.chance:
                return None
            fault = self.rng.choice(self.faults)
            self.met[fault] += 1
            return fault

    def point(self, length):
        """Where a piece is cut: somewhere within."""
        with self.lock:
            return self.rng.randrange(length)

    def reset_all(self):
        with self.lock:
            pairs = list(self.pairs)
        for pair in pairs:
            pair.end(is_reset=True)
        self.met["reset"] += len(pairs)

    def forget(self, pair):
        with self.lock:
            self.pairs.discard(pair)

    def close(self):
        self.chance = 0
        self.listener.close()
        self.reset_all()
