"""The death of the machine: a data folder goes back to what had been synced. See power_loss.c."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from programs import BUILD

LIBRARY = BUILD / "faults" / "libpower_loss.so"


class Machine:
    """One on which `site` runs from now on: its programs, the command line too, are watched while they sync."""

    def __init__(self, site):
        self.site, self.folder = site, pathlib.Path(site.folder)
        above = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
        self.shadow = pathlib.Path(tempfile.mkdtemp(prefix="power-loss-", dir=above))
        self.environment = {"LD_PRELOAD": str(LIBRARY), "POWER_LOSS_FOLDER": str(self.folder),
                            "POWER_LOSS_SHADOW": str(self.shadow)}
        site.environment.update(self.environment)
        site.environment["ASAN_OPTIONS"] += ":verify_asan_link_order=0"  # ours is loaded first
        self._start()

    def _start(self):
        """All that is in the folder is on disk."""
        shutil.rmtree(self.shadow)
        (self.shadow / "files").mkdir(parents=True)
        (self.shadow / "folders").mkdir()
        subprocess.run(["true"], env={**os.environ, **self.environment, "POWER_LOSS_START": "1"}, check=True)

    def _put_back(self, folder, to):
        to.mkdir(mode=0o700)
        listing = self.shadow / "folders" / str(folder).replace("/", "%")
        if not listing.exists():
            return  # its name was synced, nothing in it ever was
        for line in listing.read_text().splitlines():
            number, kind, name = line.split(" ", 2)
            if kind == "d":
                self._put_back(folder / name, to / name)
                continue
            kept = self.shadow / "files" / number
            (to / name).write_bytes(kept.read_bytes() if kept.exists() else b"")
            (to / name).chmod(0o600)

    def die(self):
        """Kills jalond, and takes from the folder what was not synced; the time at which nobody could be answered any
        more."""
        self.site.kill()
        at = time.time()
        before = self.folder.with_name(self.folder.name + ".before")
        self.folder.rename(before)
        self._put_back(self.folder, self.folder)
        shutil.rmtree(before)
        self._start()
        return at

    def remove(self):
        shutil.rmtree(self.shadow)
