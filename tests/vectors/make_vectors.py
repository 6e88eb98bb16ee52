#!/usr/bin/env python3
"""Writes the test vectors beside it: four tables and the key rings that they were signed with.

    python3 tests/vectors/make_vectors.py

The tables are tab-separated; a line that begins with # is a comment. The first column is what is
expected: `mint` (minting gives this text, and it verifies), `OK` (it verifies, though minting today
would give another text: an older key, another spelling), or the name of the error. The second is the id
of the key that signed, or -.
"""
import hashlib
from pathlib import Path

import formats
from formats import ACTIVE, RETIRED, VERIFY, Key, Ring

HERE = Path(__file__).parent
CAMPAIGN = "spring-trail"


def key(number, state, created_at):
    secret = hashlib.sha256(b"jalon test vectors, key %d" % number).digest()
    return Key(bytes([0xA0 + number] * 4), state, created_at, secret)


RING = Ring([key(3, ACTIVE, 1764417600), key(2, VERIFY, 1748736000), key(1, RETIRED, 1735689600)])
NEW, OLD, GONE = RING.keys


def write(name, columns, rows):
    lines = ["# " + "\t".join(columns)] + ["\t".join(str(cell) for cell in row) for row in rows]
    (HERE / name).write_text("\n".join(lines) + "\n")


def flipped(text, at, alphabet):
    """`text` with the character at `at` replaced by the next of `alphabet`."""
    c = alphabet[(alphabet.index(text[at]) + 1) % len(alphabet)]
    return text[:at] + c + text[at + 1:] if at >= 0 else text[:at] + c


def link_rows():
    sign = lambda k, serial: formats.link_code_sign(RING.subkey(k, "link"), serial)
    row = lambda want, k, serial, code: (want, k.id.hex() if k else "-", serial,
                                         f"{formats.link_id('code', code):016x}", code)
    for serial in (0, 1, 2, 1000, 123456789, 0x7FFFFFFE, 0x7FFFFFFF):
        yield row("mint", NEW, serial, sign(NEW, serial))
        yield row("OK", OLD, serial, sign(OLD, serial))
    yield row("BAD_SIGNATURE", GONE, 7, sign(GONE, 7))
    code = sign(NEW, 42)
    for at in range(12):
        yield row("BAD_SIGNATURE", None, 0, flipped(code, at, formats.BASE62))
    yield row("BAD_SIGNATURE", None, 0, code.swapcase())
    yield row("BAD_SIGNATURE", None, 0, code[::-1])
    yield row("BAD_SIGNATURE", None, 0, "0" * 12)
    yield row("BAD_SIGNATURE", None, 0, formats.base62((1 << 71) - 1))
    yield row("BAD_SIGNATURE", None, 0, formats.base62(1 << 71))
    yield row("BAD_SIGNATURE", None, 0, "z" * 12)
    for bad in (code[:-1], code + "0", code[:-1] + "-", code[:-1] + "_", " " + code[1:],
                code[:5] + "é" + code[7:], "marie"):
        yield row("MALFORMED", None, 0, bad)


