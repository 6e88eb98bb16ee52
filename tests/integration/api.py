"""What the tests of the API share."""
import urllib.parse

JSON = "application/json"
PROBLEM = "application/problem+json"


def order(number, **fields):
    return {"campaign": "spring-trail", "order_id": str(number), "type": "sale", "amount": "49.90",
            "currency": "EUR", **fields}


def refused(answer, status, *pointers):
    """A problem document of that status that names these fields, and a title and detail for people."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == PROBLEM
    problem = answer.json()
    assert problem["status"] == status and problem["title"] and problem["detail"]
    assert [error["pointer"] for error in problem.get("errors", [])] == list(pointers)
    assert all(error["detail"] for error in problem.get("errors", []))
    return problem


def click_id(running, path):
    """A real click on a link; its click id."""
    location = running.click(path).location
    query = urllib.parse.urlsplit(location).query
    return urllib.parse.parse_qs(query)["jclid"][0]
