from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from asgi_client import JSON_HEADERS, Exchange
from crafted import ROW
from headway.core.clock import SystemClock
from headway.monitoring.metrics import RequestMetrics
from headway.monitoring.records import CountingSink, RecordDrops, RecordRing
from headway.monitoring.request_log import LogDrops, RequestLog
from headway.monitoring.slots import Board
from headway.security.gate import Gate
from headway.security.keys import ApiKey, KeyRing, hash_key
from headway.serving.execution import Cost, Measured
from headway.serving.executor import Executor
from headway.serving.predict import PredictEndpoint, Surroundings, Target
from headway.serving.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.serving.app import ServingApp

VERSION = ("credit", "3")


@dataclasses.dataclass
class Desk:
    """An endpoint, what it counts and what it logs."""

    endpoint: PredictEndpoint
    metrics: RequestMetrics
    log: RequestLog
    path: Path
    target: Target

    def ask(self, document: Any = ROW, **fields: Any) -> Exchange:
        fields.setdefault("chunks", [json.dumps(document).encode()])
        fields.setdefault("headers", JSON_HEADERS)
        exchange = Exchange(method=fields.pop("method", "POST"), path="/predict", **fields)
        request = Request(exchange.scope(), exchange.receive)
        asyncio.run(self.endpoint.answer(request, exchange.send, lambda *_: self.target))
        return exchange

    def counted(self, status: int) -> int:
        return self.metrics.series(*VERSION).requests.get(("champion", "headway", status), 0)

    def lines(self) -> list[dict[str, Any]]:
        self.log.close()
        return [json.loads(line) for line in self.path.read_text().splitlines()]


_COST = Cost(1e-6, 1e-9)
_CHEAP = Measured(_COST, _COST, row_bytes=60, row_s=1e-6, batch_s=1e-6, n_rows=64)


@pytest.fixture
def desk(app: ServingApp, tmp_path: Path) -> Iterator[Desk]:
    yield from make_desk(app, tmp_path, KeyRing((), is_open=True))


@pytest.fixture
def locked_desk(app: ServingApp, tmp_path: Path) -> Iterator[Desk]:
    yield from make_desk(
        app, tmp_path, KeyRing([ApiKey("test", hash_key("secret"))], is_open=False)
    )


def make_desk(app: ServingApp, tmp_path: Path, keys: KeyRing) -> Iterator[Desk]:
    path = tmp_path / "log"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    board = Board.private()
    slot = board.slot(0)
    metrics = RequestMetrics(slot)
    log = RequestLog(fd, "json", SystemClock(), LogDrops(slot))
    records = RecordRing(CountingSink(slot), RecordDrops(slot))
    executor = Executor(app.releases.service.release("credit"), _CHEAP)
    surroundings = Surroundings(Gate(keys), board, metrics, log, records, SystemClock())
    target = Target(executor, metrics.series(*VERSION))
    yield Desk(PredictEndpoint(surroundings), metrics, log, path, target)
    records.close()
    log.close()
    os.close(fd)


def test_an_answer_is_sent_counted_and_logged_under_one_id(desk: Desk) -> None:
    reply = desk.ask(headers=JSON_HEADERS | {"X-Request-ID": "abc"}).reply()
    assert reply.status == 200
    assert reply.headers["x-request-id"] == reply.json()["request_id"] == "abc"
    assert desk.counted(200) == 1
    (line,) = desk.lines()
    assert line["event"] == "predict"
    assert line["request_id"] == "abc"
    assert line["prediction_id"] == reply.json()["prediction_id"]
    assert (line["model"], line["version"], line["status"], line["rows"]) == (*VERSION, 200, 1)
    assert line["duration_ms"] > 0


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"document": ROW | {"age": 1}}, 422, "contract.violated"),
        ({"chunks": [b"{"]}, 400, "input.malformed"),
        ({"headers": {"content-type": "text/csv"}}, 415, "input.media_type"),
        ({"headers": JSON_HEADERS | {"content-length": "99999999"}}, 413, "input.too_large"),
        ({"query": "method=x"}, 400, "prediction.method"),
        ({"document": ROW | {"fault": 1}}, 500, "prediction.failed"),
        (
            {"document": ROW | {"fault": 2}, "query": "method=predict_proba"},
            500,
            "prediction.output_contract",
        ),
    ],
)
def test_a_refusal_is_a_problem_counted_and_logged(
    desk: Desk, fields: dict[str, Any], status: int, code: str
) -> None:
    reply = desk.ask(**fields).reply()
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == code
    assert reply.json()["request_id"] == reply.headers["x-request-id"]
    assert "Traceback" not in reply.body.decode()
    assert desk.counted(status) == 1
    assert desk.metrics.series(*VERSION).errors == {code: 1}
    (line,) = desk.lines()
    assert (line["status"], line["error"]) == (status, code)
    assert ("traceback" in line) == (status == 500)


def test_what_nobody_expected_is_a_500_without_detail_and_a_line_with_it(desk: Desk) -> None:
    def find(*_: object) -> Target:
        raise RuntimeError("the secret")

    exchange = Exchange(method="POST", path="/predict")
    request = Request(exchange.scope(), exchange.receive)
    asyncio.run(desk.endpoint.answer(request, exchange.send, find))
    assert exchange.reply().status == 500
    assert b"secret" not in exchange.reply().body
    (line,) = desk.lines()
    assert "the secret" in line["traceback"]
    assert line["path"] == "/predict"
    assert "model" not in line
    assert desk.metrics.series().requests == {("", "headway", 500): 1}


def test_a_client_that_leaves_gets_no_reply_and_is_counted(desk: Desk) -> None:
    exchange = desk.ask(chunks=[b"{", b"}"], leaves_after=1)
    assert exchange.messages == []
    assert desk.counted(499) == 1
    assert desk.lines()[0]["error"] == "client.left"


def test_a_server_that_ends_says_so_to_those_who_still_wait(desk: Desk) -> None:
    exchange = Exchange(method="POST", path="/predict", headers=JSON_HEADERS, chunks=[b"{", b""])
    exchange._incoming.pop()
    request = Request(exchange.scope(), exchange.receive)

    async def end_in_the_middle() -> None:
        answering = asyncio.create_task(
            desk.endpoint.answer(request, exchange.send, lambda *_: desk.target)
        )
        await asyncio.sleep(0)
        answering.cancel()
        await answering

    asyncio.run(end_in_the_middle())
    assert exchange.reply().status == 503
    assert exchange.reply().json()["code"] == "server.stopping"
    assert "retry-after" not in exchange.reply().headers
    assert desk.counted(503) == 1


def test_only_post_predicts(desk: Desk) -> None:
    reply = desk.ask(method="GET").reply()
    assert reply.status == 405
    assert reply.headers["allow"] == "POST"


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}])
def test_without_the_key_nothing_is_read(locked_desk: Desk, headers: dict[str, str]) -> None:
    exchange = locked_desk.ask(headers=JSON_HEADERS | headers)
    reply = exchange.reply()
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert exchange.n_received == 0


def test_with_the_key_the_model_answers(locked_desk: Desk) -> None:
    headers = JSON_HEADERS | {"Authorization": "Bearer secret"}
    assert locked_desk.ask(headers=headers).reply().status == 200


def test_a_client_that_waits_to_go_on_is_told_to_close(desk: Desk) -> None:
    headers = JSON_HEADERS | {"content-length": "99999999", "expect": "100-continue"}
    assert desk.ask(headers=headers).reply().headers["connection"] == "close"
