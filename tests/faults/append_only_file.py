"""What a store that dies may lose: the tail of its append-only file (Redis 7: appendonlydir, manifest and parts)."""
import os
import pathlib
import re

INCREMENT = re.compile(r"file (\S+) seq \d+ type i")


def last_increment(folder):
    """The part that a server in `folder` appends to."""
    parts = pathlib.Path(folder, "appendonlydir")
    manifest = next(parts.glob("*.manifest")).read_text()
    return parts / INCREMENT.findall(manifest)[-1]


def cut_tail(folder, rng):
    """Cuts a random tail off, as if its last moments had not been synced; how many bytes.

    Mostly it is short, as a lost second is; now and then it is half of all or everything. The server must be dead.
    """
    part = last_increment(folder)
    size = part.stat().st_size
    most = rng.choice([200, 5_000, 50_000, size // 2, size])
    cut = rng.randint(0, min(most, size))
    os.truncate(part, size - cut)
    return cut


MULTI, EXEC = b"*1\r\n$5\r\nMULTI\r\n", b"*1\r\n$4\r\nEXEC\r\n"


def has_transaction(folder):
    """Is there a whole one in the file? While a sync is slow a server answers before it has written."""
    content = last_increment(folder).read_bytes()
    return EXEC in content and content.rindex(EXEC) > content.index(MULTI)


def tear_transaction(folder, rng):
    """Cuts the file within its last transaction: its beginning stays, and ends in the middle of a command."""
    part = last_increment(folder)
    content = part.read_bytes()
    end = content.rindex(EXEC)
    start = content.rindex(MULTI, 0, end)
    middle = [at for at in range(start + 20, end) if content[at:at + 1] not in b"*\r\n"]
    os.truncate(part, rng.choice(middle))
