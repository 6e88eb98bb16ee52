"""A campaign's past at any size. Creators, links, costs and posts come in by `jalon`'s own imports; clicks are
written as the counters that jalond ships, and sealed by jalond; codes and orders as copies of records that `jalon` wrote, so
that the past is there in a fraction of the time. Raw clicks, which no report reads, are left out."""
import collections
import dataclasses
import datetime
import json
import random
import socket
import time

from loader import CAMPAIGN, PARTITIONS
from machine import require, wait_for
from rows_store import resp
from servers import NO_REDIRECT

BRAND, CODE = "alpina", "TREK10"
DAY_MS, QUARTER_MS, QUARTERS, BLOCK_DAYS = 86_400_000, 900_000, 96, 32
LETTERS = {"preview": "p", "bot": "b", "prefetch": "f", "datacenter": "d", "duplicate": "r", "human": "h"}
WEIGHTS = {"human": 80, "preview": 8, "bot": 6, "duplicate": 4, "prefetch": 2}
ODD = 0x9E3779B97F4A7C15
BATCH = 2000


@dataclasses.dataclass
class Size:
    creators: int
    days: int
    clicks: int
    conversions: int


class Pipe:
    """Commands on the store's socket, many under way; each is answered by one line."""

    def __init__(self, redis):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(redis.socket)
        self.answers, self.commands = self.connection.makefile("rb"), []

    def add(self, *arguments):
        self.commands.append(resp(*arguments))
        if len(self.commands) == BATCH:
            self.flush()

    def flush(self):
        self.connection.sendall(b"".join(self.commands))
        for _ in self.commands:
            answer = self.answers.readline()
            require(answer.startswith(b":"), f"the store answered {answer}")
        self.commands = []


def add_creators(server, count):
    """Creators with a link, a fee, a rate and a post each, by jalon; their names, and link ids by name."""
    names = [f"creator-{number:05}" for number in range(count)]
    rows = [("creator", "creator,name,platform,followers,niche", "{0},{0},instagram,8200,trail"),
            ("link", "campaign,creator,channel", CAMPAIGN + ",{0},bio"),
            ("cost", "campaign,creator,date,fee,per_click", CAMPAIGN + ",{0},2026-01-01,100,0.01"),
            ("post", "campaign,creator,url,published_at,taken_at,impressions",
             CAMPAIGN + ",{0},https://instagram.com/p/{0},2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,90000")]
    for noun, header, row in rows:
        server.jalon(noun, "import", "-", input="\n".join([header, *map(row.format, names)]) + "\n")
    return names, link_ids(server.redis.client(), set(names))


def link_ids(client, names):
    found = {}
    for partition in range(PARTITIONS):
        for field, record in client.hgetall(f"jalon:{{p{partition:02d}}}:links").items():
            creator = json.loads(record.split(b" ", 1)[1])["creator"]
            if creator in names:
                found[creator] = int(field, 16)
    require(found.keys() == names, "a creator has no link")
    return found


def link_key(link, name, day=None):
    return f"jalon:{{p{link % PARTITIONS:02d}}}:{name}:{link:016x}" + (f":{day}" if day is not None else "")


def put_day(pipe, link, day, quarters, visitors):
    """A link's clicks of one UTC day as jalond ships them: {(quarter, class): count} and fingerprints."""
    classes = collections.Counter()
    for (_, name), count in quarters.items():
        classes[name] += count
    pipe.add("HSET", link_key(link, "days"),
             *(part for name, count in classes.items() for part in (f"{day}:{LETTERS[name]}", count)))
    pipe.add("HSET", link_key(link, "quarter_hours", day - day % BLOCK_DAYS),
             *(part for (quarter, name), count in quarters.items() for part in (f"{day}:{quarter}:{LETTERS[name]}", count)))
    if visitors:
        pipe.add("PFADD", link_key(link, "visitors", day), *visitors)


