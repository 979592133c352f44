from __future__ import annotations

import numpy as np
import pytest

from headway.bundle import layout
from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Task
from headway.core.prediction import Prediction
from headway.errors import PredictionError
from headway.optimize.comparison import EXACT, SINGLE
from headway.optimize.nets import NetForm, check_alike
from headway.runtimes.binding import Binding, BoundInput


def binding(*elements):
    return Binding(tuple(BoundInput("x", ("x",), e, (2,)) for e in elements), "y")


@pytest.mark.parametrize(
    ("elements", "tolerance"),
    [(["float64"], EXACT), (["float32"], SINGLE), (["float64", "float32"], SINGLE), (["int64"], SINGLE)],
)  # fmt: skip
def test_the_tolerance_is_that_of_its_floats(elements, tolerance):
    assert NetForm(None, binding(*elements)).tolerance == tolerance


def test_a_file_of_the_users_own_is_not_kept_twice():
    assert set(NetForm(None, binding("int64")).files()) == {layout.BINDING}
    assert NetForm(b"g", binding("int64")).files()[layout.GRAPH] == b"g"


class Answering:
    """A runtime that answers whatever `make` makes of a batch."""

    form, flavor = "lowered", "onnx"

    def __init__(self, make):
        self.make = make

    def predict(self, batch, method):
        numbers = np.column_stack([np.asarray(column, dtype=float) for column in batch.columns()])
        return Prediction(self.make(numbers))


def check(make):
    values = np.arange(24.0).reshape(12, 2)
    contract = infer_contract(values, Output(Task.OTHER)).contract
    rows = FeatureBatch.from_columns(contract.names, list(values.T))
    check_alike(Answering(make), contract, rows)


def test_a_file_that_answers_each_row_for_itself_is_taken():
    check(lambda numbers: numbers.sum(axis=1))


def test_a_file_that_draws_random_numbers_is_refused():
    random = np.random.default_rng(0)
    with pytest.raises(PredictionError, match="otherwise when it is asked again"):
        check(lambda numbers: numbers.sum(axis=1) + random.normal(size=len(numbers)))


def test_a_file_that_looks_at_the_whole_batch_is_refused():
    with pytest.raises(PredictionError, match="alone than in a block"):
        check(lambda numbers: numbers.sum(axis=1) - numbers.mean())
