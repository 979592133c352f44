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
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import DeadlineExceededError, InvalidInputError, OverloadedError
from headway.serving.execution import Cost, Measured
from headway.serving.executor import Executor
from headway.serving.patience import ClientDisconnectedError
from headway.serving.plan import Limits
from unit.contract.arrow.tables import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.serving.app import ServingApp
    from headway.serving.release import Answer, LoadedRelease

BODY = json.dumps(ROW).encode()
READING = Cost(base_s=1e-6, byte_s=1e-9)


def measured(answering: Cost, **fields: Any) -> Measured:
    figures = {
        "reading": READING,
        "row_bytes": 60,
        "row_s": 1e-5,
        "batch_s": 2e-5,
        "n_rows": 64,
    } | fields
    return Measured(answering=answering, **figures)


CHEAP = measured(Cost(base_s=1e-6, byte_s=1e-9))
DEAR = measured(Cost(base_s=1.0, byte_s=1e-9))


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


def executor_of(
    release: LoadedRelease, cost: Measured | None, **fields: Any
) -> tuple[Executor, Gate]:
    gate = Gate(release, form=fields.pop("form", "lowered"))
    limits = Limits(**({"timeout_ms": 0} | fields))
    changed = dataclasses.replace(release, runtime=gate, form=gate.form, limits=limits)
    return Executor(changed, cost), gate


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
    release: LoadedRelease, cost: Measured | None, form: str, is_inline: bool
) -> None:
    executor, gate = executor_of(release, cost, form=form)
    gate.open.set()
    answer = asyncio.run(ask(executor))
    assert json.loads(answer.payload)["request_id"] == "r"
    assert (gate.threads == [threading.current_thread().name]) is is_inline
    executor.close()


def test_a_large_body_leaves_the_event_loop(release: LoadedRelease) -> None:
    executor, gate = executor_of(release, measured(Cost(base_s=1e-4, byte_s=1e-6)))
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


class Held(SystemClock):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic_s(self) -> float:
        return self.seconds


def held_executor(release: LoadedRelease, **limits: Any) -> tuple[Executor, Gate, Held]:
    gate, clock = Gate(release), Held()
    changed = dataclasses.replace(release, runtime=gate, limits=Limits(**limits))
    return Executor(changed, DEAR, clock), gate, clock


def test_the_deadline_counts_from_the_arrival(release: LoadedRelease) -> None:
    executor, gate, clock = held_executor(release, timeout_ms=500)
    gate.open.set()

    async def ask_of(received_s: float) -> Answer:
        return await executor.answer(
            BODY, Method.PREDICT, "r", stays, received_s=clock.seconds - received_s
        )

    assert asyncio.run(ask_of(0.4)).n_rows == 1
    with pytest.raises(DeadlineExceededError, match="within 500 ms"):
        asyncio.run(ask_of(0.6))
    assert len(gate.threads) == 1
    executor.close()


@pytest.mark.parametrize("cost", [CHEAP, DEAR])
def test_what_has_waited_too_long_is_not_begun(release: LoadedRelease, cost: Measured) -> None:
    executor, gate = executor_of(release, cost, max_wait_ms=20)
    received_s = SystemClock().monotonic_s() - 0.03
    with pytest.raises(OverloadedError, match="no more than 20 ms") as caught:
        asyncio.run(executor.answer(BODY, Method.PREDICT, "r", stays, received_s=received_s))
    assert caught.value.reason == "wait"
    assert not gate.threads
    executor.close()


def test_no_more_are_answered_at_once_than_may(release: LoadedRelease) -> None:
    executor, gate = executor_of(release, DEAR, max_concurrency=1)

    async def two() -> None:
        first = asyncio.create_task(ask(executor))
        await asyncio.to_thread(gate.entered.wait)
        with pytest.raises(OverloadedError, match="1 requests are being answered"):
            await ask(executor)
        gate.open.set()
        await first
        await ask(executor)

    asyncio.run(two())
    executor.close()


def test_a_model_that_hangs_is_told_at_once_and_in_the_end_given_up(
    release: LoadedRelease,
) -> None:
    executor, gate, clock = held_executor(release, timeout_ms=30_000)

    async def over_time() -> None:
        hanging = asyncio.create_task(ask(executor))
        await asyncio.to_thread(gate.entered.wait)
        assert not executor.is_stuck
        clock.seconds += 61
        with pytest.raises(OverloadedError, match=r"at one call for 61\.0 s") as caught:
            await ask(executor)
        assert caught.value.reason == "stuck"
        assert not executor.is_stuck
        clock.seconds += 300
        assert executor.is_stuck
        gate.open.set()
        await hanging
        assert not executor.is_stuck
        await ask(executor)

    asyncio.run(over_time())
    executor.close()


