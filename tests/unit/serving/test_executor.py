from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from crafted import ROW
from headway.contract.request import BodyFormat
from headway.core.dtypes import Method
from headway.errors import DeadlineExceededError, InvalidInputError, OverloadedError
from headway.serving.executor import MAX_INLINE_BYTES, ClientDisconnectedError, Cost, Executor
from headway.serving.plan import Limits
from unit.contract.arrow.tables import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.serving.app import ServingApp
    from headway.serving.release import LoadedRelease

BODY = json.dumps(ROW).encode()
CHEAP = Cost(base_s=1e-6, byte_s=1e-9)
DEAR = Cost(base_s=1.0, byte_s=1e-9)


class Gate:
    """A runtime that answers when it is let, and knows in which thread it was asked."""

    flavor = "onnx"

    def __init__(self, release: LoadedRelease, form: str = "lowered") -> None:
        self.form = form
        self.open = threading.Event()
        self.entered = threading.Event()
        self.threads: list[str] = []
        self._predict = release.runtime.predict

    def predict(self, batch: Any, method: Method) -> Any:
        self.threads.append(threading.current_thread().name)
        self.entered.set()
        self.open.wait(10)
        return self._predict(batch, method)


@pytest.fixture
def release(app: ServingApp) -> LoadedRelease:
    return app.releases.service.release("credit")


async def stays() -> None:
    await asyncio.get_running_loop().create_future()


async def leaves() -> None:
    await asyncio.sleep(0.05)


def ask(executor: Executor, leaving: Callable[[], Any] = stays) -> Any:
    return executor.answer(BODY, Method.PREDICT, "r", leaving)


def executor_of(release: LoadedRelease, cost: Cost | None, **fields: Any) -> tuple[Executor, Gate]:
    gate = Gate(release, form=fields.pop("form", "lowered"))
    timeout_ms = fields.pop("timeout_ms", 0)
    changed = dataclasses.replace(
        release, runtime=gate, form=gate.form, limits=Limits(timeout_ms=timeout_ms)
    )
    return Executor(changed, cost, **fields), gate


@pytest.mark.parametrize(
    ("cost", "form", "is_inline"),
    [
        (CHEAP, "lowered", True),
        (DEAR, "lowered", False),
        (None, "lowered", False),
        (CHEAP, "native", False),
    ],
)
def test_only_a_cheap_lowered_model_runs_on_the_event_loop(
    release: LoadedRelease, cost: Cost | None, form: str, is_inline: bool
) -> None:
    executor, gate = executor_of(release, cost, form=form)
    gate.open.set()
    answer = asyncio.run(ask(executor))
    assert json.loads(answer.payload)["request_id"] == "r"
    assert (gate.threads == [threading.current_thread().name]) is is_inline
    executor.close()


def test_a_large_body_leaves_the_event_loop(release: LoadedRelease) -> None:
    executor, gate = executor_of(release, Cost(base_s=1e-4, byte_s=1e-6))
    gate.open.set()
    body = json.dumps({"rows": [ROW] * 100}).encode()
    assert len(BODY) < executor.inline_max_bytes < len(body)
    answer = asyncio.run(executor.answer(body, Method.PREDICT, "r", stays))
    assert answer.n_rows == 100
    assert gate.threads != [threading.current_thread().name]
    executor.close()


def test_the_event_loop_goes_on_while_a_model_is_slow(release: LoadedRelease) -> None:
    executor, gate = executor_of(release, DEAR)

    async def both() -> int:
        asking = asyncio.create_task(ask(executor))
        turns = 0
        await asyncio.to_thread(gate.entered.wait)
        while turns < 100:
            await asyncio.sleep(0)
            turns += 1
        assert executor.waiting == 1
        gate.open.set()
        await asking
        return turns

    assert asyncio.run(both()) == 100
    assert executor.waiting == 0
    executor.close()


def test_a_deadline_ends_the_waiting_and_the_next_request_is_answered(
    release: LoadedRelease,
) -> None:
    executor, gate = executor_of(release, DEAR, timeout_ms=50)

    async def over_time() -> None:
        with pytest.raises(DeadlineExceededError, match="within 50 ms") as caught:
            await ask(executor)
        assert caught.value.hint
        assert executor.waiting == 1  # the model is still at it
        gate.open.set()
        await ask(executor)
        assert executor.waiting == 0

    asyncio.run(over_time())
    executor.close()


