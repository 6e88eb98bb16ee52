"""What is sent: agents, addresses, and the load generator that sends them."""
import itertools
import json
import pathlib
import subprocess

from machine import LOAD_CORE, Failure, pinned, require

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE.parent / "samples"
AGENTS = 1000
COUNTRIES = ("FR", "DE", "IT", "ES", "BE", "CH", "GB", "NL")
# The first numbers of pace's addresses (material.c), and the range of the others.
ADDRESS_FIRSTS = (101, 103, 109, 113, 117, 121, 131, 139, 141, 151, 157, 163, 178, 185, 195, 217)
ADDRESS_SECONDS = range(100, 255)


def agents():
    """1 000 distinct agents: 90 % people, half of them in an app, the rest previews and bots. Builds of
    the same browser differ by their last part, as on real phones."""
    def samples(name):
        return [line for line in (SAMPLES / "agents" / name).read_text().splitlines() if line.strip()]

    shares = (("people.txt", AGENTS * 45 // 100), ("inapp.txt", AGENTS * 45 // 100),
              ("previews.txt", AGENTS * 5 // 100), ("bots.txt", AGENTS * 5 // 100))
    found = []
    for name, count in shares:
        for number, agent in zip(range(count), itertools.cycle(samples(name))):
            found.append(f"{agent} Build/{number}" if number >= len(samples(name)) else agent)
    return found


def write_country_database(out):
    ranges = [f"{first}.{second}.0.0/16={COUNTRIES[(first + second) % len(COUNTRIES)]}"
              for first in ADDRESS_FIRSTS for second in ADDRESS_SECONDS]
    subprocess.run(["/usr/bin/python3", SAMPLES / "make_mmdb.py", "country", out, *ranges], check=True)


def compile_program(folder, name, *sources):
    out = pathlib.Path(folder, name)
    subprocess.run(["cc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
                    *(HERE / source for source in sources), "-lm", "-o", out], check=True)
    return out


def can_be_urgent():
    """May we give the open-loop generator the core whenever it is due?"""
    return subprocess.run(["chrt", "-f", "50", "true"], capture_output=True).returncode == 0


class Load:
    """pace, compiled, with files of agents and paths."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.program = compile_program(folder, "pace", "pace.c", "material.c", "histogram.c")
        self.agents = self.folder / "agents"
        self.agents.write_text("\n".join(agents()) + "\n")
        self.is_urgent = can_be_urgent()
        self.seeds = itertools.count(1)  # no two bursts alike: the same visitors again would be duplicates

    def paths_file(self, name, paths):
        file = self.folder / name
        file.write_text("\n".join(paths) + "\n")
        return file

    def start(self, port, paths, cores=LOAD_CORE, **options):
        urgent = ["chrt", "-f", "50"] if options.get("rate") and self.is_urgent else []
        return subprocess.Popen(
            pinned(cores, *urgent, self.program, f"port={port}", f"paths={paths}",
                   f"agents={self.agents}", f"seed={next(self.seeds)}",
                   *(f"{name}={value}" for name, value in options.items())),
            stdout=subprocess.PIPE, text=True)

    def finish(self, process):
        out, _ = process.communicate()
        if process.returncode:
            raise Failure("the load generator failed")
        result = json.loads(out)
        require(result["answered"] > 0, "nothing was answered")
        require(result["wrong"] == 0, f"{result['wrong']} answers were not the redirect: {result}")
        require(result["lost"] + result["unanswered"] == 0, f"requests without an answer: {result}")
        return result

    def run(self, port, paths, **options):
        return self.finish(self.start(port, paths, **options))
