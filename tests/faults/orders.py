"""Clients that post orders and refunds until each was answered, and the ledger that they keep. See clickers.py.

    with Orderers(site) as orderers:
        orderers.wait_more(20)
    account_orders(site, orderers.ledger)

Each order is posted until a 2xx comes back, with the same content, over connections that may break; then, for
some, again (200), or a refund with an id of its own, likewise until it is answered. An order that was never answered
when the load ends is one of unknown fate.
"""
import collections
import csv
import decimal
import http.client
import io
import json
import random
import threading
import time

from programs import LIMIT_S, wait_for

PACE_S = 0.02


class Ledger:
    """What was answered: `orders` id → amount, `refunds` order → amount. `unknown`: ids that were not. `refused`:
    answers that are neither a success nor "try again"."""

    def __init__(self):
        self.orders, self.refunds = {}, {}
        self.unknown, self.unknown_refunds = set(), {}
        self.statuses, self.retries, self.refused = collections.Counter(), 0, []


class Orderer:
    def __init__(self, orderers, number):
        self.orderers, self.number = orderers, number
        self.rng = random.Random(f"{orderers.seed} {number}")
        self.ledger = Ledger()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        count = 0
        while not self.orderers.ends.is_set():
            count += 1
            order_id = f"{self.orderers.seed}-{self.number}-{count}"
            amount = decimal.Decimal(self.rng.randint(100, 99999)) / 100
            body = {"campaign": "spring-trail", "order_id": order_id, "type": "sale",
                    "amount": str(amount), "currency": "EUR", "code": self.orderers.code}
            if not self._post_until_answered("/v1/conversions", body):
                self.ledger.unknown.add(order_id)
                return
            self.ledger.orders[order_id] = amount
            if self.rng.random() < 0.3:
                self._post_until_answered("/v1/conversions", body)
            if self.rng.random() < 0.3:
                self._refund(order_id, (amount / 2).quantize(decimal.Decimal("0.01")))
            time.sleep(PACE_S)

    def _refund(self, order_id, amount):
        body = {"campaign": "spring-trail", "refund_id": "r1", "amount": str(amount)}
        if self._post_until_answered(f"/v1/conversions/{order_id}/refunds", body):
            self.ledger.refunds[order_id] = amount
        else:
            self.ledger.unknown_refunds[order_id] = amount

    def _post_until_answered(self, path, body):
        """Until a 2xx; False when the load ended before."""
        while True:
            status = self._post(path, body)
            if status in (200, 201):
                return True
            if status is not None and status < 500:
                self.ledger.refused.append((status, path, body))
            self.ledger.retries += 1
            if self.orderers.ends.is_set():
                return False
            time.sleep(PACE_S)  # the pace of trying again

    def _post(self, path, body):
        """The answer's status; None: there was none."""
        address = self.orderers.site.addresses.get("api")
        if address is None:
            return None
        connection = http.client.HTTPConnection(*address, timeout=LIMIT_S)
        try:
            connection.request("POST", path, body=json.dumps(body),
                               headers={"Authorization": "Bearer " + self.orderers.site.token,
                                        "Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        self.ledger.statuses[answer.status] += 1
        return answer.status


class Orderers:
    """Clients that order until the block is left. The site needs a token and links; `code` becomes marie's."""

    def __init__(self, site, count=4, seed=0):
        self.site, self.seed = site, seed
        self.code = site.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie").stdout.strip()
        self.ends = threading.Event()
        self.clients = [Orderer(self, number) for number in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ends.set()
        for client in self.clients:
            client.thread.join()

    def count(self):
        return sum(len(client.ledger.orders) for client in self.clients)

    def wait_more(self, count):
        goal = self.count() + count
        wait_for(lambda: self.count() >= goal, f"{count} more orders to be answered")

    @property
    def ledger(self):
        total = Ledger()
        for client in self.clients:
            total.orders.update(client.ledger.orders)
            total.refunds.update(client.ledger.refunds)
            total.unknown |= client.ledger.unknown
            total.unknown_refunds.update(client.ledger.unknown_refunds)
            total.statuses += client.ledger.statuses
            total.retries += client.ledger.retries
            total.refused += client.ledger.refused
        return total


def account_orders(site, ledger):
    """`conversion list`, the export and the report hold each answered order once, each refund once, and nothing that
    was not asked for; returns the figures."""
    listed = site.jalon_json("conversion", "list", "--campaign", "spring-trail")
    found = collections.Counter(row["order_id"] for row in listed)
    figures = {"orders": len(ledger.orders), "refunds": len(ledger.refunds), "tried again": ledger.retries,
               "unknown": len(ledger.unknown), "lost": len(set(ledger.orders) - set(found)),
               "double": sum(found.values()) - len(found)}
    print(", ".join(f"{name} {value}" for name, value in figures.items()), dict(ledger.statuses))
    assert not ledger.refused
    assert figures["lost"] == 0, sorted(set(ledger.orders) - set(found))[:3]
    assert figures["double"] == 0
    assert set(found) <= set(ledger.orders) | ledger.unknown
    refunded = {row["order_id"]: decimal.Decimal(row["refunded"]) for row in listed
                if decimal.Decimal(row["refunded"] or 0)}
    assert {order: amount for order, amount in refunded.items() if order not in ledger.unknown_refunds} == (
        ledger.refunds)
    for order, amount in ledger.unknown_refunds.items():
        assert refunded.get(order, amount) == amount
    check_report(site, listed)
    return figures


def check_report(site, listed):
    exported = list(csv.DictReader(io.StringIO(site.jalon(
        "export", "conversions", "--campaign", "spring-trail", "--format", "csv").stdout)))
    assert sorted(row["order_id"] for row in exported) == sorted(row["order_id"] for row in listed)
    report = site.jalon_json("report", "creators", "--campaign", "spring-trail")
    marie = next(row for row in report["rows"] if row["creator"] == "marie")
    assert marie["conversions"] == {"sale": len(listed)}
    net = sum(decimal.Decimal(row["amount"]) - decimal.Decimal(row["refunded"] or 0) for row in listed)
    assert decimal.Decimal(marie["revenue"]) == net
