"""Every 302 that a client got is in the export once, whatever is killed. The faults issue has the long runs."""
import http.client
import random
import signal
import threading
import time

import pytest

from conftest import LIMIT_S, PHONE, wait_for


class Clients:
    """Threads that click on keep-alive connections and note each click id that came back whole."""

    def __init__(self, installation, paths, count=4):
        self.installation, self.paths = installation, paths
        self.ids, self.lock, self.ends = [], threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(seed,)) for seed in range(count)]
        for thread in self.threads:
            thread.start()

    def _run(self, seed):
        rng = random.Random(seed)
        while not self.ends.is_set():
            try:
                connection = http.client.HTTPConnection(*self.installation.addresses["public"],
                                                        timeout=LIMIT_S)
                while not self.ends.is_set():
                    connection.request("GET", rng.choice(self.paths), headers={"User-Agent": PHONE})
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 302:
                        with self.lock:
                            self.ids.append(answer.headers["Location"].split("jclid=")[1])
            except (KeyError, OSError, http.client.HTTPException):  # KeyError: no address yet
                time.sleep(0.005)  # it is down: the pace of trying again, not a wait for an event

    def count(self):
        with self.lock:
            return len(self.ids)

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join()
        return self.ids


def settled_export(installation):
    """The export, once all that the journal holds is in the store: two readings alike, and nothing unshipped."""
    seen = []

    def is_settled():
        seen.append(len(installation.exported_clicks()))
        return (len(seen) > 1 and seen[-1] == seen[-2]
                and installation.metric("jalond_journal_unshipped_bytes") == 0
                and installation.metric("jalond_journals_of_earlier_runs") == 0)

    wait_for(is_settled, "the journal to be shipped")
    return [row["click_id"] for row in installation.exported_clicks()]


def check(installation, got, slack):
    """Each id got is exported once; what is exported beside was in flight at a kill: at most `slack`."""
    exported = settled_export(installation)
    assert len(exported) == len(set(exported)), "a click is there twice"
    assert not set(got) - set(exported), f"{len(set(got) - set(exported))} clicks are lost"
    assert len(got) == len(set(got))
    assert len(exported) - len(got) <= slack


def test_killed_redirector(installation):
    installation.add_campaign(duplicate_window="0s")
    paths = [installation.add_link(creator=creator, channel=channel)
             for creator in ("marie", "tom") for channel in ("bio", "story", "post")]
    installation.start()
    clients = Clients(installation, paths)
    kills = 5
    for _ in range(kills):
        goal = clients.count() + 100
        wait_for(lambda: clients.count() >= goal, "a hundred clicks")
        installation.kill()
        installation.start(ready=False)
    goal = clients.count() + 100
    wait_for(lambda: clients.count() >= goal, "a hundred clicks")
    got = clients.stop()
    check(installation, got, slack=kills * len(clients.threads))


def test_killed_store(make_installation, redis_server):
    made = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    made.add_campaign(duplicate_window="0s")
    paths = [made.add_link(creator=creator, channel=channel)
             for creator in ("marie", "tom") for channel in ("bio", "story", "post")]
    made.start()
    clients = Clients(made, paths)
    for _ in range(3):
        goal = clients.count() + 100
        wait_for(lambda: clients.count() >= goal, "a hundred clicks")
        redis_server.kill()
        goal = clients.count() + 100
        wait_for(lambda: clients.count() >= goal, "a hundred clicks without the store")
        redis_server.start()
    wait_for(lambda: made.metric("jalond_store_connections") == 2, "both workers to be back")
    got = clients.stop()
    check(made, got, slack=0)


@pytest.mark.parametrize("comes_back", ["before the next start", "after it"])
def test_killed_with_clicks_that_were_not_shipped(make_installation, redis_server, comes_back):
    """What a run that was killed left in its journal is shipped by the next run on the folder."""
    made = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    made.add_campaign(duplicate_window="0s")
    path = made.add_link()
    made.start()
    made.teach(path)
    got = [made.click(path).location.split("jclid=")[1]]
    made.wait_shipped(1)
    redis_server.kill()
    wait_for(lambda: made.metric("jalond_store_connections") == 0, "the loss to be noticed")
    got += [made.click(path).location.split("jclid=")[1] for _ in range(30)]
    made.kill()
    if comes_back == "before the next start":
        redis_server.start()
        assert not {row["click_id"] for row in made.exported_clicks()} & set(got[1:])
        made.start()
    else:
        made.start(ready=False)
        redis_server.start()
    check(made, got, slack=0)


def test_hanging_store(make_installation, redis_server):
    """A store that neither answers nor closes is given up for a while; late answers and late batches change nothing."""
    made = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    made.add_campaign(duplicate_window="0s")
    paths = [made.add_link(creator=creator) for creator in ("marie", "tom")]
    made.start()
    clients = Clients(made, paths)
    wait_for(lambda: clients.count() >= 100, "a hundred clicks")
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        wait_for(lambda: made.metric("jalond_store_connections") == 0, "the store to be given up")
        goal = clients.count() + 100
        wait_for(lambda: clients.count() >= goal, "a hundred clicks without the store")
    finally:
        redis_server.process.send_signal(signal.SIGCONT)
    wait_for(lambda: made.metric("jalond_store_connections") == 2, "both workers to be back")
    check(made, clients.stop(), slack=0)


def test_reset_connections(make_installation, redis_server):
    made = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    made.add_campaign(duplicate_window="0s")
    paths = [made.add_link(creator=creator) for creator in ("marie", "tom")]
    made.start()
    clients, client = Clients(made, paths), redis_server.client()
    for _ in range(10):
        goal = clients.count() + 30
        wait_for(lambda: clients.count() >= goal, "thirty clicks")
        client.client_kill_filter(_type="normal", skipme=True)
        client.client_kill_filter(_type="pubsub")
    check(made, clients.stop(), slack=0)
