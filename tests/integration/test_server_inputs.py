"""Every kind of request that a client may send, to a real worker: each gets its answer, and it lives on."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from crafted import ROW, crafted_plan
from running import Running, running

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = {"model": "credit", "version": "3"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder, crafted_plan(folder)) as server:
        yield server


@pytest.fixture(autouse=True)
def it_lives_on(server: Running) -> Iterator[None]:
    """After whatever a test has sent, the next client is answered."""
    yield
    assert server.predict(ROW).status == 200
    assert server.ask("GET", "/readyz").status == 200


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ROW.items() if key != name}


REFUSED: dict[str, tuple[Any, int, str, str | None]] = {
    "broken JSON": (b'{"age": ', 400, "input.malformed", None),
    "no body": (b"", 400, "input.malformed", None),
    "not UTF-8": (b'{"age": "\xff"}', 400, "input.malformed", None),
    "a list": (b"[1]", 400, "input.malformed", None),
    "nested far too deep": (b"[" * 100_000, 400, "input.malformed", None),
    "a duplicate key": (
        json.dumps(ROW).replace("{", '{"age": 41, ').encode(),
        400,
        "input.malformed",
        None,
    ),
    "wrong type": (ROW | {"age": "41"}, 422, "contract.violated", "type"),
    "a boolean for a number": (ROW | {"amount": True}, 422, "contract.violated", "type"),
    "a fraction for an integer": (ROW | {"age": 41.5}, 422, "contract.violated", "type"),
    "missing": (without("age"), 422, "contract.violated", "missing"),
    "extra": (ROW | {"foo": 1}, 422, "contract.violated", "unknown"),
    "null": (ROW | {"age": None}, 422, "contract.violated", "null"),
    "below the range": (ROW | {"age": 17}, 422, "contract.violated", "ge"),
    "above the range": (ROW | {"age": 121}, 422, "contract.violated", "le"),
    "unknown category": (ROW | {"purpose": "boat"}, 422, "contract.violated", "one_of"),
    "a short positional row": ({"features": [1, 2]}, 422, "contract.violated", "length"),
    "100,000 rows": ({"rows": [list(ROW.values())] * 100_000}, 413, "input.too_large", None),
    "10 MB": (b"[" + b" " * 10_000_000 + b"]", 413, "input.too_large", None),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_body_is_refused_with_its_reason_and_counted(server: Running, name: str) -> None:
    body, status, code, rule = REFUSED[name]
    labels = {**LIVE, "status": str(status)}
    before = server.metric("headway_requests_total", **labels)
    before_code = server.metric("headway_errors_total", **LIVE, code=code)
    answer = server.predict(body)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert rule is None or rule in {v["rule"] for v in answer.json()["violations"]}
    text = answer.body.decode()
    assert "Traceback" not in text
    assert ".py" not in text
    assert server.metric("headway_requests_total", **labels) == before + 1
    assert server.metric("headway_errors_total", **LIVE, code=code) == before_code + 1


def test_no_rows_are_refused(server: Running) -> None:
    for body in ({"rows": []}, {"columns": {name: [] for name in ROW}}):
        assert server.predict(body).status in {400, 422}


def test_every_violation_is_listed_at_once(server: Running) -> None:
    row = {"age": 7, "amount": "much", "purpos": "car", "fault": 0, "spin": None}
    problem = server.predict({"rows": [ROW, row]}).json()
    found = {(v["row"], v["field"], v["rule"]) for v in problem["violations"]}
    assert found == {
        (1, "age", "ge"),
        (1, "amount", "type"),
        (1, "purpose", "missing"),
        (1, "purpos", "unknown"),
        (1, "spin", "null"),
    }
    assert problem["violations_total"] == 5
    hints = {v["field"]: v["hint"] for v in problem["violations"]}
    assert "`purpose`" in hints["purpos"]


@pytest.mark.parametrize(
    "body",
    [
        ROW,
        ROW | {"age": 41.0, "amount": None},
        {"features": ROW},
        {"features": list(ROW.values())},
        {"rows": [ROW, list(ROW.values())]},
        {"columns": {name: [value] * 3 for name, value in ROW.items()}},
    ],
)
@pytest.mark.parametrize(
    "path", ["/predict", "/models/credit/predict", "/models/credit/versions/3/predict"]
)
def test_every_form_is_answered_on_every_path(server: Running, body: Any, path: str) -> None:
    answer = server.predict(body, path)
    assert answer.status == 200
    reply = answer.json()
    assert {reply["model"], reply["version"], reply["variant"]} == {"credit", "3", "champion"}
    assert ("prediction_ids" in reply) == isinstance(reply["prediction"], list)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_each_method_adds_what_it_is_asked_for(server: Running, method: str) -> None:
    reply = server.predict(ROW, f"/predict?method={method}").json()
    assert ("probabilities" in reply) == (method == "predict_proba")
    assert ("scores" in reply) == (method == "decision_function")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/models/crdit/predict", 404),
        ("POST", "/models/credit/versions/9/predict", 404),
        ("POST", "/nothing", 404),
        ("GET", "/predict", 405),
        ("PUT", "/models/credit/predict", 405),
        ("POST", "/healthz", 405),
        ("POST", "/predict?metod=predict", 400),
        ("POST", "/predict?method=transform", 400),
        ("GET", "/models/nothing", 404),
    ],
)
def test_a_wrong_address_is_a_problem(server: Running, method: str, path: str, status: int) -> None:
    answer = server.ask(method, path, ROW)
    assert answer.status == status
    assert answer.json()["instance"] == path.partition("?")[0]
    assert ("allow" in answer.headers) == (status == 405)


def test_names_that_clients_make_up_do_not_become_labels(server: Running) -> None:
    unmatched = {"model": "", "version": "", "status": "404"}
    before = server.metric("headway_requests_total", **unmatched)
    for i in range(20):
        server.predict(ROW, f"/models/made-up-{i}/predict")
    assert server.metric("headway_requests_total", **unmatched) == before + 20
    assert b"made-up" not in server.ask("GET", "/metrics").body


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/csv", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/vnd.apache.arrow", 415),
    ],
)
def test_the_content_type_is_looked_at(server: Running, content_type: str, status: int) -> None:
    answer = server.predict(ROW, headers={"Content-Type": content_type})
    assert answer.status == status
    assert status == 200 or "application/json" in answer.json()["hint"]


def test_a_body_that_does_not_say_what_it_is_is_read_as_json(server: Running) -> None:
    with contextlib.closing(server.connect()) as connection:
        connection.request("POST", "/predict", json.dumps(ROW).encode())
        assert connection.getresponse().status == 200


def test_a_chunked_body_is_read_and_above_the_limit_refused(server: Running) -> None:
    def chunks(n_bytes: int) -> Iterator[bytes]:
        yield b"["
        for _ in range(n_bytes // 100_000):
            yield b" " * 100_000

    with contextlib.closing(server.connect()) as connection:
        body = json.dumps(ROW).encode()
        connection.request("POST", "/predict", iter([body[:7], body[7:]]), encode_chunked=True)
        reply = connection.getresponse()
        assert (reply.status, reply.read()[:1]) == (200, b"{")
        connection.request("POST", "/predict", chunks(10_000_000), encode_chunked=True)
        reply = connection.getresponse()
        assert (reply.status, json.loads(reply.read())["status"]) == (413, 413)


def test_a_refused_body_leaves_the_connection_usable(server: Running) -> None:
    with contextlib.closing(server.connect()) as connection:
        for body, status in ((b"x" * 9_000_000, 413), (json.dumps(ROW).encode(), 200)):
            connection.request("POST", "/predict", body)
            reply = connection.getresponse()
            reply.read()
            assert reply.status == status


def test_a_client_that_asks_first_is_told_no_before_it_sends(server: Running) -> None:
    head = (
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 90000000\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(head)
        reply = b""
        while chunk := client.recv(65_536):
            reply += chunk
    assert reply.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("n_bytes", [0, 10, 40])
def test_a_client_that_leaves_in_the_middle_is_counted(server: Running, n_bytes: int) -> None:
    labels = {**LIVE, "status": "499"}
    before = server.metric("headway_requests_total", **labels)
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(head + b"x" * n_bytes)
    for _ in range(100):
        if server.metric("headway_requests_total", **labels) == before + 1:
            break
    assert server.metric("headway_requests_total", **labels) == before + 1


def test_what_is_no_http_is_refused(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("given", ["my-request.1", "x" * 128])
def test_a_request_id_goes_through_header_body_and_log(server: Running, given: str) -> None:
    answer = server.predict(ROW, headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ["x" * 129, "two words", "né", '"quoted"'])
def test_a_request_id_that_is_not_sane_is_replaced(server: Running, given: str) -> None:
    answer = server.predict(
        ROW, headers={"X-Request-ID": given.encode("latin-1").decode("latin-1")}
    )
    assert answer.headers["x-request-id"] not in {given, ""}


def test_many_requests_at_once_each_get_their_own_answer(server: Running) -> None:
    """Requests that share a call of the model do not share answers."""
    connections = [server.connect() for _ in range(24)]
    rows = [ROW | {"age": 18 + i, "amount": 10.0 * i} for i in range(24)]
    alone = [server.predict(row, "/predict?method=predict_proba").json() for row in rows]
    for _ in range(5):
        for connection, row in zip(connections, rows, strict=True):
            connection.request(
                "POST",
                "/predict?method=predict_proba",
                json.dumps(row).encode(),
                {"Content-Type": "application/json"},
            )
        for connection, expected in zip(connections, alone, strict=True):
            reply = json.loads(connection.getresponse().read())
            assert reply["probabilities"]["values"] == pytest.approx(
                expected["probabilities"]["values"], rel=1e-12
            )
    for connection in connections:
        connection.close()


def test_counts_add_up(server: Running) -> None:
    durations = server.metric("headway_request_duration_seconds_count", **LIVE)
    assert durations == server.metric("headway_requests_total", **LIVE)
    ok = server.metric("headway_requests_total", **LIVE, status="200")
    assert server.metric("headway_batch_rows_count", **LIVE) == ok
    assert server.metric("headway_log_lines_dropped_total") == 0