@pytest.mark.parametrize("cost", [CHEAP, DEAR])
def test_something_can_be_put_around_what_asks_the_model(
    release: LoadedRelease, cost: Measured
) -> None:
    executor, gate = executor_of(release, cost)
    gate.open.set()
    asked: list[Method] = []

    def around(inner: Any) -> Any:
        async def noted(batch: Any, method: Method) -> Any:
            asked.append(method)
            return await inner(batch, method)

        return noted

    executor.wrap(around, lambda *_: None)
    assert asyncio.run(ask(executor)).n_rows == 1
    assert asked == [Method.PREDICT]
    assert len(gate.threads) == 1
    executor.close()


def test_requests_that_queue_are_answered_in_one_call_each_with_its_own_id(
    release: LoadedRelease,
) -> None:
    executor, gate = executor_of(release, DEAR)
    bodies = [json.dumps(ROW | {"age": 20 + i}).encode() for i in range(8)]

    async def crowd() -> list[Answer]:
        first = asyncio.create_task(ask(executor))
        await asyncio.to_thread(gate.entered.wait)
        others = [
            asyncio.create_task(executor.answer(body, Method.PREDICT, f"r{i}", stays))
            for i, body in enumerate(bodies)
        ]
        await asyncio.sleep(0)
        gate.open.set()
        await first
        return await asyncio.gather(*others)

    answers = asyncio.run(crowd())
    assert [json.loads(a.payload)["request_id"] for a in answers] == [f"r{i}" for i in range(8)]
    assert len(gate.threads) == 2
    executor.close()


def test_more_rows_than_a_batch_are_answered_alone(release: LoadedRelease) -> None:
    executor, gate = executor_of(release, DEAR, max_batch_size=4)
    gate.open.set()
    body = json.dumps({"rows": [ROW] * 5}).encode()
    assert asyncio.run(executor.answer(body, Method.PREDICT, "r", stays)).n_rows == 5
    executor.close()


def test_how_it_is_executed_is_said_by_its_release(release: LoadedRelease) -> None:
    for cost, mode in ((CHEAP, "inline"), (DEAR, "batched"), (None, "one by one")):
        executor, _ = executor_of(release, cost)
        assert executor.release.execution.mode == mode
        executor.close()


def test_what_the_thread_has_no_room_for_is_refused_at_its_arrival(release: LoadedRelease) -> None:
    executor, gate = executor_of(release, DEAR, max_waiting=2)
    outcomes: list[Any] = []

    async def over_time() -> None:
        def begin() -> bool:
            return executor.begin(BODY, Method.PREDICT, "r", outcomes.append)

        # where there is room it waits, and so has to come the ordinary way
        assert not begin()
        waiting = [asyncio.create_task(ask(executor)) for _ in range(2)]
        await asyncio.to_thread(gate.entered.wait)
        assert begin()
        gate.open.set()
        await asyncio.gather(*waiting)
        assert not begin()

    asyncio.run(over_time())
    (refusal,) = outcomes
    assert isinstance(refusal, OverloadedError)
    assert refusal.reason == "queue"
    executor.close()


def test_what_may_be_in_a_cache_is_not_refused_for_the_thread(release: LoadedRelease) -> None:
    executor, gate = executor_of(release, DEAR, max_waiting=1)
    executor.wrap(lambda model: model, lambda _batch, _method: None)

    async def over_time() -> None:
        waiting = asyncio.create_task(ask(executor))
        await asyncio.to_thread(gate.entered.wait)
        assert not executor.begin(BODY, Method.PREDICT, "r", pytest.fail)
        gate.open.set()
        await waiting

    asyncio.run(over_time())
    executor.close()


def test_rows_that_code_of_the_user_s_checks_are_not_called_batched(
    release: LoadedRelease,
) -> None:
    checked = dataclasses.replace(release, validator=lambda row: row)
    executor = Executor(checked, CHEAP)
    assert executor.release.execution.mode == "one by one"
    assert executor.inline_max_bytes == -1
    executor.close()
