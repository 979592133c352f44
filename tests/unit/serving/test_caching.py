"""Requests x answers that are kept: each way into a model finds them, and each rule of the contract still holds."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pytest

from asgi_client import call
from crafted import ROW, crafted_contract, crafted_plan
from headway.contract.model import Constraints
from headway.contract.reader import BodyReader
from headway.contract.request import BodyFormat
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import InvalidInputError
from headway.monitoring.metrics import RequestMetrics
from headway.monitoring.slots import Board
from headway.serving.cache.decision import Caching
from headway.serving.caches import AnswerCaches
from headway.serving.execution import Cost, Measured
from headway.serving.executor import Executor
from headway.serving.plan import CachePolicy
from headway.serving.settings import WorkerSettings
from headway.wiring import build_app
from unit.contract.arrow.tables import stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.contract.row_validator import RowValidator
    from headway.serving.app import ServingApp
    from headway.serving.release import Answer

CHEAP = Measured(Cost(1e-6, 1e-9), Cost(1e-6, 1e-9), 60, row_s=1e-5, batch_s=2e-5, n_rows=64)
DEAR = dataclasses.replace(CHEAP, answering=Cost(1.0, 1e-9))
BODY = json.dumps(ROW).encode()


class Counting:
    """A runtime that counts its calls."""

    flavor, form = "onnx", "lowered"

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.n_rows: list[int] = []

    def predict(self, batch: Any, method: Method) -> Any:
        self.n_rows.append(batch.n_rows)
        return self.inner.predict(batch, method)


class Desk:
    """A release that keeps answers, and its executor."""

    def __init__(self, app: ServingApp, measured: Measured, **fields: Any) -> None:
        known = app.releases.service.release("credit")
        self.runtime = Counting(known.runtime)
        caching = Caching("on", is_on=True, reason="")
        release = dataclasses.replace(known, runtime=self.runtime, caching=caching, **fields)
        metrics = RequestMetrics(Board.private().slot(0))
        self.executor = Executor(release, measured)
        caches = AnswerCaches(metrics, SystemClock())
        self.executor.wrap(*caches.of(release, CachePolicy("on")))

    def ask(self, body: bytes, body_format: BodyFormat = BodyFormat.JSON) -> Answer:
        return asyncio.run(
            self.executor.answer(body, Method.PREDICT, "r", self._stays, body_format)
        )

    def begin(self, body: bytes) -> Any:
        """Return what a request is answered that takes the short way, `None` where it cannot."""
        answers: list[Any] = []
        if not self.executor.begin(body, Method.PREDICT, "r", answers.append):
            assert answers == []
            return None
        (answer,) = answers
        return answer

    @staticmethod
    async def _stays() -> None:
        await asyncio.get_running_loop().create_future()


@pytest.fixture(params=[CHEAP, DEAR], ids=["inline", "thread"])
def desk(app: ServingApp, request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = Desk(app, request.param)
    yield desk
    desk.executor.close()


def told(answer: Answer) -> Any:
    reply = json.loads(answer.payload)
    return reply["prediction"]


def test_every_form_of_a_row_finds_its_answer(desk: Desk) -> None:
    first = desk.ask(BODY)
    values = list(ROW.values())
    table = pa.table({name: [value] for name, value in ROW.items()})
    again = [
        desk.ask(json.dumps({"features": values}).encode()),
        desk.ask(json.dumps({"rows": [ROW, ROW]}).encode()),
        desk.ask(stream(table), BodyFormat.ARROW_STREAM),
    ]
    assert [told(answer) for answer in again] == ["good", ["good", "good"], ["good"]]
    assert told(first) == "good"
    assert desk.runtime.n_rows == [1]


def test_what_is_at_hand_takes_the_short_way(desk: Desk) -> None:
    assert desk.begin(BODY) is None
    first = desk.ask(BODY)
    short = desk.begin(BODY)
    assert told(short) == told(first)
    assert json.loads(short.payload)["prediction_id"] != json.loads(first.payload)["prediction_id"]
    assert desk.runtime.n_rows == [1]


def test_a_slow_model_takes_the_short_way_for_what_is_at_hand(tmp_path: Path) -> None:
    plan = crafted_plan(tmp_path, spin=500, cache=CachePolicy("on"))
    app = build_app(plan, WorkerSettings())
    app.load()
    body = json.dumps(ROW | {"spin": 500}).encode()
    replies: list[bytes] = []
    assert not app.begin(b"/predict", [], body, time.monotonic(), replies.append)
    call(app, "POST", "/predict", ROW | {"spin": 500})
    assert app.begin(b"/predict", [], body, time.monotonic(), replies.append)
    assert b'"prediction":"good"' in replies[0]
    app.close()


def test_large_requests_pass_by(desk: Desk) -> None:
    body = json.dumps({"rows": [ROW] * 65}).encode()
    for _ in range(2):
        assert desk.ask(body).n_rows == 65
    assert desk.runtime.n_rows == [65, 65]


def test_what_the_contract_refuses_is_refused_before(desk: Desk) -> None:
    desk.ask(BODY)
    for _ in range(2):
        with pytest.raises(InvalidInputError):
            desk.ask(json.dumps(ROW | {"age": 17}).encode())


def test_the_users_own_code_judges_each_request(app: ServingApp) -> None:
    judged: list[int] = []

    class Judging:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def read(self, *given: Any) -> Any:
            judged.append(1)
            return self.inner.read(*given)

        def read_accepted(self, body: bytes) -> Any:
            raise AssertionError

    known = app.releases.service.release("credit")
    validator: RowValidator = object()  # type: ignore[assignment]
    desk = Desk(app, CHEAP, validator=validator, reader=Judging(known.reader))
    for _ in range(3):
        assert desk.begin(BODY) is None
        assert told(desk.ask(BODY)) == "good"
    assert (len(judged), desk.runtime.n_rows) == (3, [1])
    desk.executor.close()


@pytest.mark.parametrize("measured", [CHEAP, DEAR])
def test_what_a_policy_lets_through_is_counted_each_time(
    app: ServingApp, measured: Measured
) -> None:
    contract = crafted_contract()
    features = [
        msgspec.structs.replace(feature, constraints=Constraints(le=1000.0), policy="warn")
        if feature.name == "amount"
        else feature
        for feature in contract.features
    ]
    warning = crafted_contract(features=tuple(features))
    desk = Desk(app, measured, contract=warning, reader=BodyReader(warning, max_rows=9))
    body = json.dumps(ROW | {"amount": 5000.0}).encode()
    answers = [desk.ask(body), desk.ask(body), desk.begin(body)]
    assert [dict(answer.noted) for answer in answers] == [{("amount", "le"): 1}] * 3
    assert desk.runtime.n_rows == [1]
    desk.executor.close()
