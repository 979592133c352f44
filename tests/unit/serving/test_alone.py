from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from headway.core.batch import FeatureBatch
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import PredictionError
from headway.serving.alone import row_difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Answering = Callable[[NDArray[Any]], Prediction]

ROWS = FeatureBatch.from_rows(("x",), [(float(i),) for i in range(8)])


class Model:
    """Answers as a function of the numbers does."""

    form = "native"
    flavor = "sklearn"

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.n_calls = 0

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        self.n_calls += 1
        return self._answering(np.array([row[0] for row in batch.rows()]))


def difference(answering: Answering, rtol: float = 1e-9, rows: FeatureBatch = ROWS) -> str:
    methods = [Method.PREDICT]
    return row_difference(Model(answering), rows, methods, rtol=rtol, clock=SystemClock())


def refuses_many(x: NDArray[Any]) -> Prediction:
    if len(x) > 1:
        raise PredictionError("one at a time")
    return Prediction(x)


@pytest.mark.parametrize(
    ("answering", "word"),
    [
        (lambda x: Prediction(x * 2), ""),
        (lambda x: Prediction(np.full(len(x), np.nan)), ""),
        (lambda x: Prediction(x + len(x) * 1e-12), ""),
        (lambda x: Prediction(x + len(x) * 1e-7), "otherwise"),
        (lambda x: Prediction(x - x.mean()), "otherwise"),
        (lambda x: Prediction(np.where(x > x.mean(), "a", "b")), "otherwise"),
        (lambda x: Prediction(x, np.stack([x, x / x.max(initial=1)], axis=1)), "otherwise"),
        (lambda x: Prediction(x[:1]), "otherwise"),
        (lambda x: Prediction(np.resize(x, (len(x), len(x)))), "otherwise"),
        (lambda x: Prediction(np.array(3.0)), "together (TypeError)"),
        (refuses_many, "together (PredictionError)"),
    ],
)
def test_a_model_that_looks_at_other_rows_is_told_apart(answering: Answering, word: str) -> None:
    found = difference(answering)
    assert word in found
    assert bool(found) is bool(word)


def test_a_net_computes_in_fewer_digits() -> None:
    assert difference(lambda x: Prediction(x + len(x) * 1e-7), rtol=1e-5) == ""


def test_one_row_tells_nothing() -> None:
    assert "no two known rows" in difference(Prediction, rows=ROWS.take([0]))


def test_a_slow_model_is_compared_on_a_few_rows_only() -> None:
    class Hurrying(SystemClock):
        seconds = 0.0

        def monotonic_s(self) -> float:
            self.seconds += 1.0
            return self.seconds

    model = Model(Prediction)
    assert row_difference(model, ROWS, [Method.PREDICT], rtol=0, clock=Hurrying()) == ""
    assert model.n_calls == 3
