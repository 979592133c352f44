from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clocks import ManualClock
from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import OutputContractError, PredictionError
from headway.monitoring.metrics import CacheSeries
from headway.monitoring.slots import Board
from headway.serving.cache.cached import CachedPredict, LocalAnswers
from headway.serving.cache.keys import RowKeys
from headway.serving.cache.memory import MemoryTier

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

METHODS = (Method.PREDICT, Method.PREDICT_PROBA)
KEYS = RowKeys("digest", Output(Task.REGRESSION, METHODS))
BAD, NAN, WRONG = -1, -2, -3


class Model:
    """Doubles, once it may; says what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.may_go = asyncio.Event()
        self.may_go.set()
        self.error: Exception = PredictionError("bad")

    async def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        values = [row[0] for row in batch.rows()]
        self.calls.append(values)
        await self.may_go.wait()
        if BAD in values:
            raise self.error
        doubled = np.array([float("nan") if v == NAN else 2.0 * v for v in values])
        return Prediction(doubled, None if method is Method.PREDICT else np.array([values]).T * 0.5)


def check(prediction: Prediction) -> None:
    if 2.0 * WRONG in prediction.values:
        raise OutputContractError("wrong")


class Desk:
    """A cache around a model."""

    def __init__(self, max_rows: int = 64, keys: RowKeys = KEYS, max_bytes: int = 10**6) -> None:
        self.model = Model()
        self.series = CacheSeries(Board.private().slot(0), {}, "local")
        self.tier = MemoryTier(max_bytes, 10.0, ManualClock())
        local = LocalAnswers(self.tier, self.series)
        self.cached = CachedPredict(self.model.predict, check, keys, local, None, max_rows)

    async def ask(self, *values: int, method: Method = Method.PREDICT) -> list[Any]:
        batch = FeatureBatch.from_rows(("x",), [(value,) for value in values])
        prediction = await self.cached(batch, method)
        answers: list[Any] = prediction.values.tolist()
        return answers

    def begin(self, *values: int) -> asyncio.Task[list[Any]]:
        return asyncio.create_task(self.ask(*values))

    @property
    def counted(self) -> tuple[float, float, float]:
        return self.series.hits.value, self.series.misses.value, self.series.coalesced.value


def run(steps: Callable[[Desk], Awaitable[None]], **fields: Any) -> None:
    async def live() -> None:
        desk = Desk(**fields)
        await steps(desk)
        assert not desk.cached._flights

    asyncio.run(live())


async def turns(n_turns: int = 5) -> None:
    for _ in range(n_turns):
        await asyncio.sleep(0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=8), st.integers(0, 5))
def test_each_row_is_answered_in_its_place_and_asked_once(
    requests: Sequence[Sequence[int]], n_together: int
) -> None:
    async def steps(desk: Desk) -> None:
        at_once = [desk.begin(*values) for values in requests[:n_together]]
        answers = [*await asyncio.gather(*at_once)]
        answers += [await desk.ask(*values) for values in requests[n_together:]]
        assert answers == [[2.0 * value for value in values] for values in requests]
        asked = Counter(value for call in desk.model.calls for value in call)
        assert set(asked.values()) <= {1}

    run(steps)


def test_misses_of_a_request_are_asked_in_one_call_each_once() -> None:
    async def steps(desk: Desk) -> None:
        await desk.ask(3)
        assert await desk.ask(1, 3, 2, 1) == [2.0, 6.0, 4.0, 2.0]
        assert desk.model.calls == [[3], [1, 2]]
        assert desk.counted == (1, 4, 0)

    run(steps)


def test_a_method_does_not_answer_for_another() -> None:
    async def steps(desk: Desk) -> None:
        for method in METHODS:
            batch = FeatureBatch.from_rows(("x",), [(1,), (2,)])
            for _ in range(2):
                prediction = await desk.cached(batch, method)
                assert (prediction.probabilities is None) == (method is Method.PREDICT)
        assert len(desk.model.calls) == 2

    run(steps)


def test_large_requests_and_rows_without_a_key_pass_by() -> None:
    async def steps(desk: Desk) -> None:
        for values in ((1, 2, 3), (2**70,)):
            for _ in range(2):
                assert await desk.ask(*values) == [2.0 * value for value in values]
        assert len(desk.model.calls) == 4
        assert desk.counted == (0, 0, 0)

    run(steps, max_rows=2)


def test_identical_rows_at_once_share_one_call() -> None:
    async def steps(desk: Desk) -> None:
        desk.model.may_go.clear()
        tasks = [desk.begin(1), desk.begin(1), desk.begin(1, 2), desk.begin(2, 1)]
        await turns()
        desk.model.may_go.set()
        assert await asyncio.gather(*tasks) == [[2.0], [2.0], [2.0, 4.0], [4.0, 2.0]]
        assert desk.model.calls == [[1], [2]]
        assert desk.series.coalesced.value == 4

    run(steps)


@pytest.mark.parametrize("error", [PredictionError("bad"), OverflowError(), KeyError()])
def test_a_failure_is_nobody_elses_and_is_not_kept(error: Exception) -> None:
    async def steps(desk: Desk) -> None:
        desk.model.error = error
        desk.model.may_go.clear()
        failing, waiting = desk.begin(BAD, 1), desk.begin(1)
        await turns()
        desk.model.may_go.set()
        with pytest.raises(type(error)):
            await failing
        assert await waiting == [2.0]
        with pytest.raises(type(error)):
            await desk.ask(BAD)
        assert await desk.ask(1) == [2.0]
        assert desk.model.calls == [[BAD, 1], [1], [BAD], [1]]

    run(steps)


def test_who_waits_for_one_that_leaves_goes_on_together() -> None:
    async def steps(desk: Desk) -> None:
        desk.model.may_go.clear()
        first, *others = [desk.begin(1) for _ in range(4)]
        await turns()
        first.cancel()
        others[0].cancel()
        await turns()
        desk.model.may_go.set()
        assert await asyncio.gather(*others[1:]) == [[2.0], [2.0]]
        assert desk.model.calls == [[1], [1]]
        assert first.cancelled()
        assert others[0].cancelled()

    run(steps)


def test_one_that_waits_and_leaves_takes_nothing_from_the_others() -> None:
    async def steps(desk: Desk) -> None:
        desk.model.may_go.clear()
        first, second, third = [desk.begin(1) for _ in range(3)]
        await turns()
        second.cancel()
        await turns()
        desk.model.may_go.set()
        assert await asyncio.gather(first, third) == [[2.0], [2.0]]
        assert desk.model.calls == [[1]]

    run(steps)


def test_an_answer_that_cannot_be_kept_is_given_and_asked_for_again() -> None:
    async def steps(desk: Desk) -> None:
        desk.model.may_go.clear()
        tasks = [desk.begin(NAN), desk.begin(NAN), desk.begin(1, NAN)]
        await turns()
        desk.model.may_go.set()
        answers = await asyncio.gather(*tasks)
        assert [str(answer) for answer in answers] == ["[nan]", "[nan]", "[2.0, nan]"]
        assert str(await desk.ask(NAN)) == "[nan]"
        assert len(desk.tier) == 1

    run(steps)


def test_an_answer_that_breaks_the_output_contract_is_not_kept() -> None:
    async def steps(desk: Desk) -> None:
        for _ in range(2):
            with pytest.raises(OutputContractError):
                await desk.ask(1, WRONG)
        assert desk.model.calls == [[1, WRONG]] * 2
        assert not len(desk.tier)

    run(steps)


def test_with_room_for_nothing_every_row_is_answered() -> None:
    async def steps(desk: Desk) -> None:
        for _ in range(2):
            assert await desk.ask(1, 2, 1) == [2.0, 4.0, 2.0]
        assert desk.model.calls == [[1, 2]] * 2

    run(steps, max_bytes=0)


def test_versions_share_a_store_and_no_answer() -> None:
    async def steps(old: Desk) -> None:
        new = Desk(keys=RowKeys("another", Output(Task.REGRESSION, METHODS)))
        new.cached._tier = old.tier
        await old.ask(1)
        await new.ask(1)
        await old.ask(1)
        assert (old.model.calls, new.model.calls) == ([[1]], [[1]])
        assert len(old.tier) == 2

    run(steps)
