"""The built libjalon.so, driven by ctypes, against an implementation that shares no line with it.

JALON_LIB names the library; JALON_BUILD its build folder (default: where the library is)."""
import ctypes
import os
import random
import re
import shutil
import subprocess
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"
sys.path.insert(0, str(VECTORS))
import formats  # noqa: E402

LIBRARY = Path(os.environ["JALON_LIB"]).resolve()
BUILD = Path(os.environ.get("JALON_BUILD", LIBRARY.parent))
HEADERS = sorted((ROOT / "include" / "jalon").glob("*.h"))
C = "spring-trail"

# What a program in another language has to say about us: a row a function.
PROTOTYPES = {
    "jalon_version": (c_char_p, []),
    "jalon_error_text": (c_char_p, [c_int]),
    "jalon_error_name": (c_char_p, [c_int]),
    "jalon_keys_open": (c_int, [POINTER(c_void_p), c_char_p]),
    "jalon_keys_parse": (c_int, [POINTER(c_void_p), c_char_p, c_size_t]),
    "jalon_keys_free": (None, [c_void_p]),
    "jalon_keys_count": (c_size_t, [c_void_p]),
    "jalon_link_code_mint": (c_int, [c_void_p, c_uint32, c_char_p]),
    "jalon_link_code_verify": (c_int, [c_void_p, c_char_p, c_size_t, POINTER(c_uint32)]),
    "jalon_link_id": (c_int, [c_char_p, c_size_t, POINTER(c_uint64)]),
    "jalon_token_mint": (c_int, [c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, c_int64, c_char_p,
                                 c_size_t]),
    "jalon_token_open": (c_int, [POINTER(c_void_p), c_void_p, c_char_p, c_size_t]),
    "jalon_token_free": (None, [c_void_p]),
    "jalon_token_campaign": (c_char_p, [c_void_p]),
    "jalon_token_creator": (c_char_p, [c_void_p]),
    "jalon_token_channel": (c_char_p, [c_void_p]),
    "jalon_token_target": (c_char_p, [c_void_p]),
    "jalon_token_expires_at": (c_int64, [c_void_p]),
    "jalon_token_link_id": (c_int, [c_void_p, POINTER(c_uint64)]),
    "jalon_code_mint": (c_int, [c_void_p, c_char_p, c_char_p, c_uint32, c_char_p]),
    "jalon_code_fold": (c_int, [c_char_p, c_size_t, c_char_p, c_size_t]),
    "jalon_code_check": (c_int, [c_char_p, c_size_t]),
    "jalon_code_verify": (c_int, [c_void_p, c_char_p, c_char_p, c_size_t, POINTER(c_uint32)]),
    "jalon_click_mint": (c_int, [c_void_p, c_char_p, c_uint64, c_int64, c_uint64, c_char_p]),
    "jalon_click_verify": (c_int, [c_void_p, c_char_p, c_char_p, c_size_t, POINTER(c_uint64),
                                   POINTER(c_int64), POINTER(c_uint64)]),
}


@pytest.fixture(scope="session")
def lib():
    library = ctypes.CDLL(str(LIBRARY))
    for name, (restype, argtypes) in PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = restype, argtypes
    return library


class Refused(Exception):
    """args[0] is the error's name."""


