"""`--format html` and `--lang`: a page that is well-formed, closed to the outside, safe from names and texts, and only
about the creator it is for; and no text without its French."""
import base64
import hashlib
import html.parser
import pathlib
import re

import pytest

from conftest import Installation
from test_report_exact import today_in_paris

ROOT = pathlib.Path(__file__).parents[2]
CAMPAIGN = ["--campaign", "spring-trail"]
HOSTILE = "Marie \"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"
VOID = {"meta", "rect", "path", "br"}


class Page(html.parser.HTMLParser):
    """Tags in balance; every start tag; the text between tags but scripts' and styles'."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text, self.script = [], [], "", ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open[-1:] == ["script"]:
            self.script += text
        elif self.open[-1:] != ["style"]:
            self.text += text

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def shop():
    shop = Installation()
    shop.add_campaign()
    shop.jalon("creator", "set", "marie", "--name", HOSTILE)
    links = [shop.add_link("marie", channel="bio"), shop.add_link("tom", channel="<b>of tom</b>")]
    codes = [shop.jalon("code", "add", *CAMPAIGN, "--creator", creator).stdout.strip() for creator in ("marie", "tom")]
    for number, code in enumerate(codes):
        shop.jalon("conversion", "add", str(number), *CAMPAIGN, "--type", "sale", "--amount", "1234.50", "--code", code)
    shop.start()
    clicks = [re.search(r"jclid=([A-Za-z0-9_-]+)", shop.click(link).location)[1] for link in links]
    shop.wait_shipped(2)
    for number, (code, click) in enumerate(zip(codes, reversed(clicks))):  # each with a click of the other
        shop.jalon("conversion", "add", f"mixed-{number}", *CAMPAIGN, "--type", "sale", "--amount", "10.00",
                   "--code", code, "--click-id", click)
    shop.jalon("conversion", "add", "strange", *CAMPAIGN, "--type", "sale", "--amount", "10.00", "--code", "TOMTOM20",
               "--click-id", clicks[0])  # a code of nobody, or of Tom elsewhere
    yield shop
    shop.remove()


def report(shop, name, *options):
    return shop.jalon("report", name, *CAMPAIGN, *options).stdout


@pytest.mark.parametrize("name", ["creators", "campaigns", "links", "codes", "orders", "payouts", "timeline",
                                  "residual", "compare", "sources", "quality"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_page(shop, name, language):
    page = Page(report(shop, name, "--format", "html", "--lang", language))
    assert {"lang": language} in page.all("html")
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not {tag for tag, _ in page.tags} & {"img", "link", "iframe", "object", "b", "base", "form"}
    for _, attributes in page.tags:
        assert not [key for key in attributes if key.startswith("on") or key in ("src", "href", "style")]
    assert all("scope" in attributes for attributes in page.all("th"))
    assert all("aria-label" in attributes or "aria-hidden" in attributes for attributes in page.all("svg"))


def test_page_lets_nothing_in(shop):
    page = Page(report(shop, "creators", "--format", "html"))
    policy = next(tag["content"] for tag in page.all("meta") if "http-equiv" in tag)
    digest = base64.b64encode(hashlib.sha256(page.script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert HOSTILE in page.text  # as text


def test_creators_own_page(shop):
    text = report(shop, "creators", "--creator", "marie", "--format", "html")
    page = Page(text)
    assert len(page.all("section")) == 7
    assert HOSTILE in page.text
    assert "Order mixed-0: Marie" in page.text and "assist: another creator" in page.text
    assert "Order mixed-1: another creator, code (checked)" in page.text
    assert "Order strange: Marie" in page.text
    # Of the order that Marie only assisted no money: the ledger adds up to her revenue.
    assert "10.00" not in re.search(r"<tr><th[^>]*>mixed-1<.*?</tr>", text)[0]
    assert "1,254.50" in page.text.split("Revenue")[-1].split("Total")[-1]
    assert "tom" not in page.text.lower() and "Unattributed" not in page.text
    for name in ("links", "codes"):
        mine = shop.jalon_json("report", name, *CAMPAIGN, "--creator", "marie")["rows"]
        everyone = shop.jalon_json("report", name, *CAMPAIGN)["rows"]
        assert len(mine) == 1 and len(everyone) == 2
        for row in everyone:
            assert (row["code"] in text) == (row in mine)


def test_brands_page_tells_the_whole_story(shop):
    page = Page(report(shop, "creators", "--format", "html"))
    assert len(page.all("section")) == 4
    assert "Order mixed-1: Tom, code" in page.text


def test_disclosure_stands_on_the_page(shop):
    line = "Publicité <i>en collaboration</i> avec Alpina"
    shop.jalon("campaign", "set", "spring-trail", "--disclosure", line)
    for options in ([], ["--creator", "marie"]):
        assert line in Page(report(shop, "creators", "--format", "html", *options)).text
    shop.jalon("campaign", "set", "spring-trail", "--disclosure", "")
    assert line not in Page(report(shop, "creators", "--format", "html")).text


def test_heading(shop):
    page = report(shop, "creators", "--format", "html", "--lang", "fr")
    assert "<h1>spring-trail · alpina</h1>" in page and ">créateurs · jusqu’au " in page
    own = report(shop, "creators", "--creator", "tom", "--format", "html")
    assert "<h1>Tom</h1>" in own and "spring-trail · alpina · up to " in own


def test_what_is_usual_stands_beside(shop, tmp_path):
    shop.jalon("post", "add", *CAMPAIGN, "--creator", "tom", "--url", "https://x.example/1", "--published-at",
               today_in_paris() + "T00:00:00Z", "--impressions", "40", "--likes", "2")
    ranges = tmp_path / "ranges"

    def page(name, text):
        ranges.write_text(text)
        return shop.jalon("report", name, *CAMPAIGN, "--format", "html", env={"JALON_REPORT_REFERENCE": ranges}).stdout

    text = page("creators", "ctr any 1.5% 3% Study <A>, 2025\nengagement_rate any 3% 8% Study B\n")
    shown = Page(text).text
    assert "of other audiences than these" in shown
    assert "CTR 1.50–3.00 % · source: Study <A>, 2025" in shown and "Engagement 3.00–8.00 % · source: Study B" in shown
    assert "usual elsewhere 1.50–3.00 %" in shown and text.count('class="u"') == 1
    # Tom is no macro: a range of those is not for him. None is made up where there is none.
    for without in (page("creators", "ctr macro 1.5% 3% Study A\n"), page("creators", "# none\n"),
                    page("links", "ctr any 1.5% 3% Study A\n")):
        assert "elsewhere" not in Page(without).text and 'class="u"' not in without
    ranges.write_text("ctr any 5%\n")
    refused = shop.jalon("report", "creators", *CAMPAIGN, "--format", "html", check=False, env={"JALON_REPORT_REFERENCE": ranges})
    assert refused.returncode == 1 and f"{ranges}:1: " in refused.stderr and refused.stdout == ""
    # Where no range is shown, none is read.
    assert "tom" in shop.jalon("report", "creators", *CAMPAIGN, env={"JALON_REPORT_REFERENCE": ranges}).stdout


def test_french(shop):
    assert "2\u202f499,00" in report(shop, "creators", "--lang", "fr")
    assert "2,499.00" in report(shop, "creators", "--lang", "en")
    table = report(shop, "creators", "--lang", "fr")
    assert "1 vente" in table or "2 ventes" in table
    assert "Non attribué\u202f: " in table and " sale" not in table
    assert re.search(r"\d sales", report(shop, "creators")) and "Unattributed: " in report(shop, "creators")
    assert "Commande mixed-0\u202f: Marie" in report(shop, "orders", "--lang", "fr", "--format", "html")
    assert "Order mixed-0: Marie" in shop.jalon_json("report", "orders", *CAMPAIGN, "--lang", "fr")["rows"][2]["evidence"]
    january = ["--from", "2026-01-02", "--to", "2026-01-31"]
    assert "02/01/2026 au 31/01/2026" in report(shop, "creators", *january, "--lang", "fr")
    assert "2026-01-02 to 2026-01-31" in report(shop, "creators", *january)
    for form in ("csv", "json"):
        assert report(shop, "creators", "--format", form, "--lang", "fr") == report(shop, "creators", "--format", form)


@pytest.mark.parametrize("arguments, words", [
    (["report", "creators", *CAMPAIGN, "--lang", "de"], "write en or fr"),
    (["report", "creators", *CAMPAIGN, "--format", "pdf"], "choose table, csv, json or html"),
    (["campaign", "list", "--format", "html"], "choose table, csv or json"),
])
def test_wrong_usage(shop, arguments, words):
    answer = shop.jalon(*arguments, check=False)
    assert answer.returncode == 2 and words in answer.stderr


LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'


def literals(pattern, files):
    """The texts that calls in the sources give, pieces joined."""
    for path in files:
        for found in re.finditer(pattern + LITERALS, path.read_text()):
            yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found[1]))


def test_no_text_lacks_its_french():
    french = (ROOT / "admin/french.c").read_text()
    known = {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', found[1])) for found in re.finditer(r"\{" + LITERALS + ",", french)}
    reports = list(ROOT.glob("core/report/*.c"))
    sentences = set(literals(r"(?:totals_note|note_micro)\([^,]+,\s*", reports))
    sentences |= set(literals(r"\.nameless\s*=\s*", reports))
    words = set(literals(r"(?:put_text|append_label)\(html,\s*", ROOT.glob("admin/report_html*.c")))
    words |= set(literals(r"language_text\([^,]+,\s*", ROOT.glob("admin/report_*.c")))
    words |= set(literals(r"(?:pieces_term|write_(?:name|value|money|mark))\(\w+,\s*", reports))
    words |= set(literals(r"(?:note_term\(|\.(?:rate|trials|rows)\s*=(?:[^,;\"]*\?)?)\s*", reports))
    assert len(sentences) >= 15 and len(words) >= 9
    assert sentences | words <= known
