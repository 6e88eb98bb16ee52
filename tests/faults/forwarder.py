"""A TCP forwarder: the address that an operator moves from one server to another, or a wire that holds what is sent."""
import contextlib
import selectors
import socket
import threading

from programs import free_port

PIECE = 65536


class Forwarder:
    """Listens on `port` and passes on to 127.0.0.1:`target`. All is done by one thread."""

    def __init__(self, target):
        self.target, self.port = target, free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.wake_read, self.wake_write = socket.socketpair()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.wake_read, selectors.EVENT_READ)
        self.peers = {}  # a connection's end: the other end
        self.is_held = self.is_ended = False
        self.orders, self.done = [], threading.Condition()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    # -- what a test asks for; it is done when the call returns

    def hold(self):
        """Nothing passes any more, in neither direction; connections stay, and are taken."""
        self._order(lambda: setattr(self, "is_held", True))

    def cut(self):
        """Ends all connections; what was held is lost."""
        self._order(self._cut)

    def move(self, target):
        """Ends all connections; new ones go to another server."""
        self._order(lambda: self._move(target))

    def remove(self):
        self._order(lambda: setattr(self, "is_ended", True))
        self.thread.join()

    def _order(self, order):
        with self.done:
            self.orders.append(order)
            self.wake_write.send(b".")
            self.done.wait_for(lambda: order not in self.orders)

    # -- the thread

    def _run(self):
        while not self.is_ended:
            for key, _ in self.selector.select():
                if key.fileobj is self.wake_read:
                    self._carry_out()
                elif key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj in self.peers and not self.is_held:
                    self._pass_on(key.fileobj)
            if self.is_held:  # or what can be read would wake it at once
                for end in self.peers:
                    with contextlib.suppress(KeyError):
                        self.selector.unregister(end)
        self._cut()
        for end in (self.listener, self.wake_read, self.wake_write, self.selector):
            end.close()

    def _carry_out(self):
        self.wake_read.recv(PIECE)
        with self.done:
            while self.orders:
                self.orders[0]()
                del self.orders[0]
            self.done.notify_all()

    def _cut(self):
        while self.peers:
            self._drop(next(iter(self.peers)))
        self.is_held = False

    def _move(self, target):
        self.target = target
        self._cut()

    def _accept(self):
        client, _ = self.listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        for end, other in ((client, server), (server, client)):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.peers[end] = other
            self.selector.register(end, selectors.EVENT_READ)

    def _pass_on(self, end):
        try:
            piece = end.recv(PIECE)
            if piece:
                self.peers[end].sendall(piece)
                return
        except OSError:
            pass
        self._drop(end)

    def _drop(self, end):
        other = self.peers.pop(end)
        self.peers.pop(other)
        for one in (end, other):
            with contextlib.suppress(KeyError):
                self.selector.unregister(one)
            one.close()
