"""The command line among other programs: the embedded store, pipes, full disks, terminals."""
import os
import pty
import select
import signal
import subprocess

import pytest
import redis

from cli import fresh, shop  # noqa: F401 (two are fixtures)
from conftest import BUILD, wait_for


def test_the_embedded_store_lives_as_long_as_the_command(installation):
    installation.add_campaign()
    assert installation.store_pid() is None
    assert "spring-trail" in installation.jalon("campaign", "list").stdout
    assert installation.store_pid() is None


def test_a_reader_that_goes_away(installation):
    installation.add_campaign()
    installation.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie", "--count", "3000")
    with subprocess.Popen([BUILD / "jalon", "code", "list", "--format", "csv"], env=installation.environment,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 1
    assert installation.store_pid() is None


def test_an_import_is_not_cut_in_half(fresh, tmp_path):
    """Ctrl-C while rows are being written waits for the end."""
    path = tmp_path / "orders.csv"
    path.write_text("campaign,order_id,type\n" + "".join(f"spring-trail,{n},sale\n" for n in range(20000)))
    store = redis.Redis.from_url(fresh.environment["JALON_STORE_REDIS"])
    key = "jalon:{b.alpina}:orders:spring-trail"
    with subprocess.Popen([BUILD / "jalon", "conversion", "import", path], env=fresh.environment,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: store.hlen(key) > 0 or process.poll() is not None, "the first rows to be written")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert store.hlen(key) == 20000 and out == "added 20000, changed 0, known 0, bad 0\n" and err == ""


def test_a_full_disk_is_told(shop):
    with open("/dev/full", "w") as full:
        done = subprocess.run([BUILD / "jalon", "campaign", "list"], env=shop.environment, stdout=full,
                              stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "standard output can't be written" in done.stderr


def on_a_terminal(shop, *arguments, types=None, **environment):
    """What the command shows on a terminal of 80 columns, and its exit code."""
    env = {name: value for name, value in shop.environment.items() if name != "NO_COLOR"}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(BUILD / "jalon", ["jalon", *arguments], {**env, "TERM": "xterm", **environment})
    if types:
        os.write(terminal, types.encode())
    shown = b""
    while True:
        select.select([terminal], [], [], 60)
        try:
            piece = os.read(terminal, 65536)
        except OSError: # Linux's way of saying that the other side closed
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_progress_is_for_terminals(shop, tmp_path):
    path = tmp_path / "creators.csv"
    path.write_text("creator,name\n" + "".join(f"c{n},Name {n}\n" for n in range(2000)))
    shown, code = on_a_terminal(shop, "creator", "import", str(path))
    assert code == 0 and "reading [" in shown and "importing [" in shown and "added 2000, " in shown
    assert shop.jalon("creator", "import", path).stderr == ""


def test_colours_are_for_terminals(shop):
    shown, code = on_a_terminal(shop, "campaign", "list")
    assert code == 0 and "\033[" in shown
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        shown, code = on_a_terminal(shop, "campaign", "list", **plain)
        assert code == 0 and "spring-trail" in shown and "\033[" not in shown


def test_tables_fit_the_terminal(shop):
    shop.jalon("creator", "add", "wordy", "--name", "word " * 38)
    shown, code = on_a_terminal(shop, "creator", "list", NO_COLOR="1")
    assert code == 0 and max(len(line) for line in shown.split("\r\n")) <= 80
    assert "word " * 38 in shop.jalon("creator", "list").stdout # a pipe gets it whole


@pytest.mark.parametrize("answer, code", [("n\n", 1), ("\n", 1), ("y\n", 0), ("yes\n", 0)])
def test_a_question_is_asked_on_a_terminal(fresh, answer, code):
    shown, found = on_a_terminal(fresh, "creator", "erase", "marie", types=answer)
    assert "Go on? [y/N]" in shown and found == code
    assert (fresh.jalon_json("creator", "show", "tom")["name"]) == "Tom"
    assert ("Marie" in fresh.jalon("creator", "list").stdout) == (code != 0)