class Jalon:
    """libjalon with Python's manners; `ring` is one of formats.py."""

    def __init__(self, lib, ring):
        self.lib, self.ring, self.keys = lib, ring, c_void_p()
        text = ring.text().encode()
        self._done(lib.jalon_keys_parse(byref(self.keys), text, len(text)))

    def __del__(self):
        self.lib.jalon_keys_free(self.keys)

    def _done(self, error):
        if error:
            raise Refused(self.lib.jalon_error_name(error).decode())

    def link_mint(self, serial):
        out = ctypes.create_string_buffer(13)
        self._done(self.lib.jalon_link_code_mint(self.keys, serial, out))
        return out.value.decode()

    def link_verify(self, code):
        serial, raw = c_uint32(), code.encode()
        self._done(self.lib.jalon_link_code_verify(self.keys, raw, len(raw), byref(serial)))
        return serial.value

    def link_id(self, code):
        out, raw = c_uint64(), code.encode()
        self._done(self.lib.jalon_link_id(raw, len(raw), byref(out)))
        return out.value

    def token_mint(self, campaign, creator, channel="", target="", expires_at=0):
        out = ctypes.create_string_buffer(3073)
        self._done(self.lib.jalon_token_mint(
            self.keys, campaign.encode(), creator.encode(), channel.encode() or None,
            target.encode() or None, expires_at, out, len(out)))
        return out.value.decode()

    def token_open(self, text):
        """The fields and the link id."""
        token, raw = c_void_p(), text.encode()
        self._done(self.lib.jalon_token_open(byref(token), self.keys, raw, len(raw)))
        fields = tuple(getattr(self.lib, f"jalon_token_{name}")(token).decode()
                       for name in ("campaign", "creator", "channel", "target"))
        ident = c_uint64()
        self._done(self.lib.jalon_token_link_id(token, byref(ident)))
        fields += (self.lib.jalon_token_expires_at(token),)
        self.lib.jalon_token_free(token)
        return fields, ident.value

    def code_mint(self, campaign, prefix, serial):
        out = ctypes.create_string_buffer(29)
        self._done(self.lib.jalon_code_mint(self.keys, campaign.encode(), prefix.encode(), serial, out))
        return out.value.decode()

    def code_fold(self, text):
        out, raw = ctypes.create_string_buffer(65), text.encode()
        self._done(self.lib.jalon_code_fold(raw, len(raw), out, len(out)))
        return out.value.decode()

    def code_check(self, text):
        raw = text.encode()
        self._done(self.lib.jalon_code_check(raw, len(raw)))

    def code_verify(self, campaign, text):
        serial, raw = c_uint32(), text.encode()
        self._done(self.lib.jalon_code_verify(self.keys, campaign.encode(), raw, len(raw), byref(serial)))
        return serial.value

    def click_mint(self, campaign, link, at_ms, nonce):
        out = ctypes.create_string_buffer(45)
        self._done(self.lib.jalon_click_mint(self.keys, campaign.encode(), link, at_ms, nonce, out))
        return out.value.decode()

    def click_verify(self, campaign, text):
        link, at_ms, nonce, raw = c_uint64(), c_int64(), c_uint64(), text.encode()
        self._done(self.lib.jalon_click_verify(self.keys, campaign.encode(), raw, len(raw), byref(link),
                                               byref(at_ms), byref(nonce)))
        return link.value, at_ms.value, nonce.value


@pytest.fixture(scope="session")
def jalon(lib):
    return Jalon(lib, formats.ring_parse((VECTORS / "ring.keys").read_text()))


def exported(lib, purpose):
    return Jalon(lib, formats.ring_parse((VECTORS / f"{purpose}.keys").read_text()))


def outcome(function, *arguments):
    """What a call gives, or the name of its error: the same words for both implementations."""
    try:
        return function(*arguments)
    except (Refused, formats.BadText) as refusal:
        return refusal.args[0]


def rows(name):
    lines = (VECTORS / name).read_text().rstrip("\n").split("\n")
    return [line.split("\t") for line in lines if not line.startswith("#")]


# The published vectors

def test_vectors_are_what_the_script_writes(tmp_path):
    for path in VECTORS.glob("*.py"):
        shutil.copy(path, tmp_path)
    subprocess.run([sys.executable, "make_vectors.py"], cwd=tmp_path, check=True)
    written = sorted(p.name for p in tmp_path.iterdir() if p.suffix in (".tsv", ".keys"))
    assert written == sorted(p.name for p in VECTORS.iterdir() if p.suffix in (".tsv", ".keys"))
    for name in written:
        assert (tmp_path / name).read_text() == (VECTORS / name).read_text(), name


