"""What libjalon signs, written a second time, from docs/libjalon.md and with Python's hmac alone.

It shares no line with the C code, so that a test of one against the other says something. Every
function that reads raises BadText with the name of the error that libjalon returns.
"""
import base64
import hashlib
import hmac
import re

ACTIVE, VERIFY, RETIRED = "active", "verify", "retired"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SLUG = re.compile(rb"[a-z0-9-]{1,64}\Z")
TARGET = re.compile(rb"(?i:https?)://(?![/?#:@])[!#-;=?-\[\]-~]+\Z")


class BadText(Exception):
    """args[0] is the name of libjalon's error, e.g. "BAD_SIGNATURE"."""


def hmac256(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def hkdf(secret, info, size=32):
    """RFC 5869 with SHA-256 and no salt."""
    prk = hmac256(bytes(32), secret)
    out, block = b"", b""
    while len(out) < size:
        block = hmac256(prk, block + info + bytes([len(out) // 32 + 1]))
        out += block
    return out[:size]


class Key:
    def __init__(self, key_id, state, created_at, secret):
        self.id, self.state, self.created_at, self.secret = key_id, state, created_at, secret


class Ring:
    """A key ring: keys newest first; purpose and campaign are "" for the operator's own."""

    def __init__(self, keys, purpose="", campaign=""):
        self.keys, self.purpose, self.campaign = keys, purpose, campaign

    def subkey(self, key, purpose, campaign=""):
        if not self.purpose:
            return hkdf(key.secret, f"jalon/1/{purpose}/{campaign}".encode())
        if (purpose, campaign) != (self.purpose, self.campaign):
            raise BadText("NO_KEY")
        return key.secret

    def signer(self, purpose, campaign=""):
        for key in self.keys:
            if key.state == ACTIVE:
                return self.subkey(key, purpose, campaign)
        raise BadText("NO_KEY")

    def verifiers(self, purpose, campaign=""):
        found = [self.subkey(k, purpose, campaign) for k in self.keys if k.state != RETIRED]
        if not found:
            raise BadText("NO_KEY")
        return found

    def export(self, purpose, campaign):
        return Ring(
            [Key(k.id, k.state, k.created_at, self.subkey(k, purpose, campaign))
             for k in self.keys if k.state != RETIRED], purpose, campaign)

    def _check(self, key):
        head = f"jalon/1/check/{self.purpose}/{self.campaign}".encode() + b"\0"
        return hashlib.sha256(head + key.id + key.secret).digest()[:4].hex()

    def text(self):
        lines = ["jalon key ring 1"]
        if self.purpose:
            lines += [f"purpose {self.purpose}", f"campaign {self.campaign}"]
        lines += [f"key {k.id.hex()} {k.state} {k.created_at} {k.secret.hex()} {self._check(k)}"
                  for k in self.keys]
        return "\n".join(lines) + "\n"


def ring_parse(text):
    """A ring from the text of a file that libjalon or the admin wrote."""
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    if not lines or lines.pop(0) != "jalon key ring 1":
        raise BadText("BAD_KEY_FILE")
    head = dict(line.split(" ", 1) for line in lines if not line.startswith("key "))
    ring = Ring([], head.get("purpose", ""), head.get("campaign", ""))
    for line in lines:
        if line.startswith("key "):
            _, key_id, state, created_at, secret, check = line.split(" ")
            key = Key(bytes.fromhex(key_id), state, int(created_at), bytes.fromhex(secret))
            if ring._check(key) != check:
                raise BadText("BAD_KEY_FILE")
            ring.keys.append(key)
    return ring


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text):
    if not re.match(r"[A-Za-z0-9_-]*\Z", text) or len(text) % 4 == 1:
        raise BadText("MALFORMED")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(data) != text:
        raise BadText("NOT_CANONICAL")
    return data


# Short link codes

def _link_tag(key, serial):
    return hmac256(key, b"tag\0" + serial.to_bytes(4, "big"))[:5]


def _link_stream(key, tag):
    return int.from_bytes(hmac256(key, b"stream\0" + tag)[:4], "big") & 0x7FFFFFFF


def base62(number, size=12):
    out = ""
    for _ in range(size):
        number, digit = divmod(number, 62)
        out = BASE62[digit] + out
    return out


def link_code_sign(key, serial):
    tag = _link_tag(key, serial)
    return base62(int.from_bytes(tag, "big") << 31 | (serial ^ _link_stream(key, tag)))


def link_code_mint(ring, serial):
    return link_code_sign(ring.signer("link"), serial)


def link_code_verify(ring, code):
    if not re.match(r"[0-9A-Za-z]{12}\Z", code):
        raise BadText("MALFORMED")
    number = 0
    for c in code:
        number = number * 62 + BASE62.index(c)
    if number >= 1 << 71:
        raise BadText("BAD_SIGNATURE")
    tag = (number >> 31).to_bytes(5, "big")
    for key in ring.verifiers("link"):
        serial = number & 0x7FFFFFFF ^ _link_stream(key, tag)
        if _link_tag(key, serial) == tag:
            return serial
    raise BadText("BAD_SIGNATURE")


def link_id(*parts):
    return int.from_bytes(hashlib.sha256(b"\0".join(p.encode() for p in parts)).digest()[:8], "big")


# Portable tokens

def token_body(campaign, creator, channel="", target="", expires_at=0):
    sized = lambda text, width=1: len(text.encode()).to_bytes(width, "big") + text.encode()
    flags = bool(channel) | bool(target) << 1 | bool(expires_at) << 2
    body = bytes([1, flags]) + sized(campaign) + sized(creator)
    if channel:
        body += sized(channel)
    if target:
        body += sized(target, 2)
    if expires_at:
        body += expires_at.to_bytes(5, "big")
    return body


def token_sign(key, body):
    return base64url(body + hmac256(key, body)[:16])


def token_mint(ring, campaign, creator, channel="", target="", expires_at=0):
    body = token_body(campaign, creator, channel, target, expires_at)
    return token_sign(ring.signer("portable", campaign), body)


def token_open(ring, text):
    """(campaign, creator, channel, target, expires_at)"""
    if len(text) > 3072:
        raise BadText("TOO_LONG")
    data = unbase64url(text)
    body, tag = data[:-16], data[-16:]
    fields = _token_fields(body)
    for key in ring.verifiers("portable", fields[0]):
        if hmac256(key, body)[:16] == tag:
            return fields
    raise BadText("BAD_SIGNATURE")


def _token_fields(body):
    rest = body[2:]

    def take(width):
        nonlocal rest
        size, rest = int.from_bytes(rest[:width], "big"), rest[width:] if len(rest) >= width else None
        if rest is None or len(rest) < size:
            raise BadText("MALFORMED")
        if size == 0:
            raise BadText("NOT_CANONICAL")
        taken, rest = rest[:size], rest[size:]
        return taken

    if len(body) < 2 or body[0] != 1 or body[1] > 7:
        raise BadText("MALFORMED")
    campaign, creator = take(1), take(1)
    channel = take(1) if body[1] & 1 else b""
    target = take(2) if body[1] & 2 else b""
    expires_at = 0
    if body[1] & 4:
        if len(rest) < 5:
            raise BadText("MALFORMED")
        expires_at, rest = int.from_bytes(rest[:5], "big"), rest[5:]
        if not expires_at:
            raise BadText("NOT_CANONICAL")
    if rest or not SLUG.match(campaign) or not SLUG.match(creator) or len(channel) > 64 or \
            re.search(rb"[\x00-\x1f\x7f]", channel) or \
            target and (len(target) > 2048 or not TARGET.match(target)):
        raise BadText("MALFORMED")
    try:
        return campaign.decode(), creator.decode(), channel.decode(), target.decode(), expires_at
    except UnicodeDecodeError:
        raise BadText("MALFORMED") from None


# Promo codes

def code_fold(text):
    kept = re.sub("[ -]", "", text)
    if not re.match(r"[0-9A-Za-z]{1,64}\Z", kept):
        raise BadText("MALFORMED")
    return kept.upper().translate(str.maketrans("ILO", "110"))


def _value(c):
    return 32 if c == "U" else CROCKFORD.index(c)


def check_character(folded):
    """None where there is none: 5 texts in 37."""
    total = sum(weight * _value(c) for weight, c in enumerate(reversed(folded), start=2))
    value = -total % 37
    return CROCKFORD[value] if value < 32 else None


def crockford(number, size):
    return "".join(CROCKFORD[number >> 5 * i & 31] for i in reversed(range(size)))


def code_body(key, folded_prefix, serial):
    """The ten characters behind the prefix."""
    for attempt in range(256):
        message = (folded_prefix.encode() + b"\0" + serial.to_bytes(4, "big") + bytes([attempt]))
        tag = int.from_bytes(hmac256(key, message)[:4], "big") >> 7
        body = crockford(serial, 4) + crockford(tag, 5)
        check = check_character(folded_prefix + body)
        if check:
            return body + check
    raise AssertionError("256 tags without a check character")


def code_sign(key, prefix, serial):
    body = code_body(key, code_fold(prefix), serial)
    return f"{prefix}-{body[:5]}-{body[5:]}"


def code_mint(ring, campaign, prefix, serial):
    return code_sign(ring.signer("code", campaign), prefix, serial)


def code_check(text):
    """(folded prefix, the ten characters behind it)"""
    folded = code_fold(text)
    if not 12 <= len(folded) <= 26:
        raise BadText("MALFORMED")
    if "U" in folded[-10:] or check_character(folded[:-1]) != folded[-1]:
        raise BadText("MISTYPED")
    return folded[:-10], folded[-10:]


def code_verify(ring, campaign, text):
    prefix, body = code_check(text)
    serial = 0
    for c in body[:4]:
        serial = serial << 5 | CROCKFORD.index(c)
    for key in ring.verifiers("code", campaign):
        if code_body(key, prefix, serial) == body:
            return serial
    raise BadText("BAD_SIGNATURE")


# Click ids

def click_sign(key, link, at_ms, nonce):
    body = (b"\x01" + link.to_bytes(8, "big") + at_ms.to_bytes(6, "big") + nonce.to_bytes(8, "big"))
    return base64url(body + hmac256(key, body)[:10])


def click_mint(ring, campaign, link, at_ms, nonce):
    return click_sign(ring.signer("click", campaign), link, at_ms, nonce)


def click_verify(ring, campaign, text):
    """(link id, milliseconds since 1970, nonce)"""
    if len(text) != 44:
        raise BadText("MALFORMED")
    data = unbase64url(text)
    if data[0] != 1:
        raise BadText("MALFORMED")
    for key in ring.verifiers("click", campaign):
        if hmac256(key, data[:23])[:10] == data[23:]:
            return tuple(int.from_bytes(data[a:b], "big") for a, b in ((1, 9), (9, 15), (15, 23)))
    raise BadText("BAD_SIGNATURE")