def token_rows():
    full = dict(campaign=CAMPAIGN, creator="marie", channel="story",
                target="https://shop.example/shoes?size=39#top", expires_at=1767225600)

    def row(want, k, fields, text):
        f = dict(campaign="", creator="", channel="", target="", expires_at=0) | fields
        ident = formats.link_id("portable", f["campaign"], f["creator"], f["channel"], f["target"])
        return (want, k.id.hex() if k else "-", f["campaign"], f["creator"], f["channel"],
                f["target"], f["expires_at"], f"{ident:016x}", text)

    def signed(k, **fields):
        return formats.token_sign(RING.subkey(k, "portable", fields["campaign"]),
                                  formats.token_body(**fields))

    def signed_raw(body):
        return formats.token_sign(RING.subkey(NEW, "portable", CAMPAIGN), body)

    longest = dict(campaign="c" * 64, creator="k" * 64, channel="é" * 32,
                   target="https://e.example/" + "x" * 2030, expires_at=(1 << 40) - 1)
    for fields in (dict(campaign=CAMPAIGN, creator="marie"),
                   dict(campaign=CAMPAIGN, creator="tom", channel="bio"),
                   dict(campaign=CAMPAIGN, creator="tom", target="http://shop.example"),
                   dict(campaign=CAMPAIGN, creator="tom", expires_at=1),
                   dict(campaign=CAMPAIGN, creator="tom", channel="à la une"),
                   dict(campaign="c", creator="k"), full, longest):
        yield row("mint", NEW, fields, signed(NEW, **fields))
        yield row("OK", OLD, fields, signed(OLD, **fields))
    yield row("BAD_SIGNATURE", GONE, full, signed(GONE, **full))
    good = signed(NEW, **full)
    for at in range(2, len(good) - 22, 5):
        data = bytearray(formats.unbase64url(good))
        data[at * 3 // 4] ^= 1
        try:
            formats.token_open(RING, formats.base64url(data))
        except formats.BadText as bad:
            yield row(bad.args[0], None, {}, formats.base64url(data))
    tail = bytearray(formats.unbase64url(good))
    tail[-1] ^= 128
    yield row("BAD_SIGNATURE", None, {}, formats.base64url(tail))
    body = formats.token_body(**full)
    other = formats.token_sign(RING.subkey(NEW, "portable", "other"), body)
    yield row("BAD_SIGNATURE", None, {}, other)
    yield row("BAD_SIGNATURE", None, {},
              formats.token_sign(RING.subkey(NEW, "click", CAMPAIGN), body))
    plain = formats.token_body(CAMPAIGN, "marie")
    for bad in (b"\x02" + plain[1:], plain[:1] + b"\x08" + plain[2:], plain + b"\0", plain[:-1],
                formats.token_body("Spring", "marie"), formats.token_body(CAMPAIGN, "ma rie"),
                formats.token_body(CAMPAIGN, "m" * 65),
                formats.token_body(CAMPAIGN, "marie", "a\nb"),
                formats.token_body(CAMPAIGN, "marie", "x" * 65),
                plain[:1] + b"\x01" + plain[2:] + b"\x02\xc3\x28",
                *(formats.token_body(CAMPAIGN, "marie", target=t) for t in (
                    "javascript:alert(1)", "//shop.example", "https://", "https:///x",
                    "https://shop.example/a b", "https://shop.example/\r\nX: y",
                    "https://shop.example/é", "https://shop.example\\@evil.example",
                    "https://x.example/" + "x" * 2031))):
        yield row("MALFORMED", None, {}, signed_raw(bad))
    for bad in (plain[:1] + b"\x01" + plain[2:] + b"\0", plain[:1] + b"\x02" + plain[2:] + b"\0\0",
                plain[:1] + b"\x04" + plain[2:] + bytes(5), b"\x01\x00\x00"):
        yield row("NOT_CANONICAL", None, {}, signed_raw(bad))
    short = signed(NEW, campaign=CAMPAIGN, creator="marie")
    assert len(formats.unbase64url(short)) % 3, "its last character must have spare bits"
    yield row("NOT_CANONICAL", None, {},
              flipped(short, -1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    for bad in (good + "=", good + "A", good[:-1] + "+", good[:-1] + ".", " " + good, "A", "AAAA",
                "A" * 22):
        yield row("MALFORMED" if len(bad) < 3073 else "TOO_LONG", None, {}, bad)
    yield row("TOO_LONG", None, {}, "A" * 3073)


def code_rows():
    sign = lambda k, prefix, serial: formats.code_sign(RING.subkey(k, "code", CAMPAIGN), prefix,
                                                       serial)
    row = lambda want, k, prefix, serial, code: (want, k.id.hex() if k else "-", CAMPAIGN, prefix,
                                                 serial, code)
    for prefix in ("MARIE", "AB", "UU", "ILO", "0U1V", "X" * 16, "U" * 16, "TOM2026"):
        for serial in (0, 1, 31, 32, 777777, 0xFFFFF):
            yield row("mint", NEW, prefix, serial, sign(NEW, prefix, serial))
    yield row("OK", OLD, "MARIE", 5, sign(OLD, "MARIE", 5))
    yield row("BAD_SIGNATURE", GONE, "MARIE", 5, sign(GONE, "MARIE", 5))
    code = sign(NEW, "MARIE", 99)
    for spelled in (code.lower(), code.replace("-", ""), code.replace("-", " "), f"  {code}- ",
                    code.replace("MARIE", "MAR1E"), code.replace("MARIE", "marle"),
                    "-".join(code)):
        yield row("OK", NEW, "MARIE", 99, spelled)
    zeros = sign(NEW, "LOLA", 1)
    yield row("OK", NEW, "LOLA", 1, zeros.replace("0", "o").replace("1", "l"))
    for at, c in enumerate(code):
        if c != "-":
            yield row("MISTYPED", None, "-", 0, flipped(code, at, formats.CROCKFORD)
                      if c in formats.CROCKFORD else code[:at] + "U" + code[at + 1:])
    yield row("MISTYPED", None, "-", 0, code[:-1] + "U")
    other = formats.code_sign(RING.subkey(NEW, "code", "other"), "MARIE", 99)
    yield row("BAD_SIGNATURE", None, "-", 0, other)
    for bad in ("", " - ", "MARIE10", "M-7K2QF-9XW3B", code + "!", code.replace("-", "_"),
                code.replace("M", "É"), "X" * 17 + code[-12:], code + "\0"):
        if "\0" not in bad:
            yield row("MALFORMED", None, "-", 0, bad)


def click_rows():
    sign = lambda k, *parts: formats.click_sign(RING.subkey(k, "click", CAMPAIGN), *parts)
    row = lambda want, k, link, at_ms, nonce, text: (
        want, k.id.hex() if k else "-", CAMPAIGN, f"{link:016x}", at_ms, f"{nonce:016x}", text)
    top = (1 << 64) - 1
    for parts in ((0, 0, 0), (1, 1764417600123, 2), (0x0123456789ABCDEF, 1764417600124, top),
                  (top, (1 << 48) - 1, 0x8000000000000000)):
        yield row("mint", NEW, *parts, sign(NEW, *parts))
        yield row("OK", OLD, *parts, sign(OLD, *parts))
    yield row("BAD_SIGNATURE", GONE, 1, 2, 3, sign(GONE, 1, 2, 3))
    good = sign(NEW, 77, 1764417600125, 9)
    for at in range(1, 33):
        data = bytearray(formats.unbase64url(good))
        data[at] ^= 0x10
        yield row("BAD_SIGNATURE", None, 0, 0, 0, formats.base64url(data))
    body = formats.unbase64url(good)[:23]
    for key_of_other in (RING.subkey(NEW, "click", "other"), RING.subkey(NEW, "code", CAMPAIGN)):
        yield row("BAD_SIGNATURE", None, 0, 0, 0, formats.click_sign(key_of_other, 77, 5, 9))
    second = b"\x02" + body[1:]
    tag = formats.hmac256(RING.subkey(NEW, "click", CAMPAIGN), second)[:10]
    for bad in (formats.base64url(second + tag), good[:-1], good + "A", good + "=", good[:-1] + "+",
                good[:-1] + "/", "A" * 44, good[:20] + " " + good[21:], "-" * 44):
        yield row("MALFORMED", None, 0, 0, 0, bad)


def main():
    (HERE / "ring.keys").write_text(RING.text())
    for purpose in ("portable", "code", "click"):
        (HERE / f"{purpose}.keys").write_text(RING.export(purpose, CAMPAIGN).text())
    write("links.tsv", ("expect", "key", "serial", "link_id", "code"), link_rows())
    write("tokens.tsv", ("expect", "key", "campaign", "creator", "channel", "target", "expires_at",
                         "link_id", "token"), token_rows())
    write("codes.tsv", ("expect", "key", "campaign", "prefix", "serial", "code"), code_rows())
    write("clicks.tsv", ("expect", "key", "campaign", "link_id", "at_ms", "nonce", "click_id"),
          click_rows())


if __name__ == "__main__":
    main()