def test_vectors_of_links(jalon):
    for expect, _, serial, ident, code in rows("links.tsv"):
        want = int(serial) if expect in ("mint", "OK") else expect
        assert outcome(jalon.link_verify, code) == want, code
        assert outcome(formats.link_code_verify, jalon.ring, code) == want, code
        assert jalon.link_id(code) == int(ident, 16)
        if expect == "mint":
            assert jalon.link_mint(int(serial)) == code


def test_vectors_of_tokens(jalon):
    for expect, _, campaign, creator, channel, target, expires_at, ident, text in rows("tokens.tsv"):
        fields = (campaign, creator, channel, target, int(expires_at))
        good = expect in ("mint", "OK")
        assert outcome(jalon.token_open, text) == ((fields, int(ident, 16)) if good else expect), text
        assert outcome(formats.token_open, jalon.ring, text) == (fields if good else expect), text
        if expect == "mint":
            assert jalon.token_mint(*fields) == text


def test_vectors_of_codes(jalon):
    for expect, _, campaign, prefix, serial, code in rows("codes.tsv"):
        want = int(serial) if expect in ("mint", "OK") else expect
        assert outcome(jalon.code_verify, campaign, code) == want, code
        assert outcome(formats.code_verify, jalon.ring, campaign, code) == want, code
        if expect == "mint":
            assert jalon.code_mint(campaign, prefix, int(serial)) == code


def test_vectors_of_clicks(jalon):
    for expect, _, campaign, link, at_ms, nonce, text in rows("clicks.tsv"):
        parts = (int(link, 16), int(at_ms), int(nonce, 16))
        want = parts if expect in ("mint", "OK") else expect
        assert outcome(jalon.click_verify, campaign, text) == want, text
        assert outcome(formats.click_verify, jalon.ring, campaign, text) == want, text
        if expect == "mint":
            assert jalon.click_mint(campaign, *parts) == text


# Both directions, on what no vector holds

def test_links_both_ways(jalon):
    draw = random.Random(1)
    for serial in [draw.getrandbits(31) for _ in range(300)]:
        code = jalon.link_mint(serial)
        assert code == formats.link_code_mint(jalon.ring, serial)
        assert formats.link_code_verify(jalon.ring, code) == jalon.link_verify(code) == serial


def test_forged_links_both_ways(jalon):
    draw = random.Random(2)
    for _ in range(300):
        code = "".join(draw.choices(formats.BASE62, k=12))
        assert outcome(jalon.link_verify, code) == "BAD_SIGNATURE"
        assert outcome(formats.link_code_verify, jalon.ring, code) == "BAD_SIGNATURE"


def test_tokens_both_ways(lib, jalon):
    draw = random.Random(3)
    portable = exported(lib, "portable")
    slug = lambda: "".join(draw.choices("abcdefghijklmnopqrstuvwxyz0123456789-", k=draw.randint(1, 64)))
    for signer in (jalon, portable):
        for _ in range(150):
            fields = (C, slug(), draw.choice(["", "bio", "à la une", "视频", "x" * 64]),
                      draw.choice(["", "https://shop.example/" + slug()]),
                      draw.choice([0, 1, draw.getrandbits(40)]))
            text = signer.token_mint(*fields)
            assert text == formats.token_mint(signer.ring, *fields)
            assert formats.token_open(jalon.ring, text) == fields
            assert jalon.token_open(text) == portable.token_open(text)
            assert jalon.token_open(text) == (fields, formats.link_id("portable", *fields[:4]))


def test_codes_both_ways(lib, jalon):
    draw = random.Random(4)
    code_ring = exported(lib, "code")
    for signer in (jalon, code_ring):
        for _ in range(150):
            prefix = "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=draw.randint(2, 16)))
            serial = draw.getrandbits(20)
            code = signer.code_mint(C, prefix, serial)
            assert code == formats.code_mint(signer.ring, C, prefix, serial)
            said = code.lower().replace("-", draw.choice(["", " ", "-"]))
            assert jalon.code_fold(said) == formats.code_fold(said)
            jalon.code_check(said)
            assert code_ring.code_verify(C, said) == formats.code_verify(jalon.ring, C, said) == serial


