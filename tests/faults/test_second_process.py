"""Two processes on one data folder: the second jalond refuses, at once and in one line; commands are welcome."""
import concurrent.futures
import pathlib
import subprocess
import time

from accounts import account
from clickers import Clickers
from programs import BUILD, LIMIT_S, dying_with_us, times, wait_for


def start_second(site, **settings):
    """A second jalond's CompletedProcess, and how long it took."""
    began = time.monotonic()
    done = subprocess.run([str(BUILD / "jalond")], text=True, capture_output=True, timeout=LIMIT_S,
                          env={**site.environment, **settings}, stdin=subprocess.DEVNULL)
    return done, time.monotonic() - began


def state_of(site):
    """What a second process must leave alone."""
    folder = pathlib.Path(site.folder)
    names = sorted(str(path.relative_to(folder)) for path in folder.glob("journal/*"))
    return names, (folder / "jalond.listen").read_text(), site.store_pids()


def test_second_process_refuses_and_harms_nothing(make_site):
    site = make_site()
    site.start()
    host, port = site.addresses["public"]
    with Clickers(site) as clickers:
        clickers.wait_more(50)
        before, times_s = state_of(site), []
        for settings in ({}, {"JALON_SERVER_PUBLIC": f"{host}:{port}"},
                         {"JALON_SERVER_WORKERS": "7"}) * times(1, 10):
            done, took_s = start_second(site, **settings)
            lines = [line for line in done.stderr.splitlines() if line]
            assert done.returncode == 1 and len(lines) == 1, done.stderr
            assert lines[0].startswith("jalond: ") and site.folder in lines[0], lines[0]
            assert state_of(site) == before
            times_s.append(took_s)
        clickers.wait_more(50)
    assert min(times_s) < 1, "each took longer, the machine's other work or not"
    assert not clickers.log.unknown and not clickers.log.refused and not clickers.log.statuses
    account(site, clickers.log, is_one_run=True)


def test_of_many_that_start_at_once_one_runs(make_site):
    """Also on the folder of one that was killed, whose store still runs."""
    site = make_site()
    site.start()
    with Clickers(site) as clickers:
        for _ in range(times(2, 10)):
            clickers.wait_more(50)
            site.kill()
            rivals = [subprocess.Popen(dying_with_us("TERM", str(BUILD / "jalond")), text=True,
                                       env=site.environment, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                      for _ in range(4)]
            try:
                lost = wait_for_losers(rivals)
                assert [process.returncode for process in lost] == [1, 1, 1]
                for process in lost:
                    assert site.folder in process.stderr.read()
            finally:
                for process in rivals:
                    process.kill()
                    process.wait()
                    process.stderr.close()
            site.start(ready=False)
            assert len(site.store_pids()) == 1
        clickers.wait_more(50)
    account(site, clickers.log)


def wait_for_losers(rivals):
    wait_for(lambda: sum(process.poll() is not None for process in rivals) >= len(rivals) - 1,
             "all but one to end")
    return [process for process in rivals if process.poll() is not None]


def test_commands_beside_it(make_site):
    """They share the embedded store, and neither stop it nor hinder a click."""
    site = make_site()
    site.start()
    pid = site.store_pid()
    commands = [("campaign", "list"), ("link", "add", "--campaign", "spring-trail", "--creator", "tom"),
                ("report", "creators", "--campaign", "spring-trail"), ("export", "clicks"),
                ("creator", "list"), ("keys", "list")] * times(2, 20)
    with Clickers(site) as clickers:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in pool.map(lambda command: site.jalon(*command), commands):
                assert done.returncode == 0
        clickers.wait_more(50)
    assert site.store_pids() == [pid]
    assert not clickers.log.unknown and not clickers.log.refused and not clickers.log.statuses
    account(site, clickers.log, is_one_run=True)
