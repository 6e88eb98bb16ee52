"""A steady load of clicks whose fate is known one by one. The frame of this folder:

    site = make_site(server=redis_server)      an Installation with .links: three creators, three channels each,
                                               portable ones among them (fixture of conftest.py)
    site.start()
    with Clickers(site) as clickers:           threads that click until the end of the block
        clickers.wait_more(100)                until 100 more 302s were received
        … a fault …
    accounts.account(site, clickers.log)       every received 302 is exported once, and what it says there

Three manners of client: one request after the other on a kept connection, a new connection for each, and
several requests in one send. Three kinds of agent: people, bots, link previews. Where a site listens is read anew for
each connection, so it may be another process on another port by then.

A Log has

    received    every 302 whose head came whole: Click(click_id, link, kind, at)
    unknown     Unknown(link, kind, why): sent, in part perhaps, and the connection broke before the answer's
                head was whole
    refused     Counter of why a connection could not be made: nothing was sent
    statuses    Counter of the answers other than 302
"""
import collections
import pathlib
import random
import socket
import threading
import time

from programs import LIMIT_S, PHONE, wait_for
import formats  # after programs, which says where it is

Link = collections.namedtuple("Link", "path creator channel")
Click = collections.namedtuple("Click", "click_id link kind at")
Unknown = collections.namedtuple("Unknown", "link kind why")

AGENTS = [  # the class that each is to be given; four of seven are people
    ("human", PHONE),
    ("human", "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"),
    ("human", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
              "Gecko) Mobile/21F90 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5_1; fr_FR; fr)"),
    ("human", "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) "
              "Chrome/126.0.0.0 Mobile Safari/537.36"),
    ("bot", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    ("bot", None),
    ("preview", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"),
]
CREATORS = ("marie", "tom", "lea")
CHANNELS = ("bio", "story", "post")
MANNERS = ("kept", "new", "kept", "new", "pipelined", "kept")
PIPELINE = 4
PACE_S = 0.004  # between two requests of one client
AGAIN_S = 0.02  # between two tries to connect


def add_links(site, campaign="spring-trail"):
    """A campaign that counts each click (no window for duplicates), and its links."""
    site.add_campaign(campaign, creators=CREATORS, duplicate_window="0s")
    ring = formats.ring_parse(pathlib.Path(site.folder, "keys").read_text())
    links = [Link(site.add_link(creator, campaign, channel=channel), creator, channel)
             for creator in CREATORS for channel in CHANNELS[:2]]
    return links + [Link("/o/" + formats.token_mint(ring, campaign, creator, "newsletter"), creator,
                         "newsletter") for creator in CREATORS]


class Log:
    def __init__(self):
        self.received, self.unknown = [], []
        self.refused, self.statuses = collections.Counter(), collections.Counter()

    def add(self, other):
        self.received += other.received
        self.unknown += other.unknown
        self.refused += other.refused
        self.statuses += other.statuses
        return self

    def requests(self):
        return len(self.received) + len(self.unknown) + sum(self.statuses.values())


class Clicker:
    """One client: a thread, its connection and its log."""

    def __init__(self, clickers, manner, seed):
        self.clickers, self.manner, self.rng = clickers, manner, random.Random(seed)
        self.log = Log()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.clickers.ends.is_set():
            connection = self._connect()
            if connection is None:
                time.sleep(AGAIN_S)  # it is down: the pace of trying again, not a wait for an event
                continue
            with connection:
                while self._ask(connection) and self.manner != "new" and not self.clickers.ends.is_set():
                    time.sleep(PACE_S)
            if self.manner == "new":
                time.sleep(PACE_S)

    def _connect(self):
        address = self.clickers.site.addresses.get("public")
        if address is None:
            return None
        try:
            connection = socket.create_connection(address, timeout=LIMIT_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        except OSError as error:
            self.log.refused[type(error).__name__] += 1
            return None

    def _request(self, link, agent):
        fields = f"User-Agent: {agent}\r\n" if agent else ""
        return f"GET {link.path} HTTP/1.1\r\nHost: go.example.com\r\n{fields}\r\n".encode()

    def _ask(self, connection):
        """One request, or a pipeline of them; False when the connection is of no use any more."""
        count = PIPELINE if self.manner == "pipelined" else 1
        asked = [(self.rng.choice(self.clickers.links), *self.rng.choice(AGENTS)) for _ in range(count)]
        rest = b""
        try:
            connection.sendall(b"".join(self._request(link, agent) for link, _, agent in asked))
            while asked:
                head, rest = take_head(connection, rest)
                link, kind, _ = asked.pop(0)
                length = self._note(head, link, kind)
                while len(rest) < length:
                    rest += receive(connection)
                rest = rest[length:]
        except OSError as error:
            why = f"{type(error).__name__}: {error}"
            self.log.unknown += [Unknown(link, kind, why) for link, kind, _ in asked]
            return False
        return b"\r\nconnection: close" not in head.lower()

    def _note(self, head, link, kind):
        """Logs an answer; the length of its body."""
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value for name, value in
                  (line.split(": ", 1) for line in lines[1:])}
        status = int(lines[0].split()[1])
        if status != 302:
            self.log.statuses[status] += 1
        else:
            click_id = fields["location"].split("jclid=")[1]
            self.log.received.append(Click(click_id, link, kind, time.time()))
        return int(fields.get("content-length", 0))


def receive(connection):
    piece = connection.recv(65536)
    if not piece:
        raise ConnectionError("closed before the answer was whole")
    return piece


def take_head(connection, rest):
    """The next answer's head, and what came behind it."""
    while b"\r\n\r\n" not in rest:
        rest += receive(connection)
    head, rest = rest.split(b"\r\n\r\n", 1)
    return head, rest


class Clickers:
    """Clients that click until they are stopped; leaving the `with` block stops them."""

    def __init__(self, site, links=None, manners=MANNERS, seed=0):
        self.site, self.links = site, links or site.links
        self.ends = threading.Event()
        self.clients = [Clicker(self, manner, f"{seed} {number}")
                        for number, manner in enumerate(manners)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def count(self):
        """302s received until now."""
        return sum(len(client.log.received) for client in self.clients)

    def answers(self):
        """Answers of any kind until now."""
        return sum(client.log.requests() for client in self.clients)

    def wait_more(self, count, limit_s=LIMIT_S):
        goal = self.count() + count
        wait_for(lambda: self.count() >= goal, f"{count} more clicks to be answered", limit_s)

    def stop(self):
        self.ends.set()
        for client in self.clients:
            client.thread.join()

    @property
    def log(self):
        """All that was logged until now."""
        total = Log()
        for client in self.clients:
            total.add(client.log)
        return total
