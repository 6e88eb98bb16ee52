"""A shop that sends orders under load: one that got a 2xx is there once, whatever is killed in between."""
import itertools
import json
import threading
import time

PACE_S = 0.02

class Shop:
    """Sends order after order, each again until it has a 2xx, as shops do; leaving the `with` block stops it. bears: what
    else it may be answered for a while, by a store that was emptied and knows neither it nor its campaign."""

    def __init__(self, site, prefix="order", bears=()):
        self.site, self.prefix, self.bears = site, prefix, bears
        self.taken = []  # ids that got a 2xx
        self.tries = 0
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        for number in itertools.count():
            order = f"{self.prefix}-{number}"
            while not self._send(order):
                if self.ends.is_set():
                    return
                time.sleep(PACE_S)
            if self.ends.is_set():
                return
            time.sleep(PACE_S)

    def _send(self, order):
        self.tries += 1
        body = {"campaign": "spring-trail", "order_id": order, "type": "sale", "amount": "10.00", "currency": "EUR"}
        try:
            answer = self.site.api("POST", "/v1/conversions", body)
        except (KeyError, OSError, ValueError):  # KeyError: it does not listen just now
            return False
        assert answer.status in (200, 201, 503, *self.bears), answer
        if answer.status not in (200, 201):
            return False
        self.taken.append(order)
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()

def account_orders(site, shop):
    """Each order with a 2xx is there once; of the others at most the one that was under way at the end."""
    out = site.jalon("export", "conversions", "--format", "json").stdout
    rows = [row for row in map(json.loads, out.splitlines()) if row["order_id"].startswith(shop.prefix + "-")]
    orders = [row["order_id"] for row in rows]
    print(f"orders: tries {shop.tries}, taken {len(shop.taken)}, there {len(orders)}")
    assert len(orders) == len(set(orders)), "an order is there twice"
    assert not set(shop.taken) - set(orders), sorted(set(shop.taken) - set(orders))[:5]
    assert len(set(orders) - set(shop.taken)) <= 1
    assert all(row["amount"] == "10.00" for row in rows)
