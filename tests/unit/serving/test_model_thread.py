from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from headway.core.batch import FeatureBatch
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import OverloadedError, PredictionError
from headway.serving.admission import Admission
from headway.serving.model_thread import ModelThread
from headway.serving.plan import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

POISON = -1


class Gated:
    """A model that doubles, and answers its first call when it is let."""

    def __init__(self, poison: BaseException | None = None) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()
        self.poison = poison or PredictionError("poison")
        self.calls: list[tuple[Method, list[int]]] = []

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        values = [row[0] for row in batch.rows()]
        self.calls.append((method, values))
        self.entered.set()
        self.open.wait(10)
        if POISON in values:
            raise self.poison
        array = np.array(values) * 2.0
        is_proba = method is Method.PREDICT_PROBA
        return Prediction(array, np.stack([array, array], axis=1) if is_proba else None)

    @property
    def sizes(self) -> list[int]:
        return [len(values) for _, values in self.calls]


def batch(*values: int) -> FeatureBatch:
    return FeatureBatch.from_rows(("x",), [(value,) for value in values])


def thread_of(model: Any, *, max_rows: int = 64, delay_s: float = 0, **limits: Any) -> ModelThread:
    clock = SystemClock()
    admission = Admission("m:1", Limits(**({"max_waiting": 1000} | limits)), clock, 1e-4)
    return ModelThread("m:1", model.predict, admission, clock, max_rows=max_rows, delay_s=delay_s)


async def while_busy(
    model: Gated, thread: ModelThread, *asking: Coroutine[Any, Any, Any]
) -> list[Any]:
    """Ask while the model is at a first call, and return what came of it without that one."""
    first = asyncio.create_task(thread.predict(batch(0), Method.PREDICT))
    await asyncio.to_thread(model.entered.wait)
    tasks = [asyncio.create_task(one) for one in asking]
    await asyncio.sleep(0)
    assert thread.waiting == 1 + len(tasks)
    model.open.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await first
    thread.close()
    return outcomes


def run(model: Gated, thread: ModelThread, *asking: Coroutine[Any, Any, Any]) -> list[Any]:
    return asyncio.run(while_busy(model, thread, *asking))


def test_what_queued_while_the_model_was_busy_is_asked_in_one_call() -> None:
    model = Gated()
    thread = thread_of(model)
    asking = [thread.predict(batch(i, i + 1), Method.PREDICT) for i in range(10)]
    outcomes = run(model, thread, *asking)
    assert model.sizes == [1, 20]
    assert [o.values.tolist() for o in outcomes] == [[2.0 * i, 2.0 * i + 2] for i in range(10)]


def test_a_call_has_no_more_rows_than_it_may() -> None:
    model = Gated()
    thread = thread_of(model, max_rows=8)
    run(model, thread, *(thread.predict(batch(*range(3)), Method.PREDICT) for _ in range(10)))
    assert model.sizes == [1, 6, 6, 6, 6, 6]


def test_one_request_with_more_rows_than_a_batch_goes_alone() -> None:
    model = Gated()
    thread = thread_of(model, max_rows=4)
    sizes = (1, 9, 2, 1)
    outcomes = run(
        model, thread, *(thread.predict(batch(*range(n)), Method.PREDICT) for n in sizes)
    )
    assert [len(o.values) for o in outcomes] == list(sizes)
    assert model.sizes == [1, 4, 9]


def test_methods_are_never_mixed_and_each_gets_what_it_asked_for() -> None:
    model = Gated()
    thread = thread_of(model)
    methods = [Method.PREDICT, Method.PREDICT_PROBA] * 3
    outcomes = run(model, thread, *(thread.predict(batch(i), m) for i, m in enumerate(methods)))
    assert model.calls[1:] == [
        (Method.PREDICT, [0, 2, 4]),
        (Method.PREDICT_PROBA, [1, 3, 5]),
    ]
    assert [o.probabilities is None for o in outcomes] == [True, False] * 3


@pytest.mark.parametrize("poison", [PredictionError("x"), ValueError("x"), SystemExit(1)])
def test_a_bad_row_is_the_failure_of_its_own_request_only(poison: BaseException) -> None:
    model = Gated(poison)
    thread = thread_of(model)
    outcomes = run(
        model,
        thread,
        *(thread.predict(batch(i if i != 3 else POISON), Method.PREDICT) for i in range(8)),
    )
    assert [isinstance(o, Exception) for o in outcomes] == [i == 3 for i in range(8)]
    assert [o.values[0] for i, o in enumerate(outcomes) if i != 3] == [0, 2, 4, 8, 10, 12, 14]


@pytest.mark.parametrize("raised", [RuntimeError("x"), SystemExit(1), KeyboardInterrupt()])
def test_the_thread_lives_on_whatever_is_raised(raised: BaseException) -> None:
    model = Gated()
    model.open.set()
    thread = thread_of(model)

    def fails() -> None:
        raise raised

    async def over_time() -> Prediction:
        for _ in range(3):
            with pytest.raises((RuntimeError, PredictionError)):
                await thread.run(fails)
        return await thread.predict(batch(4), Method.PREDICT)

    assert asyncio.run(over_time()).values.tolist() == [8.0]
    thread.close()


