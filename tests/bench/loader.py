"""Links by the million. `jalon link import` signs, checks, syncs and answers each row; here codes are
minted by libjalon and written as copies of one record that `jalon` itself wrote, so that the store is
the same in a fraction of the time."""
import ctypes
import hashlib

from machine import require

CAMPAIGN, PARTITIONS = "spring-trail", 16
FIRST_SERIAL = 1 << 24  # far from those that jalon has given
CHUNK = 20_000


class Minter:
    def __init__(self, server):
        self.library = ctypes.CDLL(str(server.bench.build / "libjalon.so"))
        self.library.jalon_link_code_mint.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p]
        self.library.jalon_keys_open.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_char_p]
        self.keys = ctypes.c_void_p()
        ring = str(server.folder / "data" / "keys").encode()
        err = self.library.jalon_keys_open(ctypes.byref(self.keys), ring)
        require(err == 0, f"the key ring can't be read: {err}")
        self.text = ctypes.create_string_buffer(13)

    def mint(self, serial):
        require(self.library.jalon_link_code_mint(self.keys, serial, self.text) == 0, "a code can't be minted")
        return self.text.value


def links_key(partition):
    return b"jalon:{p%02d}:links" % partition


def template(server, path):
    """The record that jalon wrote for a link, before and behind its code."""
    code = path[1:].encode()
    partition, field = place(code)
    record = server.redis.client().hget(links_key(partition), field)
    require(record and record.count(code) == 1, "the record of a link is not where it is expected")
    return record.split(code)


def place(code):
    """A link's partition and field: of its id (include/jalon/link.h)."""
    digest = hashlib.sha256(b"code\0" + code).digest()[:8]
    return digest[7] % PARTITIONS, digest.hex().encode()


def load_links(server, count):
    """Puts `count` links into the server's store; their paths."""
    paths = server.add_links(1)
    before, behind = template(server, paths[0])
    minter, client = Minter(server), server.redis.client()
    for first in range(1, count, CHUNK):
        records = [{} for _ in range(PARTITIONS)]
        for number in range(first, min(count, first + CHUNK)):
            code = minter.mint(FIRST_SERIAL + number)
            partition, field = place(code)
            records[partition][field] = before + code + behind
            paths.append("/" + code.decode())
        pipe = client.pipeline(transaction=False)
        for partition, fields in enumerate(records):
            if fields:
                pipe.hset(links_key(partition), mapping=fields)
                pipe.sadd(f"jalon:{{p{partition:02d}}}:links_of:{CAMPAIGN}", *fields)
        pipe.execute()
    return paths