def test_typing_errors_both_ways(jalon):
    draw = random.Random(5)
    for _ in range(400):
        code = jalon.code_mint(C, draw.choice(["MARIE", "UU", "TOM2026"]), draw.getrandbits(20))
        plain = list(code.replace("-", ""))
        at = draw.randrange(len(plain) - 1)
        if draw.random() < 0.5:
            plain[at] = draw.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        else:
            plain[at], plain[at + 1] = plain[at + 1], plain[at]
        typed = "".join(plain)
        same = formats.code_fold(typed) == formats.code_fold(code)
        got = outcome(jalon.code_verify, C, typed)
        assert got == outcome(formats.code_verify, jalon.ring, C, typed)
        assert same or got == "MISTYPED"


def test_clicks_both_ways(lib, jalon):
    draw = random.Random(6)
    click = exported(lib, "click")
    for signer in (jalon, click):
        for _ in range(150):
            parts = (draw.getrandbits(64), draw.getrandbits(48), draw.getrandbits(64))
            text = signer.click_mint(C, *parts)
            assert text == formats.click_mint(signer.ring, C, *parts)
            assert re.fullmatch("[A-Za-z0-9_-]{44}", text)
            assert click.click_verify(C, text) == formats.click_verify(jalon.ring, C, text) == parts


def test_noise_both_ways(lib, jalon):
    """Texts near to good ones: both say the same of each."""
    draw = random.Random(7)
    seeds = [row[-1] for name in ("links", "tokens", "codes", "clicks") for row in rows(f"{name}.tsv")]
    alphabet = "AZaz09-_ =+/.UOIL\x7fé"
    for _ in range(2000):
        text = list(draw.choice(seeds))
        for _ in range(draw.randint(0, 3)):
            at = draw.randrange(len(text) + 1)
            text[at:at + draw.randint(0, 2)] = draw.choices(alphabet, k=draw.randint(0, 2))
        text = "".join(text)
        if len(text.encode()) > 3072:
            continue
        pairs = [
            (outcome(jalon.link_verify, text), outcome(formats.link_code_verify, jalon.ring, text)),
            (outcome(jalon.code_verify, C, text), outcome(formats.code_verify, jalon.ring, C, text)),
            (outcome(jalon.click_verify, C, text), outcome(formats.click_verify, jalon.ring, C, text)),
        ]
        opened = outcome(jalon.token_open, text)
        pairs.append((opened if isinstance(opened, str) else opened[0],
                      outcome(formats.token_open, jalon.ring, text)))
        for ours, theirs in pairs:
            assert ours == theirs, repr(text)


# Keys and errors

def test_keys_from_a_file(lib, tmp_path):
    path = tmp_path / "ring"
    path.write_bytes((VECTORS / "ring.keys").read_bytes())
    keys = c_void_p()
    path.chmod(0o640)
    assert lib.jalon_keys_open(byref(keys), str(path).encode()) == 12
    assert lib.jalon_error_name(12) == b"KEY_FILE_EXPOSED"
    path.chmod(0o600)
    assert lib.jalon_keys_open(byref(keys), str(path).encode()) == 0
    assert lib.jalon_keys_count(keys) == 2
    lib.jalon_keys_free(keys)
    assert lib.jalon_error_name(lib.jalon_keys_open(byref(keys), b"/nowhere")) == b"IO"


