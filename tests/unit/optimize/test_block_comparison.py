from __future__ import annotations

import numpy as np

from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import InputRefusedError
from headway.optimize.block_comparison import BlockComparison
from headway.optimize.comparison import EXACT
from headway.optimize.pair import Pair
from headway.optimize.probe_rows import REAL, THRESHOLD, Probe

CLASSES = Output(Task.CLASSIFICATION, tuple(Method), ("no", "yes"))


class Steps:
    """Scores a row by its number, and refuses some."""

    flavor = "sklearn"

    def __init__(self, *, off=0.0, refuses=()):
        self.form = "native"
        self.off = off
        self.refuses = set(refuses)
        self.asked: list[int] = []

    def numbers(self, batch, method):
        numbers = np.array(batch.columns()[0])
        self.asked.append(len(numbers))
        if self.refuses & set(numbers.tolist()):
            raise InputRefusedError("refused")
        return numbers - 5 + self.off


class Whole(Steps):
    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.n_labels = 0

    def predict(self, batch, method):
        scores = self.numbers(batch, method)
        self.n_labels += len(scores)
        return Prediction(np.where(scores > 0, "yes", "no"), scores=scores)


class Lowered(Whole):
    numbers = None

    def predict(self, batch, method):
        scores = Steps.numbers(self, batch, method)
        return Prediction(np.where(scores > 0, "yes", "no"), scores=scores)


def compared(native, lowered, kind=REAL, n_rows=10, *, is_late=lambda: False, pair=None):
    blocks = BlockComparison(Pair(native, lowered, CLASSES), EXACT, is_late)
    batch = FeatureBatch.from_columns(("x",), [np.arange(n_rows, dtype=float)])
    probe = Probe(kind, batch, pair=pair)
    n_compared = blocks.compare(probe, range(n_rows), batch, [Method.DECISION_FUNCTION])
    return blocks, n_compared


def test_equal_answers_are_counted():
    blocks, n_compared = compared(Whole(), Lowered())
    assert (blocks.failure, n_compared, blocks.answered[REAL]) == (None, 10, set(range(10)))


def test_rows_that_the_lowered_form_refuses_are_the_only_ones_asked_for_alone():
    native = Whole(refuses={3, 7})
    blocks, n_compared = compared(native, Lowered(refuses={3, 7}))
    assert (blocks.failure, n_compared, blocks.n_refused) == (None, 10, 2)
    assert native.asked == [10, 8, 1, 1]


def test_a_row_that_only_the_native_model_refuses_is_found():
    blocks, _ = compared(Whole(refuses={3, 7}), Lowered(refuses={7}))
    assert blocks.failure is not None
    assert (blocks.failure.row, blocks.failure.native) == (3, "an error")


def test_on_thresholds_the_native_model_is_not_asked_for_labels():
    native = Whole()
    blocks, _ = compared(native, Lowered(), THRESHOLD)
    assert (blocks.failure, native.n_labels) == (None, 0)
    wrong, _ = compared(Whole(), Lowered(off=1e-9), THRESHOLD)
    assert wrong.failure is not None
    assert wrong.failure.what == "scores"


def test_labels_are_compared_on_all_other_rows():
    native = Whole()
    compared(native, Lowered())
    assert native.n_labels == 10


def test_a_probe_of_a_part_is_compared_by_its_own_pair():
    part = Pair(Whole(), Lowered(off=1.0), CLASSES)
    blocks, _ = compared(Whole(), Lowered(), pair=part)
    assert blocks.failure is not None


def test_nothing_is_begun_when_the_time_is_up():
    native = Whole()
    blocks, n_compared = compared(native, Lowered(), is_late=lambda: True)
    assert (n_compared, native.asked, blocks.is_over()) == (0, [], True)
