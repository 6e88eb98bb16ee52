"""Clicks of people and of everything else, in a known mix, through a real jalond."""
import re
import socket

from conftest import LIMIT_S

PIPELINE = 50

PEOPLE = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/21F90 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5_1; fr_FR; fr; scale=3.00; 1170x2532)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
]
# class, request headers, weight
MIX = [
    ("human", None, 80),
    ("duplicate", None, 5),
    ("preview", {"User-Agent": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"}, 4),
    ("preview", {"User-Agent": "WhatsApp/2.23.20.0 A"}, 2),
    ("bot", {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, 3),
    ("bot", {"User-Agent": "curl/8.5.0"}, 2),
    ("bot", {}, 1),
    ("prefetch", {"User-Agent": PEOPLE[1], "Sec-Purpose": "prefetch;prerender"}, 3),
]


def address(number):
    """A public IPv4 address of its own for each visitor."""
    return f"85.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def plan(links, count, random_):
    """(link, class, headers) of each click; a duplicate follows its original at once."""
    clicks, visitor, seen = [], 0, set()
    classes = random_.choices(MIX, weights=[row[2] for row in MIX], k=count)
    person = None
    for name, headers, _ in classes:
        link = random_.choice(links)
        if name == "duplicate" and person is None:
            name = "human"
        if name == "human":
            # Some people click two links; the report must count them once a creator and day.
            if person is None or random_.random() > 0.1 or link in seen:
                visitor += 1
                seen = set()
                person = (link, {"User-Agent": random_.choice(PEOPLE),
                                 "X-Forwarded-For": address(visitor)})
            else:
                person = (link, person[1])
            seen.add(link)
            headers = person[1]
        elif name == "duplicate":
            link, headers = person
        else:
            headers = {**headers, "X-Forwarded-For": "91.0.0.1"}
            person = None
        clicks.append((link, name, headers))
    return clicks


def send(address_, clicks):
    """Pipelines the clicks on one connection; the click id of each redirect, in order."""
    ids = []
    with socket.create_connection(address_, timeout=LIMIT_S) as connection:
        stream = connection.makefile("rb")
        for start in range(0, len(clicks), PIPELINE):
            part = clicks[start:start + PIPELINE]
            connection.sendall("".join(
                f"GET {link} HTTP/1.1\r\nHost: go.example.com\r\n"
                + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
                for link, _, headers in part).encode())
            for _ in part:
                head = []
                while (line := stream.readline()) not in (b"\r\n", b""):
                    head.append(line.decode())
                assert head[0].startswith("HTTP/1.1 302 "), head
                location = next(line for line in head if line.lower().startswith("location:"))
                ids.append(re.search(r"[?&]jclid=([A-Za-z0-9_-]{44})(?:&|\s|$)", location)[1])
    return ids
