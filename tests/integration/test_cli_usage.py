"""Help on every level, wrong usage, exit codes, init: the command line before it does anything."""
import os
import pathlib
import re
import stat
import subprocess

import pytest

from cli import refused, shop  # noqa: F401 (one is a fixture)
from conftest import BUILD

COMMANDS = """
init
keys list|rotate|retire|export
campaign add|list|show|set
creator add|list|show|set|import|erase
link add|list|show|set|import|verify
code add|list|show|set|verify
cost add|list|import
post add|list|import
conversion add|list|set|refund|import
report
export clicks|conversions
token add|list|revoke
doctor
"""
NOUNS = {line.split()[0]: line.split()[1].split("|") if " " in line else []
         for line in COMMANDS.strip().splitlines()}


# -- help and usage

@pytest.mark.parametrize("arguments", [
    ["--help"], ["-h"], ["help"],
    *[[noun, "--help"] for noun in NOUNS], *[["help", noun] for noun in NOUNS],
    *[[noun, verb, "--help"] for noun, verbs in NOUNS.items() for verb in verbs],
])
def test_help_on_every_level(shop, arguments):
    done = shop.jalon(*arguments)
    assert done.stdout.startswith("Usage: jalon") and done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 80
    words = [word for word in arguments if word not in ("--help", "-h", "help")]
    assert done.stdout.startswith(" ".join(["Usage: jalon", *words]))
    if not words:
        assert all(f"\n  {noun} " in done.stdout for noun in NOUNS)
    if len(words) == 1 and NOUNS[words[0]]:
        assert all(f"\n  {words[0]} {verb}" in done.stdout for verb in NOUNS[words[0]])
    assert "--data DIR" in done.stdout


def test_help_needs_no_installation(tmp_path):
    done = subprocess.run([BUILD / "jalon", "campaign", "add", "--help"], capture_output=True, text=True,
                          env={"JALON_DATA": str(tmp_path / "none")})
    assert done.returncode == 0 and "--click-param" in done.stdout


@pytest.mark.parametrize("words", [[], ["campaign"], ["campaign", "list"], ["init"], ["link", "add"]])
def test_version(shop, words):
    assert re.fullmatch(r"jalon \d+\.\d+\.\d+\n", shop.jalon(*words, "--version").stdout)


@pytest.mark.parametrize("arguments", [[], ["campaign"], ["keys"], ["export"]])
def test_too_few_words_print_the_usage(shop, arguments):
    done = shop.jalon(*arguments, check=False)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.startswith("Usage: jalon")


@pytest.mark.parametrize("arguments, says", [
    (["campain", "list"], "did you mean campaign?"),
    (["xyzzy"], "\"jalon --help\" lists"),
    (["campaign", "lst"], "did you mean list?"),
    (["campaign", "xyzzy"], "\"jalon campaign --help\" lists"),
    (["campaign", "list", "--formt", "csv"], "did you mean --format?"),
    (["campaign", "list", "--format", "xml"], "choose table, csv or json"),
    (["campaign", "list", "--format"], "needs a value"),
    (["campaign", "list", "extra"], "one argument too many"),
    (["campaign", "show"], "SLUG is missing: write jalon campaign show SLUG"),
    (["campaign", "add", "x", "--brand", "b"], ["--target: is missing", "--currency: is missing"]),
    (["campaign", "add", "x", "--brand", "a", "--brand", "b"], "given twice"),
    (["creator", "erase", "marie", "--yes=1"], "takes no value"),
    (["campaign", "set", "spring-trail"], "nothing is to be changed"),
    (["link", "add", "--campaign", "spring-trail", "--creator", ""], "--creator"),
    (["code", "add", "--campaign", "spring-trail", "--creator", "marie", "--count", "many"], "--count"),
    (["report", "creatrs", "--campaign", "spring-trail"], ["no report creatrs", "creators, campaigns, links, codes, orders"]),
    (["export", "clicks", "--format", "table"], "csv or json"),
    (["export", "clicks", "--from", "yesterday"], "2026-11-29T00:00:00Z"),
    (["export", "clicks", "--from", "2026-11-02T00:00:00Z", "--to", "2026-11-01T00:00:00Z"], "empty"),
    (["keys", "export", "--campaign", "spring-trail", "--purpose", "all"], "portable, code or click"),
    (["keys", "export", "--campaign", "spring-trail"], "--purpose: is missing"),
    (["report", "creators"], "--campaign: is missing"),
    (["report", "creators", "--campaign", "spring-trail", "--from", "2026-02-30"], "--from"),
    (["report", "creators", "--campaign", "spring-trail", "--sort", "xyzzy"], "no field xyzzy"),
    (["campaign", "add", "Not A Slug", "--brand", "b", "--target", "https://x.example/", "--currency", "EUR",
      "--timezone", "UTC"], "campaign: "),
    (["campaign", "set", "spring-trail", "--kind", "sponsoring"], "--kind"),
    (["token", "add", "--scopes", "everything"], "--scopes"),
    (["cost", "add", "--campaign", "spring-trail", "--creator", "marie", "--fee", "-5"], "--fee"),
    (["creator", "add", "x", "--followers", "many"], "--followers"),
    (["init"], "--domain: is missing"),
    (["--data"], "needs a value"),
    (["-x"], "no option -x"),
])
def test_wrong_usage_is_2(shop, arguments, says):
    assert refused(shop, *arguments, code=2, says=says).stdout == ""


