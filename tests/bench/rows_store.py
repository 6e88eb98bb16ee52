"""What Redis costs: CPU and bytes a click, beside how it is commonly done; and how often it is asked."""
import os
import signal
import socket
import time

from figures import Figure, ratio
from load import agents
from loader import PARTITIONS
from machine import require, wait_for
from rows_speed import LINKS, drive, start_jalond
from servers import NginxLua, TARGET

LOOP_CALLS, LOOP_CLICKS = 2000, 100
LOOP = """
local call = redis.call
for i = 1, #ARGV, 9 do
    local link = ARGV[i + 1]
    call('XADD', 'clicks', '*', 'id', ARGV[i], 'link', link, 'at', ARGV[i + 2], 'class', ARGV[i + 3],
         'country', ARGV[i + 4], 'device', ARGV[i + 5], 'source', ARGV[i + 6], 'visitor', ARGV[i + 7])
    call('HINCRBY', 'days:' .. link, ARGV[i + 8], 1)
    call('HINCRBY', 'quarters:' .. link, ARGV[i + 8], 1)
    call('PFADD', 'visitors:' .. link, ARGV[i + 7])
end
return #ARGV / 9
"""


def resp(*arguments):
    parts = [argument if isinstance(argument, bytes) else str(argument).encode() for argument in arguments]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


def zipf_links(count, seed):
    import random
    weights = [1 / (rank + 1) for rank in range(LINKS)]
    return random.Random(seed).choices(range(LINKS), weights, k=count)


def loop_commands(sha, calls, seed):
    """Clicks such as jalond's, 100 a call."""
    links = iter(zipf_links(calls * LOOP_CLICKS, seed))
    commands = []
    for call in range(calls):
        arguments = []
        for click in range(LOOP_CLICKS):
            number = (seed << 32) + call * LOOP_CLICKS + click
            arguments += [f"{number:032x}", f"{next(links):016x}", 1795964576917 + number % 86400000, "human",
                          "FR", "phone", "instagram.com", f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}",
                          "20786:1"]
        commands.append(resp("EVALSHA", sha, 0, *arguments))
    return commands


def run_loop(redis, calls, seed):
    """The Lua loop over `calls` times 100 clicks; Redis' CPU in µs a click."""
    commands = loop_commands(redis.client().script_load(LOOP), calls, seed)
    cpu = redis.cpu_ns()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(redis.socket)
        answer = connection.makefile("rb")
        for first in range(0, calls, 10):
            connection.sendall(b"".join(commands[first:first + 10]))
            for _ in commands[first:first + 10]:
                require(answer.readline() == b":%d\r\n" % LOOP_CLICKS, "the Lua loop failed")
    return (redis.cpu_ns() - cpu) / 1000 / (calls * LOOP_CLICKS)


def redis_cpu(bench):
    """Redis CPU a click at full rate"""
    redis, loop_redis = bench.new_redis(), bench.new_redis()
    jalond, paths = start_jalond(bench, redis)
    drive(bench, jalond, paths, seconds=bench.warm_s)
    calls = 100 if bench.is_quick else LOOP_CALLS
    ours, loop = [], []
    for round_number in range(bench.rounds):
        result, _, cpu = drive(bench, jalond, paths, seconds=bench.burst_s)
        ours.append(cpu / 1000 / result["answered"])
        loop.append(run_loop(loop_redis, calls, round_number + 1))
    return [Figure("jalond: Redis CPU a click", "µs", ours), Figure("Lua loop: Redis CPU a click", "µs", loop),
            ratio("jalond / Lua loop", ours, loop, 0.2)], [
                "Lua loop: EVALSHA of 100 clicks, each XADD of 8 fields, 2 HINCRBY, PFADD; both with AOF "
                "each second"]


def counted_clicks(client):
    """The sum of the links' daily counters: what reports show."""
    total, pipe = 0, client.pipeline(transaction=False)
    keys = list(client.scan_iter("jalon:{p*}:days:*", count=10000))
    for key in keys:
        pipe.hvals(key)
    for counts in pipe.execute():
        total += sum(map(int, counts))
    return total


