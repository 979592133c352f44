"""Models that fail, stall or are asked for too much: the server says so and goes on."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import socket
import time
from typing import TYPE_CHECKING

import pytest

from crafted import ROW, crafted_plan
from headway.security.keys import ApiKey, hash_key
from headway.serving.plan import Limits
from running import Running, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIVE = {"model": "credit", "version": "3"}
# seconds of computing, on a fast core too
LONG = 1_000_000
TIMEOUT_MS = 400


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A worker whose model is measured as slow, so that it answers outside of the event loop."""
    folder = tmp_path_factory.mktemp("server")
    plan = crafted_plan(folder, limits=Limits(timeout_ms=TIMEOUT_MS), spin=500)
    with running(folder, plan) as server:
        yield server


@pytest.fixture(autouse=True)
def it_lives_on(server: Running) -> Iterator[None]:
    yield
    wait_until(lambda: server.metric("headway_queue_depth") == 0)
    assert server.predict(ROW).status == 200


@pytest.mark.parametrize(
    ("fault", "path", "code"),
    [
        (1, "/predict", "prediction.failed"),
        (2, "/predict?method=predict_proba", "prediction.output_contract"),
    ],
)
def test_a_model_that_fails_is_a_500_that_tells_nothing_of_the_server(
    server: Running, fault: int, path: str, code: str
) -> None:
    before = server.metric("headway_errors_total", **LIVE, code=code)
    answer = server.predict(ROW | {"fault": fault}, path)
    assert (answer.status, answer.json()["code"]) == (500, code)
    text = answer.body.decode()
    for inside in ("Traceback", "onnx", "/", "\\n"):
        assert inside not in text.replace("/predict", "").replace("application/", "")
    assert server.metric("headway_errors_total", **LIVE, code=code) == before + 1
    line = wait_until(
        lambda: [
            line for line in server.lines() if line.get("request_id") == answer.json()["request_id"]
        ]
    )[0]
    assert (line["level"], line["error"]) == ("error", code)
    assert "Traceback" in line["traceback"]


def test_one_bad_row_fails_its_own_request_and_no_other(server: Running) -> None:
    rows = [ROW | {"fault": int(i % 7 == 3)} for i in range(40)]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        statuses = [answer.status for answer in pool.map(server.predict, rows)]
    assert statuses == [500 if row["fault"] else 200 for row in rows]


def test_a_slow_model_is_given_up_at_the_deadline_and_the_probes_never_wait(
    server: Running,
) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        started_s = time.monotonic()
        slow = pool.submit(server.predict, ROW | {"spin": LONG})
        probes_s = []
        while not slow.done():
            probe_s = time.monotonic()
            assert server.ask("GET", "/healthz").status == 200
            probes_s.append(time.monotonic() - probe_s)
        answer = slow.result()
        assert (answer.status, answer.json()["code"]) == (504, "server.deadline")
        assert TIMEOUT_MS / 1000 <= time.monotonic() - started_s < TIMEOUT_MS / 1000 + 2
    assert len(probes_s) > 5
    assert sorted(probes_s)[len(probes_s) // 2] < 0.1


def test_too_many_waiting_requests_are_refused_with_a_time_to_come_back(server: Running) -> None:
    rows = [ROW | {"spin": LONG}] * 90
    with concurrent.futures.ThreadPoolExecutor(90) as pool:
        answers = list(pool.map(server.predict, rows))
    refused = [answer for answer in answers if answer.status == 503]
    assert {answer.status for answer in answers} == {503, 504}
    for answer in refused:
        assert answer.json()["code"] == "server.overloaded"
        assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_what_a_client_has_left_behind_is_not_computed(server: Running) -> None:
    labels = {**LIVE, "status": "499"}
    before = server.metric("headway_requests_total", **labels)
    body = json.dumps(ROW | {"spin": LONG}).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(head + body)
            wait_until(lambda: server.metric("headway_queue_depth") > 0)
    wait_until(lambda: server.metric("headway_requests_total", **labels) == before + 10)
    # ten of them would take far longer
    wait_until(lambda: server.metric("headway_queue_depth") == 0, timeout_s=15)


def test_keys_are_asked_for_everywhere_but_at_the_probes(tmp_path: Path) -> None:
    with running(
        tmp_path,
        crafted_plan(tmp_path, keys=(ApiKey("test", hash_key("secret")),), asks_for_key=True),
    ) as locked:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert locked.ask("GET", path).status == 200
        for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer wrong"}):
            answer = locked.predict(ROW, headers=headers)
            assert (answer.status, answer.json()["code"]) == (401, "auth.unauthenticated")
            assert answer.headers["www-authenticate"] == "Bearer"
        for headers in ({"X-API-Key": "secret"}, {"Authorization": "Bearer secret"}):
            assert locked.predict(ROW, headers=headers).status == 200
        assert locked.metric("headway_errors_total", code="auth.unauthenticated") == 3
        assert "secret" not in locked.log.read_text()


def test_the_api_page_is_made_after_the_start_and_holds_nobody_up(tmp_path: Path) -> None:
    with running(tmp_path, crafted_plan(tmp_path)) as server:
        before = maps(server.pid)
        assert "pydantic_core" not in before
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            page = pool.submit(server.ask, "GET", "/openapi.json")
            slowest_s = 0.0
            while not page.done():
                started_s = time.monotonic()
                assert server.predict(ROW).status == 200
                slowest_s = max(slowest_s, time.monotonic() - started_s)
            assert page.result().json()["paths"]["/models/credit/predict"]
        assert "pydantic_core" in maps(server.pid)
        assert slowest_s < 0.5
        with contextlib.closing(server.connect()) as connection:
            connection.request("HEAD", "/docs")
            reply = connection.getresponse()
            assert (reply.status, reply.read()) == (200, b"")
            connection.request("GET", "/docs/swagger-ui.css")
            assert connection.getresponse().status == 200


def maps(pid: int) -> str:
    """Return the names of the files that a process has mapped, compiled modules among them."""
    with open(f"/proc/{pid}/maps") as file:  # noqa: PTH123
        return file.read()
