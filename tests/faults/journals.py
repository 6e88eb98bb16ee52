"""The journal's files as a test sees and spoils them. Their format: top of core/store/journal_format.c."""
import collections
import pathlib
import struct

HEADER, HEAD, CLICK = 64, 8, 1

Entry = collections.namedtuple("Entry", "at payload_end end kind")  # bytes of its file


def incarnations(site):
    """Folders of the journals that are kept."""
    return sorted(path for path in pathlib.Path(site.folder, "journal").iterdir() if path.is_dir())


def entries(path):
    """What was written to a segment, in order."""
    content, at, found = path.read_bytes(), HEADER, []
    while at + HEAD <= len(content):
        _, size, kind, version = struct.unpack_from("<IHBB", content, at)
        if version == 0:
            break
        payload_end = at + HEAD + size
        found.append(Entry(at, payload_end, (payload_end + 7) // 8 * 8, kind))
        at = found[-1].end
    return found


def clicks(path):
    return [entry for entry in entries(path) if entry.kind == CLICK]


def where(path, at):
    """As jalond tells a place of damage."""
    return f"{path.parent.name}/{path.name}:{at}"


def flip(path, at, bit):
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


def overwrite(path, at, content):
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)