def put_clicks(server, clicks):
    """Clicks one by one: (link id, milliseconds, class, fingerprint)."""
    days = collections.defaultdict(lambda: (collections.Counter(), []))
    for link, at_ms, name, visitor in clicks:
        quarters, visitors = days[link, at_ms // DAY_MS]
        quarters[at_ms % DAY_MS // QUARTER_MS, name] += 1
        if name == "human":
            visitors.append(visitor)
    pipe = Pipe(server.redis)
    for (link, day), (quarters, visitors) in days.items():
        put_day(pipe, link, day, quarters, visitors)
    pipe.flush()


def make_clicks(server, links, days, count, random_):
    """`count` clicks spread over links and days; every visitor clicks once a day and creator, or nearly."""
    pipe, cells = Pipe(server.redis), [(link, day) for link in links for day in days]
    each, rest = divmod(count, len(cells))
    more = set(random_.sample(range(len(cells)), rest))
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    number = 0
    for index, (link, day) in enumerate(cells):
        clicks = each + (index in more)
        if not clicks:
            continue
        classes = random_.choices(names, weights, k=clicks)
        quarters = collections.Counter(zip(random_.choices(range(QUARTERS), k=clicks), classes))
        people = classes.count("human")
        visitors = [f"{n * ODD % 2**64:016x}" for n in range(number, number + people)]
        number += people
        put_day(pipe, link, day, quarters, visitors)
    pipe.flush()


def order_templates(server):
    """Records that jalon wrote for an order by click, by code and by both, of the creator marie; the code's
    record with them."""
    path = server.add_links(1)[0]
    server.jalon("code", "add", "--campaign", CAMPAIGN, "--creator", "marie", "--slug", CODE)
    server.start()
    try:
        NO_REDIRECT.open(f"http://127.0.0.1:{server.port}{path}")
    except OSError as answer:
        click = answer.headers["Location"].split("jclid=")[1]
    server.settle()
    server.end()
    rows = [f"{CAMPAIGN},click,sale,10.00,EUR,{click},", f"{CAMPAIGN},code,sale,10.00,EUR,,{CODE}",
            f"{CAMPAIGN},both,sale,10.00,EUR,{click},{CODE}"]
    server.jalon("conversion", "import", "-",
                 input="campaign,order_id,type,amount,currency,click_id,code\n" + "\n".join(rows) + "\n")
    client = server.redis.client()
    orders = [template(client, f"jalon:{{b.{BRAND}}}:orders:{CAMPAIGN}", kind) for kind in ("click", "code", "both")]
    return orders, template(client, f"jalon:{{b.{BRAND}}}:codes", CODE)


def template(client, key, field):
    """A record as a dictionary that record_text() writes just as jalon did."""
    stored = client.hget(key, field)
    record = json.loads(stored.split(b" ", 1)[1])
    require(record_text(record) == stored, f"a copy of {field} is not what jalon wrote")
    return record


def record_text(record):
    return b"1 " + json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


def put_code(pipe, record):
    pipe.add("HSET", f"jalon:{{b.{BRAND}}}:codes", record["folded"], record_text(record))
    pipe.add("SADD", f"jalon:{{b.{BRAND}}}:codes_of:{CAMPAIGN}", record["folded"])


def put_codes(pipe, record, names):
    for number, name in enumerate(names):
        folded = f"C{number:05}"
        code = record["codes"][0] | {"code": folded, "creator": name}
        put_code(pipe, record | {"folded": folded, "codes": [code]})


def put_order(pipe, record):
    """An order with its indexes, as conversion.c writes them."""
    order_id = record["order_id"]
    pipe.add("ZADD", f"jalon:{{b.{BRAND}}}:order_times:{CAMPAIGN}", record["occurred_ms"], order_id)
    pipe.add("HSET", f"jalon:{{b.{BRAND}}}:orders:{CAMPAIGN}", order_id, record_text(record))


def make_orders(pipe, templates, links, days, count, random_):
    """Orders by click, by code and by both in turn, each some hours after its click."""
    names = list(links)
    for number in range(count):
        owner = random_.randrange(len(names))
        clicked_ms = random_.choice(days) * DAY_MS + random_.randrange(DAY_MS)
        occurred_ms = min(clicked_ms + random_.randrange(DAY_MS), (days[-1] + 1) * DAY_MS - 1)
        record = templates[number % len(templates)]
        record = record | {"order_id": f"order-{number}", "amount_minor": random_.randrange(500, 20_000),
                           "occurred_ms": occurred_ms, "recorded_ms": occurred_ms + 1000}
        if "clicks" in record:
            record["clicks"] = [record["clicks"][0] | {"at_ms": clicked_ms, "creator": names[owner],
                                                       "link": f"{links[names[owner]]:016x}"}]
        if "code" in record:
            code = f"C{owner:05}"
            record["code"] = record["code"] | {"text": code, "folded": code, "creator": names[owner],
                                               "redemption": code}
        put_order(pipe, record)


def last_day():
    """The newest UTC day that is over in every time zone."""
    return int(time.time()) // 86400 - 2


def date_of(day):
    return (datetime.date(1970, 1, 1) + datetime.timedelta(day)).isoformat()


def seal_days(server):
    """What jalond does when it starts, with days that came by another way than through it."""
    client = server.redis.client()
    until = [f"jalon:{{p{partition:02d}}}:sealed_until" for partition in range(PARTITIONS)]
    client.delete(*until)
    server.start()
    wait_for(lambda: all(client.mget(until)), "the days to be sealed", pause_s=0.05, limit_s=1200)
    server.end()


def load_history(server, size, seed=1):
    """Fills a fresh server's store; the days that have clicks."""
    random_ = random.Random(seed)
    orders, code = order_templates(server)
    names, links = add_creators(server, size.creators)
    days = range(last_day() - size.days + 1, last_day() + 1)
    make_clicks(server, [links[name] for name in names], days, size.clicks, random_)
    pipe = Pipe(server.redis)
    put_codes(pipe, code, names)
    make_orders(pipe, orders, links, days, size.conversions, random_)
    pipe.flush()
    seal_days(server)
    return days
