"""A promo code is rotated, by hand and by the API; the two are one story."""
import subprocess

import api
from cli import refused, rows
from conftest import BUILD


def convert(running, number, code, **fields):
    return running.api("POST", "/v1/conversions", api.order(number, code=code, **fields)).json()


def test_a_leaked_code_is_replaced(running):
    running.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie", "--slug", "MARIE10", "--discount", "10 %",
                  "--max-redemptions", "3")
    convert(running, 1, "MARIE10")
    new = running.jalon("code", "rotate", "marie10", "--keep-days", "7").stdout.strip()
    assert new.startswith("MARIE-") and "\n" not in new
    answer = running.api("POST", f"/v1/codes/{new}/rotations", {"slug": "TRAIL-M"})
    assert answer.status == 201
    assert {name: answer.json()[name] for name in ("code", "replaces", "discount", "max_redemptions", "valid")} == \
        {"code": "TRAIL-M", "replaces": new, "discount": "10 %", "max_redemptions": 3, "valid": True}
    shown = running.api("GET", "/v1/codes/MARIE10").json()
    assert shown["valid"] and shown["replaced_by"] == new and shown["state"] == "active"
    # All three are still good, and have one limit.
    assert [convert(running, number, code)["flags"] for number, code in ((2, new), (3, "TRAIL-M"), (4, "MARIE10"))] == \
        [[], [], ["code-over-limit"]]
    report = running.jalon_json("report", "codes", "--campaign", "spring-trail")
    row, = report["rows"]
    assert (row["code"], row["rotated_from"], row["redemptions"], row["over_limit"], row["max_redemptions"]) == \
        ("TRAIL-M", f"{new}, MARIE10", 4, 1, 3)
    assert row["conversions"] == {"sale": 4} and row["revenue"] == "199.60"
    # The ledger shows what the shop wrote.
    lines = {row["order_id"]: row["evidence"] for row in running.jalon_json("report", "orders", "--campaign", "spring-trail")["rows"]}
    assert "code MARIE10 (checked)" in lines["1"] and f"code {new} (checked)" in lines["2"]
    listed = rows(running.jalon("code", "list", "--format", "csv").stdout)
    assert {row["code"]: row["replaced_by"] for row in listed} == {"MARIE10": new, new: "TRAIL-M", "TRAIL-M": ""}


def test_bad_rotations_are_told(running):
    running.jalon("code", "add", "--campaign", "spring-trail", "--creator", "tom", "--slug", "TOM10")
    refused(running, "code", "rotate", "NOBODYS", code=1, says="there is no such code")
    refused(running, "code", "rotate", "TOM10", "--keep-days", "soon", code=2, says="--keep-days")
    refused(running, "code", "rotate", "TOM10", "--keep-days", "5000", code=2, says="--keep-days")
    refused(running, "code", "rotate", code=2, says="CODE")
    api.refused(running.api("POST", "/v1/codes/TOM10/rotations", {"keep_days": "7"}), 422, "/keep_days")
    api.refused(running.api("POST", "/v1/codes/TOM10/rotations", {"creator": "marie"}), 422, "/creator")
    running.jalon("code", "rotate", "TOM10", "--slug", "TOM20")
    refused(running, "code", "rotate", "TOM10", code=1, says="TOM10 was replaced by TOM20 already")
    assert "TOM20" in api.refused(running.api("POST", "/v1/codes/TOM10/rotations", {}), 409)["detail"]
    running.jalon("code", "set", "TOM20", "--state", "disabled")
    refused(running, "code", "rotate", "TOM20", code=1, says="TOM20 is disabled")


def test_of_those_who_rotate_at_once_one_does(running):
    """The others leave no code behind that nobody was told of."""
    for number in range(10):
        code = f"RUN{number}"
        running.jalon("code", "add", "--campaign", "spring-trail", "--creator", "tom", "--slug", code)
        at_once = [subprocess.Popen([BUILD / "jalon", "code", "rotate", code, "--slug", f"{code}-{who}"],
                                    env=running.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                   for who in "ABCD"]
        said = [process.communicate() for process in at_once]
        assert sorted(process.returncode for process in at_once) == [0, 1, 1, 1], said
        new, = (out.strip() for out, _ in said if out)
        assert all(f"was replaced by {new} already" in err for out, err in said if not out), said
        listed = {row["code"] for row in rows(running.jalon("code", "list", "--format", "csv").stdout)
                  if row["code"].startswith(code)}
        assert listed == {code, new}
