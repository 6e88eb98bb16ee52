"""The machine under the bench: cores, processes' CPU time and memory, ports, versions."""
import os
import pathlib
import random
import re
import socket
import subprocess
import time

SERVER_CORE, LOAD_CORE = "0", "1"
LIMIT_S = 120


class Failure(Exception):
    """A row could not be measured, or an answer was wrong."""


def require(condition, what):
    if not condition:
        raise Failure(what)


def wait_for(condition, what, limit_s=LIMIT_S, pause_s=0.01):
    end = time.monotonic() + limit_s
    while not (value := condition()):
        require(time.monotonic() < end, f"waited {limit_s} s for {what}")
        time.sleep(pause_s)
    return value


def free_port():
    """Below the range that outgoing connections are given."""
    while True:
        port = random.randrange(10000, 32768)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def pinned(cores, *command):
    """The command on these cores, ended with us whatever ends us."""
    return ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", cores, *map(str, command)]


def take_priority(nice):
    """For what we start too. On kernels that schedule by session (autogroup), a process's own niceness
    means nothing to those of other sessions: the session's does."""
    group = pathlib.Path("/proc/self/autogroup")
    if not group.exists():
        os.nice(nice)
        return
    if os.getpgrp() != os.getpid():  # the leader of a group can't leave it: then it is the whole session's
        os.setsid()
    group.write_text(str(nice))


def family(pid):
    """A process and its descendants."""
    found = [pid]
    for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                found += family(int(child))
        except OSError:
            continue
    return found


def cpu_ns(pid):
    """What the scheduler gave to all threads of a process and its descendants."""
    total = 0
    for member in family(pid):
        for stat in pathlib.Path(f"/proc/{member}/task").glob("*/schedstat"):
            try:
                total += int(stat.read_text().split()[0])
            except OSError:
                continue
    return total


def kernel_share_of(pid):
    """A function that says which share of the CPU since now was spent in the kernel."""
    def ticks():
        fields = [pathlib.Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split() for member in family(pid)]
        return [sum(int(of_member[index]) for of_member in fields) for index in (11, 12)]  # utime, stime
    before = ticks()

    def share():
        user, kernel = (after - earlier for after, earlier in zip(ticks(), before))
        return kernel / max(user + kernel, 1)
    return share


def rss_bytes(pid, field="VmRSS"):
    """VmRSS, or RssAnon: without mapped files, such as the journal."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.M)[1]) * 1024


def kernel_socket_bytes():
    """Slabs and buffers: what connections cost the kernel."""
    meminfo = pathlib.Path("/proc/meminfo").read_text()
    pages = int(re.search(r"^TCP:.* mem (\d+)", pathlib.Path("/proc/net/sockstat").read_text(), re.M)[1])
    return int(re.search(r"^Slab:\s+(\d+)", meminfo, re.M)[1]) * 1024 + pages * os.sysconf("SC_PAGESIZE")


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except OSError:
        return ""
    return (done.stdout + done.stderr).strip()


def installed(program):
    """Where a program is, sbin included; None when it is not installed."""
    for folder in [*os.environ["PATH"].split(":"), "/usr/sbin", "/usr/local/sbin"]:
        if os.access(path := os.path.join(folder, program), os.X_OK):
            return path
    return None


def first_match(pattern, text):
    match = re.search(pattern, text, re.M)
    return match[1].strip() if match else "not installed"


def describe(jalond):
    """Versions and settings that the figures depend on."""
    proc = pathlib.Path("/proc")
    nginx, haproxy = installed("nginx") or "nginx", installed("haproxy") or "haproxy"
    return {
        "jalond": first_match(r"^jalond (.*)$", output_of(str(jalond), "--version")),
        "nginx": first_match(r"nginx/(\S+)", output_of(nginx, "-v")),
        "haproxy": first_match(r"version (\S+)", output_of(haproxy, "-v")),
        "redis": first_match(r"v=(\S+)", output_of("redis-server", "--version")),
        "compiler": first_match(r"^(.*)$", output_of("cc", "--version")),
        "distribution": first_match(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text()),
        "kernel": os.uname().release,
        "congestion control": (proc / "sys/net/ipv4/tcp_congestion_control").read_text().strip(),
        "processor": first_match(r"model name\s*: (.*)", (proc / "cpuinfo").read_text()),
        "cores": os.cpu_count(),
    }
