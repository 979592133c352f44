from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import PredictionError
from headway.serving.batcher import TurnBatcher

POISON = -1
MAX_ROWS = 64


class Doubling:
    """A model that doubles, and remembers how many rows it was asked for at a time."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        self.calls.append(batch.n_rows)
        values = np.array([row[0] for row in batch.rows()], dtype=float)
        if (values == POISON).any():
            raise PredictionError("poison")
        shares = np.stack([values, values], axis=1)
        return Prediction(
            values * 2,
            probabilities=shares if method is Method.PREDICT_PROBA else None,
            scores=values if method is Method.DECISION_FUNCTION else None,
        )


def batch(*values: int) -> FeatureBatch:
    return FeatureBatch.from_rows(("x",), [(value,) for value in values])


def ask(
    model: Doubling, *requests: FeatureBatch, method: Method = Method.PREDICT
) -> list[Prediction | BaseException]:
    async def together() -> list[Any]:
        batcher = TurnBatcher(model.predict, MAX_ROWS)
        asking = (batcher.predict(request, method) for request in requests)
        return await asyncio.gather(*asking, return_exceptions=True)

    return asyncio.run(together())


def values(answers: list[Prediction | BaseException]) -> list[list[float]]:
    return [answer.values.tolist() for answer in answers if isinstance(answer, Prediction)]


def test_a_request_that_comes_alone_is_answered_at_once() -> None:
    model = Doubling()

    async def one() -> None:
        batcher = TurnBatcher(model.predict, MAX_ROWS)
        coroutine = batcher.predict(batch(3), Method.PREDICT)
        with pytest.raises(StopIteration) as stopped:
            coroutine.send(None)  # answered without waiting for anything
        assert stopped.value.value.values.tolist() == [6.0]

    asyncio.run(one())


def test_requests_of_one_turn_are_answered_with_few_calls_and_each_gets_its_own() -> None:
    model = Doubling()
    answers = ask(model, *(batch(i) for i in range(20)))
    assert values(answers) == [[2.0 * i] for i in range(20)]
    assert model.calls == [1, 19]


def test_requests_of_several_rows_get_all_of_theirs() -> None:
    model = Doubling()
    answers = ask(model, batch(0), batch(1, 2), batch(3), batch(4, 5, 6))
    assert values(answers) == [[0.0], [2.0, 4.0], [6.0], [8.0, 10.0, 12.0]]


@pytest.mark.parametrize("method", list(Method))
def test_everything_that_was_asked_for_is_shared_out(method: Method) -> None:
    answers = ask(Doubling(), batch(1), batch(2), batch(3, 4), method=method)
    last = answers[-1]
    assert isinstance(last, Prediction)
    if method is Method.PREDICT_PROBA:
        assert last.probabilities is not None
        assert last.probabilities.tolist() == [[3.0, 3.0], [4.0, 4.0]]
    if method is Method.DECISION_FUNCTION:
        assert last.scores is not None
        assert last.scores.tolist() == [3.0, 4.0]


def test_one_request_that_fails_fails_alone() -> None:
    answers = ask(Doubling(), batch(0), batch(1), batch(POISON), batch(2))
    assert values(answers) == [[0.0], [2.0], [4.0]]
    assert isinstance(answers[2], PredictionError)


def test_a_model_that_answers_too_little_together_is_asked_alone() -> None:
    class Forgetful(Doubling):
        def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
            answer = super().predict(batch, method)
            return answer if batch.n_rows == 1 else Prediction(answer.values[:-1])

    assert values(ask(Forgetful(), *(batch(i) for i in range(5)))) == [[2.0 * i] for i in range(5)]


def test_methods_are_not_mixed() -> None:
    model = Doubling()

    async def together() -> list[Prediction]:
        batcher = TurnBatcher(model.predict, MAX_ROWS)
        methods = [Method.PREDICT, Method.PREDICT, Method.PREDICT_PROBA, Method.PREDICT]
        return await asyncio.gather(
            *(batcher.predict(batch(i), method) for i, method in enumerate(methods))
        )

    answers = asyncio.run(together())
    assert [answer.probabilities is None for answer in answers] == [True, True, False, True]
    assert values(list(answers)) == [[0.0], [2.0], [4.0], [6.0]]


def test_a_batch_is_bounded() -> None:
    model = Doubling()
    ask(model, *(batch(i) for i in range(300)))
    assert max(model.calls) <= MAX_ROWS
    assert sum(model.calls) == 300


def test_a_request_whose_task_is_cancelled_disturbs_nobody() -> None:
    model = Doubling()

    async def together() -> list[Any]:
        batcher = TurnBatcher(model.predict, MAX_ROWS)
        tasks = [asyncio.create_task(batcher.predict(batch(i), Method.PREDICT)) for i in range(4)]
        asyncio.get_running_loop().call_soon(tasks[2].cancel)
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = asyncio.run(together())
    assert values(answers) == [[0.0], [2.0], [6.0]]
    assert isinstance(answers[2], asyncio.CancelledError)


def test_when_the_crowd_is_gone_a_request_is_answered_at_once_again() -> None:
    model = Doubling()

    async def over_time() -> bool:
        batcher = TurnBatcher(model.predict, MAX_ROWS)
        await asyncio.gather(*(batcher.predict(batch(i), Method.PREDICT) for i in range(5)))
        for _ in range(100):
            await batcher.predict(batch(1), Method.PREDICT)
            await asyncio.sleep(0)
        try:
            batcher.predict(batch(1), Method.PREDICT).send(None)
        except StopIteration:
            return True
        return False

    assert asyncio.run(over_time())


@pytest.mark.parametrize("method", [Method.PREDICT_PROBA, Method.DECISION_FUNCTION])
def test_answers_that_would_be_shared_out_wrongly_are_asked_for_alone(method: Method) -> None:
    class Forgetful(Doubling):
        def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
            answer = super().predict(batch, method)
            if batch.n_rows == 1:
                return answer
            parts = (answer.probabilities, answer.scores)
            return Prediction(answer.values, *(None if p is None else p[1:] for p in parts))

    model = Forgetful()
    found = ask(model, *(batch(i) for i in range(4)), method=method)
    assert values(found) == [[2.0 * i] for i in range(4)]
    assert model.calls == [1, 3, 1, 2, 1, 1]


def test_where_no_call_is_shared_each_request_has_its_own() -> None:
    model = Doubling()

    async def together() -> list[Prediction]:
        batcher = TurnBatcher(model.predict, 1)
        return await asyncio.gather(
            *(batcher.predict(batch(*range(n)), Method.PREDICT) for n in (1, 2, 1, 3))
        )

    assert values(list(asyncio.run(together()))) == [[0.0], [0.0, 2.0], [0.0], [0.0, 2.0, 4.0]]
    assert model.calls == [1, 2, 1, 3]


def test_whoever_cannot_take_an_answer_keeps_nobody_else_from_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    taken: list[float] = []

    def take(outcome: Prediction | Exception) -> None:
        assert isinstance(outcome, Prediction)
        if outcome.values[0] == 6:
            raise RuntimeError("no")
        taken.append(float(outcome.values[0]))

    async def arrive() -> None:
        batcher = TurnBatcher(Doubling().predict, MAX_ROWS)
        for number in range(1, 6):
            batcher.submit(batch(number), Method.PREDICT, take)
        batcher.end_turn()

    asyncio.run(arrive())
    assert taken == [2, 4, 8, 10]
    assert "could not be answered" in caplog.text