def test_exported_rings_do_only_what_they_are_for(lib, jalon):
    calls = {
        "portable": lambda j: j.token_mint(C, "marie"),
        "code": lambda j: j.code_mint(C, "MARIE", 1),
        "click": lambda j: j.click_mint(C, 1, 2, 3),
    }
    for purpose in calls:
        ring = exported(lib, purpose)
        assert outcome(ring.link_mint, 1) == "NO_KEY"
        for name, call in calls.items():
            assert outcome(call, ring) == (call(jalon) if name == purpose else "NO_KEY")
    assert outcome(exported(lib, "click").click_mint, "other", 1, 2, 3) == "NO_KEY"


def header_text():
    return "".join(path.read_text() for path in HEADERS)


def test_errors_have_the_values_of_the_header(lib):
    listed = re.findall(r"\bX\((\w+), (\d+),", header_text())
    assert len(listed) >= 25
    for name, value in listed:
        assert lib.jalon_error_name(int(value)).decode() == name
        assert len(lib.jalon_error_text(int(value))) >= 4
    assert lib.jalon_error_name(4711) == b"UNKNOWN"


def test_version_is_the_project_s(lib):
    project = re.search(r"project\(jalon VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
    assert lib.jalon_version().decode() == project[1]


# What is exported, and how it is found

def declared():
    return set(re.findall(r"JALON_API [^;{}]*?\b(jalon_\w+)\(", header_text()))


def symbols(path, *options):
    out = subprocess.run(["nm", *options, "--defined-only", str(path)], capture_output=True, text=True,
                         check=True).stdout
    return [line.split() for line in out.splitlines() if len(line.split()) == 3]


def test_exports_are_what_the_headers_declare():
    found = {name for _, kind, name in symbols(LIBRARY, "-D") if kind != "A"}
    assert found == {f"{name}@@JALON_0.1" for name in declared()}
    assert declared() == set(PROTOTYPES)


def test_archive_shows_nothing_else():
    names = [name for _, kind, name in symbols(BUILD / "libjalon.a", "-g") if kind.isupper()]
    assert sorted(names) == sorted(declared())


def test_needs_libcrypto_and_nothing_else():
    out = subprocess.run(["readelf", "-d", str(LIBRARY)], capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"\(NEEDED\).*\[(.*?)\]", out)
    assert {re.sub(r"\.so.*", "", n) for n in needed} <= {"libcrypto", "libc", "ld-linux-x86-64",
                                                          "ld-linux-aarch64"}
    assert re.search(r"\(SONAME\).*\[libjalon\.so\.0\]", out)


@pytest.mark.parametrize("compiler,options", [
    ("cc", ["-xc", "-std=c99"]), ("cc", ["-xc", "-std=c17"]),
    ("c++", ["-xc++", "-std=c++11"]), ("c++", ["-xc++", "-std=c++20"])])
def test_each_header_stands_alone(compiler, options):
    for header in HEADERS:
        subprocess.run([compiler, *options, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                        f"-I{ROOT / 'include'}", "-"], input=f'#include "jalon/{header.name}"\n',
                       text=True, check=True)


PROGRAM = r"""
#include <jalon/jalon.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    jalon_keys *keys;
    int err = jalon_keys_open(&keys, argv[argc - 1]);
    char code[JALON_LINK_CODE_SIZE + 1], click[JALON_CLICK_ID_SIZE + 1];
    if (!err)
        err = jalon_link_code_mint(keys, 5, code);
    if (!err)
        err = jalon_link_code_verify(keys, code, strlen(code), NULL);
    if (!err)
        err = jalon_click_mint(keys, "spring-trail", 1, 2, 3, click);
    if (err)
        fprintf(stderr, "%s: %s\n", jalon_error_name(err), jalon_error_text(err));
    else
        printf("%s %s %s\n", jalon_version(), code, click);
    jalon_keys_free(keys);
    return err;
}

/* The host's own functions of our inner names: they must not meet. */
#ifdef __cplusplus
extern "C" {
#endif
int sha256(void);
int sha256(void) { return 1; }
int buffer_append(void);
int buffer_append(void) { return 2; }
#ifdef __cplusplus
}
#endif
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """An installation that was moved after it was made."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(["cmake", "--install", str(BUILD), "--component", "libjalon", "--prefix",
                    str(folder / "first")], check=True, capture_output=True)
    (folder / "first").rename(folder / "moved")
    return folder / "moved"