def test_what_waited_past_its_deadline_is_never_started(release: LoadedRelease) -> None:
    executor, gate = executor_of(release, DEAR, timeout_ms=50)

    async def over_time() -> None:
        results = await asyncio.gather(*(ask(executor) for _ in range(5)), return_exceptions=True)
        assert all(isinstance(result, DeadlineExceededError) for result in results)
        gate.open.set()
        await ask(executor)

    asyncio.run(over_time())
    assert len(gate.threads) == 2
    executor.close()


def test_more_than_may_wait_are_refused_and_told_when_to_come_back(
    release: LoadedRelease,
) -> None:
    executor, gate = executor_of(release, DEAR, max_waiting=3)

    async def crowd() -> list[Any]:
        waiting = [asyncio.create_task(ask(executor)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError) as caught:
            await ask(executor)
        assert 1 <= caught.value.retry_after_s <= 60
        gate.open.set()
        return await asyncio.gather(*waiting)

    assert len(asyncio.run(crowd())) == 3
    executor.close()


def test_a_client_that_leaves_frees_its_place(release: LoadedRelease) -> None:
    executor, gate = executor_of(release, DEAR)

    async def over_time() -> None:
        running = asyncio.create_task(ask(executor))
        await asyncio.to_thread(gate.entered.wait)
        with pytest.raises(ClientDisconnectedError):
            await ask(executor, leaves)
        gate.open.set()
        await running

    asyncio.run(over_time())
    assert len(gate.threads) == 1
    executor.close()


def test_an_error_of_the_model_comes_out_as_it_is(release: LoadedRelease) -> None:
    body = json.dumps(ROW | {"age": 1}).encode()
    for cost in (CHEAP, DEAR):
        executor, _ = executor_of(release, cost)
        with pytest.raises(InvalidInputError):
            asyncio.run(executor.answer(body, Method.PREDICT, "r", stays))
        executor.close()


@pytest.mark.parametrize(
    ("cost", "limit_s", "expected"),
    [
        (Cost(1e-4, 1e-7), 2e-4, 1_000),
        (Cost(3e-4, 1e-7), 2e-4, -1),
        (Cost(0.0, 0.0), 2e-4, -1),
        (Cost(0.0, 1e-12), 2e-4, MAX_INLINE_BYTES),
    ],
)
def test_the_largest_inline_body_follows_from_the_cost(
    cost: Cost, limit_s: float, expected: int
) -> None:
    assert cost.bytes_within(limit_s) == pytest.approx(expected, abs=1)
    if expected > 0:
        assert cost.of(expected) <= limit_s * 1.001


@pytest.mark.parametrize(
    "document",
    [ROW | {"age": 1}, {}, {"rows": [{}] * 100}, {"rows": [ROW] * 20 + [ROW | {"age": 1}]}],
)
def test_why_a_body_is_refused_is_not_found_out_on_the_event_loop(
    release: LoadedRelease, document: Any
) -> None:
    threads: list[str] = []
    read = release.reader.read

    class Watched:
        """The reader, which notes where it reads thoroughly."""

        read_accepted = staticmethod(release.reader.read_accepted)

        def read(self, body: bytes, body_format: Any) -> Any:
            threads.append(threading.current_thread().name)
            return read(body)

    executor = Executor(dataclasses.replace(release, reader=Watched()), CHEAP)
    body = json.dumps(document).encode()
    assert len(body) < executor.inline_max_bytes
    with pytest.raises(InvalidInputError):
        asyncio.run(executor.answer(body, Method.PREDICT, "r", stays))
    assert len(threads) == 1
    assert threads != [threading.current_thread().name]
    executor.close()


def test_a_table_is_never_read_on_the_event_loop(release: LoadedRelease) -> None:
    gate = Gate(release)
    gate.open.set()
    executor = Executor(dataclasses.replace(release, runtime=gate), CHEAP)
    body = stream(pa.Table.from_pylist([ROW]))
    answer = asyncio.run(executor.answer(body, Method.PREDICT, "r", stays, BodyFormat.ARROW_STREAM))
    executor.close()
    assert answer.n_rows == 1
    assert gate.threads[0].startswith("headway-credit")
