"""What must not pass in silence: a foreign key ring, links that were to be dead, a person's data that was to be gone."""
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

from cli import fresh, refused, shop  # noqa: F401 (fixtures)
from conftest import BUILD, LIMIT_S, Installation, RedisServer, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
import formats  # noqa: E402


def check(installation, *arguments, settings=None):
    done = subprocess.run([str(BUILD / "jalond"), *arguments], text=True, capture_output=True,
                          env={**installation.environment, **(settings or {})},
                          stdin=subprocess.DEVNULL, timeout=LIMIT_S)
    assert "Sanitizer" not in done.stderr, done.stderr
    return done


def keys_of(installation):
    return pathlib.Path(installation.folder, "keys")


@pytest.fixture
def lively():
    """A running jalond on a Redis of its own."""
    server = RedisServer()
    made = Installation(settings={"JALON_STORE_REDIS": server.url})
    made.add_campaign()
    made.start()
    yield made
    made.remove()
    server.remove()


# -- the key ring

def foreign_ring():
    other = Installation()
    text = keys_of(other).read_text()
    other.remove()
    return text


def broken_rings(installation):
    good = keys_of(installation).read_text()
    return {
        "exported": installation.jalon("keys", "export", "--campaign", "spring-trail", "--purpose",
                                       "click").stdout,
        "active key": good.replace("active", "verify"),
        "this installation's": foreign_ring(),
    }


def test_a_wrong_ring_is_refused(lively):
    good, link = keys_of(lively).read_text(), lively.add_link()
    for words, text in broken_rings(lively).items():
        keys_of(lively).write_text(text)
        for arguments in (["--check"], []):
            done = check(lively, *arguments)
            assert done.returncode == 1 and words in done.stderr, done.stderr
            assert len(done.stderr.splitlines()) == 1
        refused(lively, "link", "add", "--campaign", "spring-trail", "--creator", "tom", code=1,
                says=words)
        before = lively.log_text().count("not reloaded")
        lively.process.send_signal(signal.SIGHUP)
        wait_for(lambda: lively.log_text().count("not reloaded") > before, "the refusal")
        assert lively.click(link).status == 302  # the old ring goes on
        done = lively.jalon("doctor", check=False)
        assert done.returncode == 1 and words.split()[0] in done.stdout
    keys_of(lively).write_text(good)
    lively.jalon("keys", "rotate")
    assert check(lively, "--check").returncode == 0


def test_the_store_knows_its_ring(lively):
    second = Installation(settings={"JALON_STORE_REDIS": lively.environment["JALON_STORE_REDIS"]})
    try:
        refused(second, "campaign", "list", code=1, says="the store knows none of its keys")
        done = check(second)
        assert done.returncode == 1 and "the store knows none of its keys" in done.stderr
        shutil.copy(keys_of(lively), keys_of(second))  # as a second redirector is made
        second.jalon("campaign", "list")
    finally:
        second.remove()


# -- links

def state_of(installation, name):
    link = installation.jalon_json("link", "show", name)
    link = link[0] if isinstance(link, list) else link
    return link["state"], link["reason"]


def test_portable_links_can_be_disabled(lively):
    ring, token = formats.ring_parse(keys_of(lively).read_text()), lively.add_token()
    for number, how in enumerate(["never clicked", "by its token", "by its id"]):
        text = formats.token_mint(ring, "spring-trail", "tom", f"video {number}")
        name = "o%2F" + text
        if number:
            assert lively.click("/o/" + text).status == 302
            identity = lively.api("GET", "/v1/links/" + name, token=token).json()["link_id"]
            wait_for(lambda: lively.api("GET", "/v1/links/" + identity, token=token).status == 200,
                     "its registration")
            name = identity if number == 2 else text
        answer = lively.api("PATCH", "/v1/links/" + name, {"state": "disabled"}, token=token)
        assert (answer.status, answer.json()["state"]) == (200, "disabled"), (how, answer)
        assert answer.json()["reason"] == "disabled"
        wait_for(lambda: lively.click("/o/" + text).status == 410, how)
        assert state_of(lively, "https://go.example.com/o/" + text) == ("disabled", "disabled")
        lively.jalon("link", "set", "o/" + text, "--state", "active")
        wait_for(lambda: lively.click("/o/" + text).status == 302, how)
    assert lively.api("GET", "/v1/links/o%2F" + text[:-1] + "_", token=token).status == 404
    assert lively.api("GET", "/v1/links/0123456789abcdef", token=token).status == 404


