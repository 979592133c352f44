from __future__ import annotations

import numpy as np

from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Task
from headway.optimize.replaced_rows import (
    KEPT,
    Replaced,
    ReplacedRows,
    Swap,
    accepted_rows,
    array_of,
    raw_values,
    stacked,
)
from headway.runtimes.encoder import Encoder, EncoderColumn

CONTRACT = Contract(
    (Feature("a", DType.FLOAT, True, "float64"), Feature("b", DType.STRING, True, "str")),
    Output(Task.REGRESSION),
)
REAL = FeatureBatch.from_rows(("a", "b"), [(1.0, "x"), (2.0, "y")])
WORDS = array_of(["z", None])


def rows_of(replaced):
    rows = ReplacedRows(CONTRACT, REAL, replaced)
    return list(rows.take(range(rows.n_rows)).rows())


def swapped(rows, **swaps):
    return Replaced(np.array(rows), {"ab".index(name): swap for name, swap in swaps.items()})


def test_values_are_replaced_in_the_rows_asked_for():
    missing = Swap(np.array([0, KEPT, KEPT]), np.array([np.nan]))
    word = Swap(np.array([KEPT, 0, KEPT]), WORDS)
    rows = ReplacedRows(CONTRACT, REAL, swapped([1, 0, 1], a=missing, b=word))
    assert rows.n_rows == 3
    assert list(rows.take([2, 0]).rows()) == [(2.0, "y"), (None, "y")]
    assert list(rows.take([1]).rows()) == [(1.0, "z")]


def test_missing_is_nan_by_column_and_none_by_row():
    swap = Swap(np.array([1]), array_of(["z", None]))
    batch = ReplacedRows(CONTRACT, REAL, swapped([0], a=Swap(np.array([0]), np.array([np.nan])), b=swap)).take([0])  # fmt: skip
    numbers, words = batch.columns()
    assert numbers.dtype == np.float64
    assert np.isnan(numbers[0])
    assert words == [None]
    assert list(batch.rows()) == [(None, None)]


def test_real_rows_stay_what_they_are():
    swap = Swap(np.array([0, 0]), np.array([9.0]))
    assert rows_of(swapped([0, 1], a=swap)) == [(9.0, "x"), (9.0, "y")]
    assert rows_of(swapped([0, 1])) == [(1.0, "x"), (2.0, "y")]


def test_stacked_rows_are_those_of_all_parts_the_first_of_each_first():
    numbers = swapped([0, 0], a=Swap(np.array([0, 1]), np.array([5.0, 6.0])))
    words = swapped([1], b=Swap(np.array([0]), WORDS))
    more = swapped([1, 1], a=Swap(np.array([0, KEPT]), np.array([7.0])))
    assert rows_of(stacked([numbers, words, more])) == [
        (5.0, "x"),
        (2.0, "z"),
        (7.0, "y"),
        (6.0, "x"),
        (2.0, "y"),
    ]
    assert stacked([numbers]) is numbers
    assert len(stacked([]).rows) == 0


def test_raw_values_hold_missing_as_their_type_does():
    assert np.isnan(raw_values([None, 1.0], is_float=True)[0])
    assert raw_values(np.array([1, 2]), is_float=False).tolist() == [1, 2]
    assert raw_values(["a", None], is_float=False).tolist() == ["a", None]


def test_rows_that_the_encoder_refuses_are_left_out_unless_nothing_would_be_left():
    def encoder(word):
        columns = [EncoderColumn("a"), EncoderColumn("b", vocabulary=(word,), refuse_unknown=True)]
        return Encoder(columns)

    assert list(accepted_rows(REAL, encoder("y")).rows()) == [(2.0, "y")]
    assert accepted_rows(REAL, encoder("w")) is REAL
