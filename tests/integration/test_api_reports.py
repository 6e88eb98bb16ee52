"""Reports over the API: the bytes that `jalon report --format json` prints, and what is refused."""
import pytest

from api import JSON, PROBLEM, refused
from conftest import Installation

REPORTS = ["creators", "campaigns", "links", "codes", "orders", "payouts", "timeline", "residual", "compare", "sources", "geo", "devices", "quality"]


@pytest.fixture(scope="module")
def shop():
    """A campaign with a click, a code and a sale; jalond is up."""
    made = Installation()
    made.add_campaign()
    path = made.add_link()
    code = made.jalon("code", "add", "--campaign", "spring-trail", "--creator", "tom").stdout.strip()
    made.start()
    made.add_token()
    assert made.click(path).status == 302
    made.wait_shipped(1)
    made.jalon("conversion", "add", "1", "--campaign", "spring-trail", "--type", "sale", "--amount", "49.90",
               "--code", code)
    yield made
    made.remove()


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_what_the_command_prints(shop, name):
    answer = shop.api("GET", f"/v1/reports/{name}?campaign=spring-trail&from=2020-01-01&to=2030-01-01")
    assert answer.status == 200 and answer.headers["Content-Type"] == JSON
    printed = shop.jalon("report", name, "--campaign", "spring-trail", "--from", "2020-01-01", "--to",
                         "2030-01-01", "--format", "json").stdout
    assert answer.body.decode() == printed and printed.count("\n") == 1 and printed[-1] == "\n"
    assert answer.json()["report"] == name and answer.json()["campaign"] == "spring-trail"


def test_a_report_of_one_creator(shop):
    answer = shop.api("GET", "/v1/reports/creators?campaign=spring-trail&creator=tom")
    assert [row["creator"] for row in answer.json()["rows"]] == ["tom"]


@pytest.mark.parametrize("path,status", [
    ("/v1/reports/nonsense?campaign=spring-trail", 404), ("/v1/reports/creators?campaign=nowhere", 404),
    ("/v1/reports/creators?campaign=spring-trail&from=soon", 422),
    ("/v1/reports/creators?campaign=spring-trail&from=2026-02-30", 422),
    ("/v1/reports/creators?campaign=spring-trail&from=2026-02-02&to=2026-02-01", 422),
    ("/v1/reports/creators?campaign=spring-trail&sort=nonsense", 422),
    ("/v1/reports/creators", 422)])
def test_a_bad_report_is_refused(shop, path, status):
    answer = shop.api("GET", path)
    assert answer.status == status and answer.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize("name", [name for name in REPORTS if name not in ("campaigns", "compare")])
def test_a_report_is_about_campaigns_whatever_the_token(shop, name):
    for limit in ([], ["--brand", "alpina"], ["--campaign", "spring-trail"]):
        token = shop.jalon("token", "add", "--scopes", "report", *limit).stdout.strip()
        refused(shop.api("GET", "/v1/reports/" + name, token=token), 422, "/campaign")