@pytest.mark.parametrize("compiler", ["cc", "c++"])
@pytest.mark.parametrize("linkage", ["shared", "static"])
def test_installed_library_serves_a_program(installed, jalon, tmp_path, compiler, linkage):
    source = tmp_path / ("program.c" if compiler == "cc" else "program.cpp")
    source.write_text(PROGRAM)
    ring = tmp_path / "ring"
    ring.write_text(jalon.ring.text())
    ring.chmod(0o600)
    found = next(installed.rglob("jalon.pc"))
    environment = os.environ | {"PKG_CONFIG_PATH": str(found.parent)}
    wanted = ["--cflags", "--libs"] if linkage == "shared" else ["--cflags"]
    flags = subprocess.run(["pkg-config", *wanted, "jalon"], env=environment, capture_output=True, text=True,
                           check=True).stdout.split()
    archive = next(installed.rglob("libjalon.a"))
    if linkage == "static":
        flags += [str(archive), "-lcrypto"]
    program = tmp_path / "program"
    subprocess.run([compiler, str(source), *flags, f"-Wl,-rpath,{archive.parent}", "-o", str(program)],
                   check=True)
    out = subprocess.run([str(program), str(ring)], capture_output=True, text=True, check=True).stdout
    assert out.split()[1:] == [formats.link_code_mint(jalon.ring, 5),
                               formats.click_mint(jalon.ring, C, 1, 2, 3)]


# docs/libjalon.md

def documented(language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "libjalon.md").read_text(), re.S)


def test_documented_errors_are_the_library_s(lib):
    table = re.findall(r"^\| (\d+) \| `JALON_(\w+)` \| (.*?) \|$", (ROOT / "docs" / "libjalon.md").read_text(),
                       re.M)
    listed = re.findall(r"\bX\((\w+), (\d+),", header_text())
    assert [(name, value) for value, name, _ in table] == listed
    for value, _, sentence in table:
        assert lib.jalon_error_text(int(value)).decode() == sentence


def test_documented_c_example_runs(installed, jalon, tmp_path):
    example, = documented("c")
    (tmp_path / "example.c").write_text(example)
    archive = next(installed.rglob("libjalon.a"))
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "example.c", f"-I{installed}/include",
                    f"-L{archive.parent}", "-ljalon", f"-Wl,-rpath,{archive.parent}", "-o", "example"],
                   cwd=tmp_path, check=True)
    ring = tmp_path / "portable.keys"
    ring.write_text(jalon.ring.export("portable", C).text())
    ring.chmod(0o600)
    out = subprocess.run(["./example", "portable.keys"], cwd=tmp_path, capture_output=True, text=True,
                         check=True).stdout
    token = out.strip().rsplit("/", 1)[1]
    assert formats.token_open(jalon.ring, token)[:3] == (C, "marie", "story")


def test_documented_python_example_runs(jalon, tmp_path):
    example, = documented("python")
    ring = tmp_path / "click.keys"
    ring.write_text(jalon.ring.export("click", C).text())
    ring.chmod(0o600)
    click = jalon.click_mint(C, 0xABC, 1764417600123, 7)
    example = example.replace('"libjalon.so.0"', repr(str(LIBRARY)))
    out = subprocess.run([sys.executable, "-c", example, "click.keys", click], cwd=tmp_path,
                         capture_output=True, text=True, check=True).stdout
    assert out.split() == ["0000000000000abc", "1764417600123"]
    forged = click[:-1] + ("A" if click[-1] != "A" else "B")
    out = subprocess.run([sys.executable, "-c", example, "click.keys", forged], cwd=tmp_path,
                         capture_output=True, text=True)
    assert out.returncode and "does not verify" in out.stderr
