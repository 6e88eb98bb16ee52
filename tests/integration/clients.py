"""Clients that click while a test does something to the store, and the account of what they got: each 302 once in the
export. The fault suite (tests/faults) has a load whose fate is known request by request."""
import http.client
import random
import threading
import time

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
