"""A clock for jalond that a test sets."""
import pathlib
import time

import pytest

from conftest import BUILD

LIBRARY = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


class Clock:
    """jalond's clock, which libfaketime reads from a file; monotonic time goes on as it is."""

    def __init__(self, folder, at):
        if LIBRARY is None:
            pytest.skip("libfaketime is not installed")
        if "san" in BUILD.name:
            pytest.skip("a sanitizer and libfaketime can't be loaded into one process")
        self.path = pathlib.Path(folder, "offset")
        self.set(at)

    def set(self, at):
        new = self.path.with_suffix(".new")
        new.write_text(f"{int(at.timestamp() - time.time()):+d}s\n")
        new.rename(self.path)

    def settings(self):
        """The last one: without it, waits on a condition by the monotonic clock end at once, and their threads spin."""
        return {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}
