from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import PredictionError
from headway.serving.sharing import as_error, ask_together, split

BAD = -1
LISTS = st.lists(st.lists(st.integers(BAD, 1000), min_size=1, max_size=5), min_size=1, max_size=20)


def batch(values: list[int]) -> FeatureBatch:
    return FeatureBatch.from_rows(("x",), [(value,) for value in values])


class Doubling:
    """Doubles; raises what it is told to where a row is bad."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error or PredictionError("bad")
        self.n_calls = 0

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        self.n_calls += 1
        values = np.array([row[0] for row in batch.rows()])
        if (values == BAD).any():
            raise self.error
        return Prediction(values * 2, np.stack([values, values], axis=1), values + 0.5)


@given(LISTS)
def test_each_request_gets_what_it_gets_alone(lists: list[list[int]]) -> None:
    model = Doubling()
    outcomes = ask_together(model.predict, Method.PREDICT, [batch(values) for values in lists])
    assert len(outcomes) == len(lists)
    for values, outcome in zip(lists, outcomes, strict=True):
        if BAD in values:
            assert isinstance(outcome, PredictionError)
            continue
        alone = model.predict(batch(values), Method.PREDICT)
        assert isinstance(outcome, Prediction)
        assert outcome.values.tolist() == alone.values.tolist()
        assert outcome.probabilities is not None
        assert alone.probabilities is not None
        assert outcome.probabilities.tolist() == alone.probabilities.tolist()
        assert outcome.scores is not None
        assert alone.scores is not None
        assert outcome.scores.tolist() == alone.scores.tolist()


def test_one_bad_request_costs_a_dozen_calls() -> None:
    model = Doubling()
    batches = [batch([BAD if i == 41 else i]) for i in range(64)]
    outcomes = ask_together(model.predict, Method.PREDICT, batches)
    assert [i for i, o in enumerate(outcomes) if isinstance(o, Exception)] == [41]
    assert model.n_calls == 13


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_what_would_end_a_process_is_an_error_of_the_request(error: BaseException) -> None:
    model = Doubling(error)
    first, second = ask_together(model.predict, Method.PREDICT, [batch([BAD]), batch([1])])
    assert isinstance(first, PredictionError)
    assert type(error).__name__ in first.message
    assert isinstance(second, Prediction)


@pytest.mark.parametrize("n_answers", [0, 2, 4])
def test_another_number_of_answers_is_not_shared_out(n_answers: int) -> None:
    with pytest.raises(ValueError, match="another number"):
        split(Prediction(np.zeros(n_answers)), [1, 2])
    with pytest.raises(ValueError, match="another number"):
        split(Prediction(np.zeros(3), np.zeros((n_answers, 2))), [1, 2])


def test_what_no_future_takes_is_told_as_an_error() -> None:
    raised = as_error(StopIteration())
    assert isinstance(raised, PredictionError)
    assert "StopIteration" in raised.message