@pytest.mark.parametrize("arguments, says", [
    (["campaign", "show", "nowhere"], "nowhere"),
    (["link", "add", "--campaign", "nowhere", "--creator", "marie"], "nowhere"),
    (["link", "add", "--campaign", "spring-trail", "--creator", "nobody"], "nobody"),
    (["link", "add", "--campaign", "spring-trail", "--creator", "marie", "--target", "https://evil.example/"],
     "--target"),
    (["campaign", "add", "spring-trail", "--brand", "b", "--target", "https://x.example/", "--currency", "EUR",
      "--timezone", "UTC"], "spring-trail"),
    (["code", "show", "NOSUCHCODE"], "no such code"),
    (["report", "creators", "--campaign", "nowhere"], "nowhere"),
    (["export", "clicks", "--campaign", "nowhere"], "nowhere"),
    (["keys", "retire", "00000000"], "no key 00000000"),
    (["keys", "export", "--campaign", "nowhere", "--purpose", "code"], "nowhere"),
    (["token", "revoke", "nosuch"], "no such token"),
    (["creator", "import", "/no/such/file.csv"], "/no/such/file.csv"),
])
def test_failures_are_1(shop, arguments, says):
    refused(shop, *arguments, code=1, says=says)


@pytest.mark.parametrize("option, value", [
    ("--currency", "EURO"), ("--timezone", "Mars/Olympus"), ("--target", "javascript:alert(1)"),
    ("--target", "https://shop.example.com/\x01"), ("--kind", "sponsoring"), ("--window", "soon"),
    ("--attribution", "best"), ("--start", "2026-02-30"), ("--brand", "Not A Slug"),
])
def test_bad_values_name_their_option(shop, option, value):
    good = {"--brand": "alpina", "--target": "https://shop.example.com/", "--currency": "EUR",
            "--timezone": "Europe/Paris", option: value}
    done = shop.jalon("campaign", "add", "bad-one", *[w for pair in good.items() for w in pair], check=False)
    assert done.returncode == 2 and f"jalon: {option}: " in done.stderr, done.stderr
    refused(shop, "campaign", "show", "bad-one", code=1)


# -- init

def test_init(tmp_path):
    folder = tmp_path / "deep" / "data"
    environment = {**os.environ, "JALON_DATA": "/nowhere"}

    def init(*arguments):
        return subprocess.run([BUILD / "jalon", "init", *arguments], capture_output=True, text=True,
                              env=environment)

    done = init("--domain", "HTTPS://Go.example.COM/", "--data", folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "" and "jalond" in done.stderr and "JALON_DATA" in done.stderr
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o600
    settings = (folder / "jalond.conf").read_text()
    assert "\ndomain = https://go.example.com\n" in settings # in lower case
    assert "\n#public = 0.0.0.0:8080\n" in settings and "[store]\n" in settings
    ring = (folder / "keys").read_text()
    secrets = re.findall(r"[A-Za-z0-9_-]{40,}|[0-9a-f]{64}", ring)
    assert secrets and not any(secret in done.stderr for secret in secrets)

    again = init("--domain", "https://other.example.com", "--data", folder)
    assert again.returncode == 1 and "already" in again.stderr
    assert (folder / "keys").read_text() == ring and (folder / "jalond.conf").read_text() == settings


@pytest.mark.parametrize("domain", ["go.example.com", "ftp://go.example.com", "https://go.example.com/path",
                                    "https://go.example.com?x", "https://u@go.example.com", "", "https://"])
def test_init_refuses_what_is_no_base(tmp_path, domain):
    done = subprocess.run([BUILD / "jalon", "init", "--domain", domain, "--data", tmp_path / "data"],
                          capture_output=True, text=True)
    assert done.returncode == 2 and "--domain" in done.stderr
    assert not (tmp_path / "data").exists()


def test_no_installation(tmp_path):
    done = subprocess.run([BUILD / "jalon", "campaign", "list", "--data", tmp_path / "none"],
                          capture_output=True, text=True)
    assert done.returncode == 1 and "jalon init" in done.stderr and str(tmp_path / "none") in done.stderr


def test_a_bad_setting_names_file_and_line(make_installation):
    installation = make_installation()
    path = pathlib.Path(installation.folder, "jalond.conf")
    path.write_text(path.read_text() + "\n[server]\nwrokers = 3\n")
    refused(installation, "keys", "list", code=1, says=["wrokers", "jalond.conf"])
