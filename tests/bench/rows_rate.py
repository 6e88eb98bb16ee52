"""How fast orders come in and clicks go out."""
import contextlib
import ctypes
import datetime
import os
import random
import subprocess
import time

from figures import Figure, number
from history import BRAND, CODE, Pipe, link_ids, put_codes, template
from loader import CAMPAIGN, Minter
from machine import SERVER_CORE, pinned, require, rss_bytes
from rows_speed import drive, start_jalond
from servers import Jalond

IMPORTED, QUICK_IMPORTED = 1_000_000, 3_000
EXPORTED, QUICK_EXPORTED = 1_000_000, 3_000
CREATORS, QUICK_CREATORS = 1_000, 20
DAY_MS = 86_400_000
LOOK_S = 0.01  # between looks at the memory of a process at work


def watched(server, command, **files):
    """Runs jalon; its seconds, CPU in ns, that of Redis, and the most memory it had, in MiB."""
    redis_cpu, memory = server.redis.cpu_ns(), 0
    start = time.monotonic()
    process = subprocess.Popen(pinned(SERVER_CORE, server.bench.build / "jalon", *command), env=server.environment,
                               **files)
    ended = 0
    while not ended:
        with contextlib.suppress(OSError, TypeError):  # it has just ended
            memory = rss_bytes(process.pid, "VmHWM")
        time.sleep(LOOK_S)
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    require(process.returncode == 0, f"jalon {' '.join(command)} failed")
    cpu = (usage.ru_utime + usage.ru_stime) * 1e9
    return seconds, cpu, server.redis.cpu_ns() - redis_cpu, memory / (1 << 20)


def figures_of(what, things, runs, goal):
    """Of runs of watched() over so many `things`."""
    seconds, cpu, redis_cpu, memory = zip(*runs)
    return [Figure(f"{what}: {things} a second", "", [count / spent for count, spent in seconds], goal, True),
            Figure(f"{what}: jalon's CPU, each", "µs", [spent / 1000 / count for count, spent in cpu]),
            Figure(f"{what}: Redis CPU, each", "µs", [spent / 1000 / count for count, spent in redis_cpu]),
            Figure(f"{what}: memory", "MiB", [most for _, most in memory])]


def per(count, run):
    """Each figure of a run with how many things it was for."""
    return [(count, figure) for figure in run]


class ClickMinter(Minter):
    def __init__(self, server):
        super().__init__(server)
        self.library.jalon_click_mint.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_int64,
                                                  ctypes.c_uint64, ctypes.c_char_p]
        self.click = ctypes.create_string_buffer(45)

    def mint_click(self, link_id, at_ms, nonce):
        done = self.library.jalon_click_mint(self.keys, CAMPAIGN.encode(), link_id, at_ms, nonce, self.click)
        require(done == 0, "a click id can't be minted")
        return self.click.value.decode()


def add_sellers(server, count):
    """Creators with a link and a code each: (link id, code)."""
    names = [f"creator-{index:05}" for index in range(count)]
    for noun, header, row in (("creator", "creator,name,platform,followers,niche", "{0},{0},instagram,8200,trail"),
                              ("link", "campaign,creator,channel", CAMPAIGN + ",{0},bio")):
        server.jalon(noun, "import", "-", input="\n".join([header, *map(row.format, names)]) + "\n")
    server.jalon("code", "add", "--campaign", CAMPAIGN, "--creator", names[0], "--slug", CODE)
    pipe, client = Pipe(server.redis), server.redis.client()
    put_codes(pipe, template(client, f"jalon:{{b.{BRAND}}}:codes", CODE), names)
    pipe.flush()
    links = link_ids(client, set(names))
    return [(links[name], f"C{index:05}") for index, name in enumerate(names)]


def write_orders(server, file, count, is_by_time):
    """A shop's export: a third of the orders by click, by code and by both; the oldest first, or in any order."""
    sellers = add_sellers(server, QUICK_CREATORS if server.bench.is_quick else CREATORS)
    minter, random_ = ClickMinter(server), random.Random(1)
    now_ms = int(time.time() * 1000)
    clicked_ms = [now_ms - DAY_MS - random_.randrange(80 * DAY_MS) for _ in range(count)]
    if is_by_time:
        clicked_ms.sort()
    with open(file, "w") as out:
        out.write("campaign,order_id,type,amount,currency,click_id,code,occurred_at,status\n")
        for index, at_ms in enumerate(clicked_ms):
            link_id, code = random_.choice(sellers)
            click = "" if index % 3 == 1 else minter.mint_click(link_id, at_ms, index)
            occurred = datetime.datetime.fromtimestamp(at_ms / 1000 + 3600, datetime.timezone.utc)
            out.write(f"{CAMPAIGN},order-{index},sale,{random_.randrange(500, 20_000) / 100:.2f},EUR,{click},"
                      f"{code if index % 3 else ''},{occurred:%Y-%m-%dT%H:%M:%SZ},approved\n")


def timed_imports(bench, count, is_by_time, outcomes):
    """The figures of the same file imported as often as there are outcomes, into a fresh store."""
    server = bench.keep(Jalond(bench, bench.new_redis()))
    file = server.folder / "orders.csv"
    write_orders(server, file, count, is_by_time)
    runs = []
    for expected in outcomes:
        with open(server.folder / "said", "w+") as said:
            runs.append(per(count, watched(server, ("conversion", "import", str(file)), stdout=said)))
            said.seek(0)
            require(f"{expected} {count}" in said.read(), f"not all orders were {expected}")
    require(server.redis.client().hlen(f"jalon:{{b.{BRAND}}}:orders:{CAMPAIGN}") == count, "not all orders are there")
    server.redis.stop()
    return runs


def import_orders(bench):
    """Import of orders"""
    count = QUICK_IMPORTED if bench.is_quick else IMPORTED
    new, known = timed_imports(bench, count, True, ("added", "known"))
    shuffled, = timed_imports(bench, count, False, ("added",))
    return (figures_of("new", "orders", [new], 50_000) + figures_of("again, all known", "orders", [known], None) +
            figures_of("new, in no order of time", "orders", [shuffled], None),
            [f"{number(count)} orders as CSV, the oldest first as in a shop's export, a third by click id, by code and by "
             "both, of 1 000 creators' links and codes; each is in the synced redo log and in Redis (AOF each second) "
             "before it is counted; jalon on one core, Redis on the other; measured once"])


def export_clicks(bench):
    """Export of clicks"""
    count = QUICK_EXPORTED if bench.is_quick else EXPORTED
    server, paths = start_jalond(bench, bench.new_redis(), links=100 if bench.is_quick else 10_000)
    drive(bench, server, paths, requests=count)
    server.end()
    figures = []
    for form in ("csv", "json"):
        runs = []
        for _ in range(bench.rounds):
            with open(server.folder / "clicks", "w+b") as out:
                runs.append(per(count, watched(server, ("export", "clicks", "--format", form), stdout=out)))
                out.seek(0)
                lines = sum(piece.count(b"\n") for piece in iter(lambda out=out: out.read(1 << 20), b""))
            require(lines == count + (form == "csv"), f"{lines} lines were exported")
        figures += figures_of(form.upper() if form == "csv" else "NDJSON", "clicks", runs, 500_000)
    return figures, [f"{number(count)} clicks of 10 000 links, Zipf, into a file; each click id is signed anew; jalon on one "
                     "core, Redis on the other"]