def test_whole_work_shares_no_call_and_is_done_in_its_turn() -> None:
    model = Gated()
    thread = thread_of(model)
    done: list[int] = []

    def work() -> str:
        done.append(len(model.calls))
        return "done"

    outcomes = run(
        model,
        thread,
        thread.predict(batch(1), Method.PREDICT),
        thread.run(work),
        thread.predict(batch(2), Method.PREDICT),
    )
    assert outcomes[1] == "done"
    assert done == [2]
    assert model.sizes == [1, 2]


def test_who_has_given_up_is_not_asked_for_and_frees_its_place() -> None:
    model = Gated()
    thread = thread_of(model)

    async def over_time() -> None:
        first = asyncio.create_task(thread.predict(batch(0), Method.PREDICT))
        await asyncio.to_thread(model.entered.wait)
        others = [asyncio.create_task(thread.predict(batch(i), Method.PREDICT)) for i in (1, 2)]
        await asyncio.sleep(0)
        assert thread.waiting == 3
        others[0].cancel()
        await asyncio.wait(others[:1])
        assert thread.waiting == 2
        model.open.set()
        await asyncio.gather(first, others[1])
        assert thread.waiting == 0

    asyncio.run(over_time())
    assert model.calls[1:] == [(Method.PREDICT, [2])]
    thread.close()


def test_an_idle_model_is_asked_at_once_and_waits_only_where_it_is_told_to() -> None:
    model = Gated()
    model.open.set()
    thread = thread_of(model, max_rows=3, delay_s=30)

    async def full_batch() -> None:
        # a full batch waits for nobody, whatever the delay
        await asyncio.gather(*(thread.predict(batch(i), Method.PREDICT) for i in range(3)))

    asyncio.run(full_batch())
    assert model.sizes == [3]
    thread.close()
    prompt = thread_of(model)
    asyncio.run(prompt.predict(batch(1), Method.PREDICT))
    prompt.close()


def test_a_batch_waits_no_longer_than_it_was_told_to() -> None:
    model = Gated()
    model.open.set()
    thread = thread_of(model, delay_s=0.02)

    async def two() -> None:
        await asyncio.gather(*(thread.predict(batch(i), Method.PREDICT) for i in range(2)))

    asyncio.run(two())
    assert model.sizes == [2]
    thread.close()


@pytest.mark.parametrize("how", ["predict", "run"])
def test_a_full_queue_takes_no_more(how: str) -> None:
    model = Gated()
    thread = thread_of(model, max_waiting=2)
    ask: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
        "predict": lambda: thread.predict(batch(1), Method.PREDICT),
        "run": lambda: thread.run(lambda: 1),
    }

    async def over_time() -> None:
        tasks = [asyncio.create_task(thread.predict(batch(0), Method.PREDICT)) for _ in range(2)]
        await asyncio.to_thread(model.entered.wait)
        with pytest.raises(OverloadedError, match="2 requests wait"):
            await ask[how]()
        model.open.set()
        await asyncio.gather(*tasks)

    asyncio.run(over_time())
    thread.close()


def test_what_has_waited_too_long_is_refused_and_not_begun() -> None:
    model = Gated()
    thread = thread_of(model, max_wait_ms=20)

    async def over_time() -> None:
        first = asyncio.create_task(thread.predict(batch(0), Method.PREDICT))
        await asyncio.to_thread(model.entered.wait)
        second = asyncio.create_task(thread.predict(batch(1), Method.PREDICT))
        await asyncio.sleep(0.05)
        model.open.set()
        await first
        with pytest.raises(OverloadedError, match="no more than 20 ms"):
            await second

    asyncio.run(over_time())
    assert model.sizes == [1]
    thread.close()


def test_what_waits_at_the_end_is_dropped_and_the_thread_ends() -> None:
    model = Gated()
    thread = thread_of(model)

    async def over_time() -> None:
        first = asyncio.create_task(thread.predict(batch(0), Method.PREDICT))
        await asyncio.to_thread(model.entered.wait)
        second = asyncio.create_task(thread.predict(batch(1), Method.PREDICT))
        await asyncio.sleep(0)
        assert thread.waiting == 2
        thread.close()
        with pytest.raises(asyncio.CancelledError):
            await second
        model.open.set()
        await first

    asyncio.run(over_time())
    assert thread._thread is not None
    thread._thread.join(10)
    assert not thread._thread.is_alive()


def test_how_long_a_call_runs_is_known_while_it_does() -> None:
    model = Gated()
    thread = thread_of(model)

    async def over_time() -> None:
        assert thread.running_s == 0
        asking = asyncio.create_task(thread.predict(batch(0), Method.PREDICT))
        await asyncio.to_thread(model.entered.wait)
        await asyncio.sleep(0.01)
        assert thread.running_s > 0.005
        model.open.set()
        await asking
        assert thread.running_s == 0

    asyncio.run(over_time())
    thread.close()
