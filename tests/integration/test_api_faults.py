"""The API when the store is away, clients leave, or jalond stops."""
import json
import signal
import socket

from api import order, refused
from conftest import LIMIT_S, wait_for


def test_without_a_store_the_api_says_when_to_come_again(make_installation, redis_server):
    installation = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    installation.add_campaign()
    installation.add_token()
    installation.start()
    assert installation.api("POST", "/v1/conversions", order(1)).status == 201
    redis_server.kill()
    for method, path, body in (("POST", "/v1/conversions", order(2)), ("GET", "/v1/links/x", None),
                               ("GET", "/v1/reports/creators?campaign=spring-trail", None)):
        answer = installation.api(method, path, body)
        refused(answer, 503)
        assert int(answer.headers["Retry-After"]) > 0
    redis_server.start()
    wait_for(lambda: installation.api("POST", "/v1/conversions", order(2)).status in (200, 201),
             "the store to be used again")
    assert installation.api("POST", "/v1/conversions", order(1)).status == 200


def test_a_client_that_goes_away_harms_nobody(running):
    host, port = running.addresses["api"]
    body = json.dumps(order("gone")).encode()
    head = (b"POST /v1/conversions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer " + running.token.encode() +
            b"\r\nContent-Length: %d\r\n\r\n" % len(body))
    for _ in range(100):
        connection = socket.create_connection((host, port), timeout=LIMIT_S)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(head + body)
        connection.close()  # by a reset
    wait_for(lambda: running.api("POST", "/v1/conversions", order("gone")).status == 200, "the order")
    wait_for(lambda: running.metric("jalond_connections_open") <= 1, "the connections to be gone")


def test_a_drain_answers_what_was_asked(make_installation):
    installation = make_installation()
    installation.add_campaign()
    installation.add_token()
    installation.start()
    statuses = []
    sockets = [socket.create_connection(installation.addresses["api"], timeout=LIMIT_S) for _ in range(8)]
    body = json.dumps(order("drained")).encode()
    for connection in sockets:
        connection.sendall(b"POST /v1/conversions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                           b"Authorization: Bearer " + installation.token.encode() +
                           b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    installation.process.send_signal(signal.SIGTERM)
    for connection in sockets:
        statuses.append(int(connection.recv(65536).split()[1]))
        connection.close()
    assert sorted(statuses) == [200] * 7 + [201]
    installation.stop()