def click_bytes(client):
    """Bytes of the lists of raw clicks, of today and, as midnight may pass, of the days beside it."""
    today = int(time.time() // 86400)
    return sum(client.memory_usage(f"jalon:{{p{partition:02d}}}:clicks:{day}", samples=0) or 0
               for partition in range(PARTITIONS) for day in (today - 1, today, today + 1))


def raw_clicks(bench):
    """Bytes of Redis a click"""
    figures = []
    for name, load in (("full rate", {}), ("1 000 a second", {"rate": 1000})):
        redis = bench.new_redis()
        jalond, paths = start_jalond(bench, redis)
        client = redis.client()
        before = client.info("memory")["used_memory"]
        seconds = bench.burst_s * (1 if bench.is_quick else 5)
        result, _, _ = drive(bench, jalond, paths, seconds=seconds, **load)
        clicks = result["answered"]
        require(counted_clicks(client) == clicks, "the counters in Redis are not what was answered")
        raw = click_bytes(client)
        grown = client.info("memory")["used_memory"] - before
        figures += [Figure(f"{name}: clicks", "", [clicks]),
                    Figure(f"{name}: raw click", "bytes", [raw / clicks], None if load else 48),
                    Figure(f"{name}: all that a click adds (counters, visitors, raw)", "bytes",
                           [grown / clicks])]
        jalond.stop()
        redis.stop()
    return figures, ["MEMORY USAGE of the lists of raw clicks; the sum of the links' counters was the number "
                     "of answers; counters and visitors grow with links and days, so that their share falls "
                     "with time"]


def lua_stack(bench):
    """nginx + Lua + Redis doing the same work"""
    if not NginxLua.is_installed():
        return [], ["nginx's Lua module or a Redis client for it is not installed"]
    redis = bench.new_redis()
    jalond, paths = start_jalond(bench, bench.new_redis())
    pipe = redis.client().pipeline(transaction=False)
    for path in paths.read_text().split():
        pipe.set("link:" + path, TARGET)
    pipe.execute()
    servers = [jalond, bench.keep(NginxLua(bench, redis))]
    totals, parts = {}, {}
    for server in servers:
        drive(bench, server, paths, seconds=bench.warm_s)
    for _ in range(bench.rounds):
        for server in servers:
            result, cpu, redis_part = drive(bench, server, paths, seconds=bench.burst_s)
            for name, value in (("server", cpu), ("Redis", redis_part)):
                parts.setdefault((server.name, name), []).append(value / 1000 / result["answered"])
            totals.setdefault(server.name, []).append((cpu + redis_part) / 1000 / result["answered"])
    figures = [Figure(f"{server}: {part} CPU a click", "µs", values)
               for (server, part), values in parts.items()]
    figures.append(ratio("total, jalond / nginx + Lua", totals["jalond"], totals["nginx + Lua"], 0.3))
    return figures, ["Lua: GET of the link, XADD of 8 fields, HINCRBY, in one pipeline; neither signatures nor "
                     "classes nor visitors"]


def commands_run(client):
    """Calls so far, without those of our own."""
    return {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in client.info("commandstats").items()
            if not name.startswith(("cmdstat_info", "cmdstat_ping", "cmdstat_client"))}


def difference(after, before):
    return {name: calls - before.get(name, 0) for name, calls in after.items() if calls > before.get(name, 0)}


def read_answers(connections):
    statuses = []
    for connection in connections:
        statuses.append(connection.recv(65536)[9:12])
    return statuses


def misses(bench):
    """A miss"""
    count = 100 if bench.is_quick else 1000
    redis = bench.new_redis()
    jalond, paths = start_jalond(bench, redis, links=count + 1)
    client = redis.client()
    listed = paths.read_text().split()
    each = bench.load.paths_file("each", listed[:count])
    before, lookups = commands_run(client), jalond.metrics()["jalond_store_lookups_total"]
    bench.load.run(jalond.port, each, turn=1, requests=count, method="HEAD")
    asked = difference(commands_run(client), before)
    lookups = jalond.metrics()["jalond_store_lookups_total"] - lookups
    once = shared_miss(bench, jalond, redis, listed[count], count)
    return [Figure("look-ups a miss", "", [lookups / count], 1.0),
            Figure("commands a miss, as Redis counts them", "", [sum(asked.values()) / count]),
            Figure(f"look-ups of {count} concurrent misses of one code", "", [once], 1.0)], [
                "Redis ran: " + ", ".join(f"{calls} {name}" for name, calls in sorted(asked.items()))]


def shared_miss(bench, jalond, redis, path, count):
    """Redis is stopped until all have asked, so that no answer comes between."""
    before = jalond.metrics()["jalond_store_lookups_total"]
    requests = jalond.metrics()["jalond_requests_total"]
    connections = [socket.create_connection(("127.0.0.1", jalond.port), timeout=30) for _ in range(count)]
    request = f"HEAD {path} HTTP/1.1\r\nHost: go.example.com\r\nUser-Agent: {agents()[0]}\r\n\r\n".encode()
    os.kill(redis.process.pid, signal.SIGSTOP)
    try:
        for connection in connections:
            connection.sendall(request)
        wait_for(lambda: jalond.metrics()["jalond_requests_total"] - requests >= count, "all to have asked",
                 limit_s=4)
    finally:
        os.kill(redis.process.pid, signal.SIGCONT)
    statuses = read_answers(connections)
    for connection in connections:
        connection.close()
    require(statuses == [b"302"] * count, f"misses were answered {set(statuses)}")
    return jalond.metrics()["jalond_store_lookups_total"] - before
