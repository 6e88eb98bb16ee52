"""The docs name what the programs have, and nothing else."""
import re

from conftest import ROOT


def docs(name):
    return (ROOT / "docs" / name).read_text()


def test_each_setting_is_in_the_reference_with_its_default(installation):
    written = (open(installation.folder + "/jalond.conf").read())
    section, settings = None, {}
    for line in written.splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = match[1]
        elif match := re.fullmatch(r"#?(\w+) =\s*(.*)", line):
            settings[f"{section}.{match[1]}"] = match[2]
    assert len(settings) > 10
    settings["server.domain"] = "from `init`"
    documented = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.*?) \|", docs("configuration.md"), re.M))
    assert documented.keys() == settings.keys()
    for name, default in settings.items():
        shown = documented[name].strip("`")
        assert shown.strip("`") == (default.strip("`") or "empty"), name


def test_each_metric_is_in_the_reference(running):
    page = running.request("GET", "/metrics", listener="api").body.decode()
    names = set(re.findall(r"^# TYPE (\w+)", page, re.M))
    assert len(names) > 10
    assert set(re.findall(r"`(jalond_\w+)`", docs("configuration.md"))) == names


def test_links_between_documents_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