def test_erase_reaches_all_links(lively):
    ring = formats.ring_parse(keys_of(lively).read_text())
    token = formats.token_mint(ring, "spring-trail", "tom", "bio")
    assert lively.click("/o/" + token).status == 302
    signed = lively.add_link("tom")
    old = ring_id(lively)
    lively.jalon("keys", "rotate")
    wait_for(lambda: any(not row["code"] for row in lively.jalon_json("link", "list")),
             "the portable link's record")
    lively.jalon("keys", "retire", old, "--yes")
    assert state_of(lively, signed.strip("/")) == ("disabled", "key-retired")
    lively.jalon("creator", "erase", "tom", "--yes")
    assert {row["reason"] for row in lively.jalon_json("link", "list")} == {"disabled"}
    wait_for(lambda: lively.click("/o/" + token).status == 410, "the portable link's end")


def ring_id(installation):
    return next(key["id"] for key in installation.jalon_json("keys", "list")
                if key["state"] == "active")


def test_a_campaign_to_come(lively):
    lively.add_campaign("to-come", creators=(), start="2199-01-01")
    answer = lively.click(lively.add_link(campaign="to-come", slug="soon"))
    assert answer.status == 404 and b"not open yet" in answer.body
    assert state_of(lively, "soon") == ("active", "campaign-not-started")


def test_escapes_in_the_path(lively):
    link = lively.add_link(slug="van")
    assert link == "/van"
    for path in ("/%76an", "/van%2E", "/van%29", "/%56AN%2F"):
        assert lively.click(path).status == 302, path
    for path in ("/van%", "/van%2", "/%2576an", "/van%00", "/van%0a"):
        assert lively.click(path).status in (400, 404), path


def test_targets_that_are_refused(lively):
    token = lively.add_token()
    for target in ("https://shop.example.com/p?jclid=mine", "https://shop.example.com/p?a&%6Aclid=1",
                   "https://shop.example.com/<", "https://shop.example.com/%", "https://shop.example.com/%zz"):
        answer = lively.api("POST", "/v1/links", {"campaign": "spring-trail", "creator": "tom",
                                                  "target": target}, token=token)
        assert answer.status == 422 and answer.json()["errors"][0]["pointer"] == "/target", target
    refused(lively, "campaign", "set", "spring-trail", "--target",
            "https://shop.example.com/?jclid=1", code=1, says="jclid")


def test_encoded_bodies(lively):
    token = lively.add_token()
    for coding, status in (("gzip", 415), ("br, identity", 415), ("identity", 201)):
        answer = lively.api("POST", "/v1/links", {"campaign": "spring-trail", "creator": "tom"},
                            token=token, **{"Content-Encoding": coding})
        assert answer.status == status, coding


# -- the command line

def test_unknown_names(fresh):  # noqa: F811
    refused(fresh, "token", "add", "--scopes", "report", "--brand", "nobrand", code=1, says="nobrand")
    refused(fresh, "keys", "export", "--campaign", "nosuch", "--purpose", "code", code=1, says="nosuch")
    for noun in ("code", "link", "cost", "post", "conversion"):
        refused(fresh, noun, "list", "--creator", "nosuch", code=1, says="nosuch")


def test_an_erased_creator_is_not_on_disk():
    made = Installation()
    try:
        made.add_campaign()
        made.jalon("creator", "add", "zoe", "--name", "Zanzibar Quux")
        made.jalon("creator", "set", "zoe", "--followers", "77")
        made.start()
        made.jalon("creator", "erase", "zoe", "--yes")

        def holders():
            return [path for path in pathlib.Path(made.folder).rglob("*")
                    if path.is_file() and b"Quux" in path.read_bytes()]
        wait_for(lambda: not holders(), "the name to go from redo log and AOF")
        assert made.jalon_json("creator", "list")
    finally:
        made.remove()


def test_settings_name_their_place(fresh, tmp_path):  # noqa: F811
    config = pathlib.Path(fresh.folder, "jalond.conf")
    text = config.read_text()
    line = text.count("\n") + 2
    for section, setting, words in (
            ("geo", "country = /nosuch.mmdb", "geo.country: /nosuch.mmdb: "),
            ("server", "certificate = /nosuch.pem\nkey = /nosuch.pem",
             "server.certificate: /nosuch.pem can't be read: No such file or directory")):
        config.write_text(text + f"[{section}]\n{setting}\n")
        done = check(fresh, "--check")
        assert f"{config}:{line}: {words}" in done.stderr, done.stderr
    config.write_text("[server]\n")
    assert "server.domain is not set" in check(fresh, "--check").stderr
    refused(fresh, "link", "list", code=1, says="server.domain is not set")
    config.write_text(text + "[store]\nredis = http://secret@x\n")
    without = {name: value for name, value in fresh.environment.items() if name != "JALON_STORE_REDIS"}
    done = subprocess.run([str(BUILD / "jalond"), "--check"], text=True, capture_output=True, env=without)
    assert "(hidden)" in done.stderr and "secret" not in done.stderr
