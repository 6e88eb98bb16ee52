#!/usr/bin/python3
"""Writes a small MaxMind DB (format 2.0) for tests and trials.

    make_mmdb.py country OUT.mmdb [--flat] CIDR=CC ...
    make_mmdb.py asn     OUT.mmdb [--flat] CIDR=NUMBER:ORGANISATION ...

Country records have MaxMind's layout (country.iso_code), with --flat the other one (country_code);
ASN records have autonomous_system_number and _organization, with --flat asn ("AS64500") and name.
Where ranges overlap the narrower one holds. OUT is replaced by rename, as a mapped file must be.

Jalon looks up no private or documentation addresses: use public ranges.
"""
import argparse
import ipaddress
import os
import struct
import sys

MARKER = b"\xab\xcd\xefMaxMind.com"
EMPTY = None
TYPE_STRING, TYPE_UINT16, TYPE_UINT32, TYPE_MAP, TYPE_UINT64, TYPE_ARRAY = 2, 5, 6, 7, 9, 11


def header(kind, size):
    """Control byte, extended type, and size (specification: "Data Field Format")."""
    if size < 29:
        low, more = size, b""
    elif size < 285:
        low, more = 29, bytes([size - 29])
    else:
        low, more = 30, struct.pack(">H", size - 285)
    if kind > 7:
        return bytes([low, kind - 7]) + more
    return bytes([kind << 5 | low]) + more


def number(kind, value):
    payload = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return header(kind, len(payload)) + payload


def encode(value):
    if isinstance(value, str):
        text = value.encode()
        return header(TYPE_STRING, len(text)) + text
    if isinstance(value, dict):
        pairs = (encode(name) + encode(inner) for name, inner in value.items())
        return header(TYPE_MAP, len(value)) + b"".join(pairs)
    if isinstance(value, list):
        return header(TYPE_ARRAY, len(value)) + b"".join(encode(inner) for inner in value)
    kind, plain = value
    return number(kind, plain)


class Tree:
    """Nodes are pairs; each side is None, ("node", index) or ("value", offset)."""

    def __init__(self):
        self.nodes = [[EMPTY, EMPTY]]

    def put(self, network, offset):
        """To be called from the widest network to the narrowest."""
        address, length = int(network.network_address), network.prefixlen
        if network.version == 4:  # IPv4 lies at ::/96
            length += 96
        if length == 0:
            sys.exit("make_mmdb.py: ::/0 is everything: give two halves")
        at = 0
        for depth in range(length - 1):
            at = self.descend(at, address >> (127 - depth) & 1)
        self.nodes[at][address >> (128 - length) & 1] = ("value", offset)

    def descend(self, at, side):
        found = self.nodes[at][side]
        if found is None or found[0] == "value":  # split what was there
            self.nodes.append([found, found])
            found = self.nodes[at][side] = ("node", len(self.nodes) - 1)
        return found[1]

    def encode(self):
        count = len(self.nodes)
        out = bytearray()
        for node in self.nodes:
            for side in node:
                if side is None:
                    record = count
                else:
                    record = side[1] + (count + 16 if side[0] == "value" else 0)
                out += struct.pack(">I", record)
        return bytes(out)


def database(kind, rows):
    """The file's bytes for `rows`, a list of (network, record)."""
    tree, section, offsets = Tree(), b"", {}
    for network, record in sorted(rows, key=prefix_length):
        encoded = encode(record)
        if encoded not in offsets:
            offsets[encoded] = len(section)
            section += encoded
        tree.put(network, offsets[encoded])
    metadata = {
        "binary_format_major_version": (TYPE_UINT16, 2),
        "binary_format_minor_version": (TYPE_UINT16, 0),
        "build_epoch": (TYPE_UINT64, 1700000000),
        "database_type": kind,
        "description": {"en": "Made by make_mmdb.py for tests"},
        "ip_version": (TYPE_UINT16, 6),
        "languages": ["en"],
        "node_count": (TYPE_UINT32, len(tree.nodes)),
        "record_size": (TYPE_UINT16, 32),
    }
    return tree.encode() + bytes(16) + section + MARKER + encode(metadata)


def prefix_length(row):
    network = row[0]
    return network.prefixlen + (96 if network.version == 4 else 0)


def country_record(value, flat):
    return {"country_code": value} if flat else {"country": {"iso_code": value}}


def asn_record(value, flat):
    digits, _, organisation = value.partition(":")
    if flat:
        return {"asn": "AS" + digits, "name": organisation}
    return {
        "autonomous_system_number": (TYPE_UINT32, int(digits)),
        "autonomous_system_organization": organisation,
    }


KINDS = {"country": ("Jalon-Test-Country", country_record), "asn": ("Jalon-Test-ASN", asn_record)}


def write(path, contents):
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "wb") as file:
        file.write(contents)
    os.replace(temporary, path)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("out")
    parser.add_argument("rows", nargs="+", metavar="CIDR=VALUE")
    parser.add_argument("--flat", action="store_true", help="the layout of other vendors")
    options = parser.parse_intermixed_args()
    name, record_of = KINDS[options.kind]
    rows = []
    for row in options.rows:
        cidr, equals, value = row.partition("=")
        if not equals:
            parser.error(f"{row}: write CIDR=VALUE")
        try:
            rows.append((ipaddress.ip_network(cidr), record_of(value, options.flat)))
        except ValueError as problem:
            parser.error(str(problem))
    write(options.out, database(name, rows))


if __name__ == "__main__":
    main()
