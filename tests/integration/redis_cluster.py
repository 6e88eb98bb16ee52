"""A Redis Cluster of real redis-servers on free ports: it dies with the test, and does what clusters do: nodes are
killed, come back, hang, are promoted without their primary's tail; slots move."""
import os
import shutil
import signal
import subprocess
import tempfile
import time

import redis

from conftest import LIVING, dying_with_us, free_port, wait_for

SLOTS = 16384


class ClusterNode:
    """One redis-server of the cluster. Its folder, and so its name in the cluster and its data, outlives its process."""

    def __init__(self, options):
        self.folder = tempfile.mkdtemp(prefix="cluster-", dir="/tmp")
        self.port = self.bus_port = None
        self.options = options
        self.process = None

    def start(self):
        """The first launch, on ports of its own, whoever else is looking for some."""
        def is_there():
            if not self.is_running():
                self.port, self.bus_port = free_port(), free_port()
                self.launch()
            return self.answers()
        wait_for(is_there, "a node to answer")

    def launch(self):
        self.process = subprocess.Popen(
            dying_with_us("KILL", "redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
                          "--cluster-enabled", "yes", "--cluster-port", str(self.bus_port),
                          "--dir", self.folder, "--save", "", "--appendonly", "yes",
                          "--appendfsync", "everysec", "--repl-diskless-sync-delay", "0",
                          *self.options),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def client(self):
        return redis.Redis(host="127.0.0.1", port=self.port, socket_timeout=20)

    def say(self, *words):
        """A command's answer as it came, on a connection of its own."""
        with self.client() as client:
            client.response_callbacks.clear()
            return client.execute_command(*words)

    def lines(self, *words):
        """The lines of an answer of text."""
        return self.say(*words).decode().splitlines()

    def answers(self):
        """Is it this process that answers, with its data loaded?"""
        try:
            return (f"process_id:{self.process.pid}" in self.lines("INFO", "server")
                    and self.say("DBSIZE") is not None)
        except redis.exceptions.RedisError:
            return False

    @property
    def id(self):
        return self.say("CLUSTER MYID").decode()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def info(self, section):
        with self.client() as client:
            return client.info(section)

    def cluster_state(self):
        return "ok" if "cluster_state:ok" in self.lines("CLUSTER INFO") else "fail"

    def known(self):
        """What it knows of the cluster's nodes for good: {port: (id, epoch, id of its primary)}."""
        found = {}
        for line in self.lines("CLUSTER NODES"):
            name, address, flags, primary, _, _, epoch, link, *_ = line.split()
            flags = flags.split(",")
            if "handshake" not in flags and ("myself" in flags or link == "connected"):
                found[int(address.split("@")[0].rsplit(":", 1)[1])] = (name, epoch, primary)
        return found

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL. What the last second's AOF did not get to the disk is still in the kernel."""
        self.process.kill()
        self.process.wait()

    def hang(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def __repr__(self):
        return f"<node {self.address}>"


class RedisCluster:
    """`primaries` primaries, each with `replicas` replicas; a test may be at it at once."""

    def __init__(self, primaries=3, replicas=1, node_timeout_ms=2000, options=()):
        options = ("--cluster-node-timeout", str(node_timeout_ms),
                   "--cluster-replica-validity-factor", "0",  # a replica takes over, however old
                   "--cluster-allow-replica-migration", "no", *options)
        self.nodes = [ClusterNode(options) for _ in range(primaries * (1 + replicas))]
        self.options = options
        LIVING.append(self)
        for node in self.nodes:
            node.start()
        self._join(primaries)
        self.wait_ok()

    def _join(self, primaries):
        first, chiefs = self.nodes[0], self.nodes[:primaries]
        for i, node in enumerate(chiefs):
            start, end = SLOTS * i // primaries, SLOTS * (i + 1) // primaries - 1
            node.say("CLUSTER ADDSLOTSRANGE", start, end)
            node.say("CLUSTER SET-CONFIG-EPOCH", i + 1)
        for node in self.nodes[1:]:
            self._meet(first, node)
        for node in self.nodes:
            wait_for(lambda: len(node.known()) == len(self.nodes), "the nodes to meet")
        for i, node in enumerate(self.nodes[primaries:]):
            node.say("CLUSTER REPLICATE", chiefs[i % primaries].id)

    @staticmethod
    def _meet(node, other):
        node.say("CLUSTER MEET", "127.0.0.1", other.port, other.bus_port)

    # -- what it looks like

    @property
    def url(self):
        """As store.redis takes it, naming the first nodes."""
        return "cluster://" + ",".join(node.address for node in self.nodes[:3])

    def running(self):
        return [node for node in self.nodes if node.is_running()]

    def node_at(self, port):
        return next(node for node in self.nodes if node.port == port)

    def _view(self, node):
        """The primary of each range of slots, as `node` sees it: [(first, last, port)]."""
        return sorted((first, last, primary[1])
                      for first, last, primary, *_ in node.say("CLUSTER SLOTS"))

    def primaries(self):
        """Those that serve slots now."""
        ports = {port for _, _, port in self._view(self._any_that_is_ok())}
        return [node for node in self.nodes if node.port in ports]

    def _any_that_is_ok(self):
        return next(node for node in self.running()
                    if node.answers() and node.cluster_state() == "ok")

    def primary_of(self, key):
        """The primary that serves a key (or the slot of that number)."""
        slot = key if isinstance(key, int) else self.slot_of(key)
        return next(self.node_at(port) for first, last, port in self._view(self._any_that_is_ok())
                    if first <= slot <= last)

    def slot_of(self, key):
        return self.running()[0].say("CLUSTER KEYSLOT", key)

    def replica_of(self, primary):
        """A running replica of it."""
        name = primary.id
        return next(self.node_at(port) for port, (_, _, of) in primary.known().items()
                    if of == name and self.node_at(port).is_running())

    def keys(self, pattern="*"):
        """All keys of all primaries."""
        return sorted(key for node in self.primaries() for key in node.say("KEYS", pattern))

    def wait_ok(self):
        """Until every running node says cluster_state:ok, all of them see the same, and replicas are in sync."""
        wait_for(self._is_ok, "the cluster to be ok")
        return self

    def _is_ok(self):
        try:
            views = [(self._view(node), self._replication(node)) for node in self.running()]
            return (all(view == views[0] for view in views)
                    and all(node.cluster_state() == "ok" and self._is_in_sync(node)
                            for node in self.running()))
        except redis.exceptions.RedisError:
            return False

    def _replication(self, node):
        """Who copies whom among those that run, as `node` sees it."""
        ports = {other.port for other in self.running()}
        return {port: primary for port, (_, _, primary) in node.known().items() if port in ports}

    @staticmethod
    def _is_in_sync(node):
        replication = node.info("replication")
        return (replication["role"] == "master" or replication["master_link_status"] == "up"
                or b"cut-off" in node.say("CONFIG GET", "masteruser"))

    # -- what happens to it

    def restart(self, node):
        """A node that was killed comes back with its data, as whatever the others make of it."""
        node.launch()
        wait_for(node.answers, "the node to answer again")

    def fail_over(self, primary):
        """Kills a primary and waits until its replica serves in its place, which is returned."""
        replica = self.replica_of(primary)
        primary.kill()
        wait_for(lambda: replica.info("replication")["role"] == "master", "a replica to take over")
        self.wait_ok()
        return replica

    def hand_over(self, replica, *how):
        """CLUSTER FAILOVER on the replica: in good order, or by FORCE or TAKEOVER. The old primary lives on as replica."""
        replica.say("CLUSTER FAILOVER", *how)
        wait_for(lambda: replica.info("replication")["role"] == "master", "a replica to take over")
        self.wait_ok()

    def cut_off(self, replica):
        """From now on it hears nothing of its primary: what is promoted then is older. Ended by reconnect()."""
        with replica.client() as client:
            client.config_set("masterauth", "none")
            client.config_set("masteruser", "cut-off")
            client.execute_command("CLIENT KILL", "TYPE", "master")
        wait_for(lambda: replica.info("replication")["master_link_status"] == "down",
                 "the replica to be cut off")

    def reconnect(self, replica):
        with replica.client() as client:
            client.config_set("masteruser", "")
            client.config_set("masterauth", "")

    def heal(self):
        """All nodes run, and hear of their primaries."""
        for node in self.nodes:
            if not node.is_running():
                self.restart(node)
            self.reconnect(node)
        return self.wait_ok()

    def flush(self):
        """No keys, on the replicas neither."""
        for node in self.primaries():
            node.say("FLUSHALL")
        wait_for(lambda: not any(node.say("DBSIZE") for node in self.running()), "the keys to go")

    def add_node(self):
        """A primary without slots, and without our functions."""
        node = ClusterNode(self.options)
        self.nodes.append(node)
        node.start()
        self._meet(self._any_that_is_ok(), node)
        for other in self.running():
            wait_for(lambda: node.port in other.known(), "the nodes to meet")
        self.wait_ok()
        return node

    def forget(self, node):
        """A node without slots leaves for good."""
        name = node.id
        node.kill()
        self.nodes.remove(node)
        shutil.rmtree(node.folder, ignore_errors=True)
        for other in self.running():
            other.say("CLUSTER FORGET", name)
        self.wait_ok()

    def migrate(self, slot, target, between=lambda: None, pause_s=0):
        """Moves a slot with its keys as redis-cli does, one key a time with `pause_s` between them; `between` is called
        when the slot is on both sides, before the first key moves and after the last."""
        source = self.primary_of(slot)
        if source is target:
            return
        source_id, target_id = source.id, target.id
        target.say("CLUSTER SETSLOT", slot, "IMPORTING", source_id)
        source.say("CLUSTER SETSLOT", slot, "MIGRATING", target_id)
        between()
        while True:
            keys = source.say("CLUSTER GETKEYSINSLOT", slot, 1)
            if not keys:
                break
            source.say("MIGRATE", "127.0.0.1", target.port, keys[0], 0, 20000)
            if pause_s:
                time.sleep(pause_s)
        between()
        target.say("CLUSTER SETSLOT", slot, "NODE", target_id)
        source.say("CLUSTER SETSLOT", slot, "NODE", target_id)
        for node in self.primaries():
            node.say("CLUSTER SETSLOT", slot, "NODE", target_id)
        # The next one to be given a slot claims it by an epoch above all that it knows.
        for node in self.running():
            wait_for(lambda: node.known().get(target.port, (0, 0))[:2]
                     == target.known()[target.port][:2], "all to know of the slot")

    def remove(self):
        for node in self.nodes:
            if node.is_running():
                node.kill()
            shutil.rmtree(node.folder, ignore_errors=True)
        if self in LIVING:  # the session may have ended it before its fixture
            LIVING.remove(self)
