from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headway.contract import truth
from headway.contract.truth import FALSE, MISSING, TRUE, UNDEFINED, Masked

NUMBERS = (
    st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9).map(float)
)
TRUTHS = (FALSE, TRUE, MISSING, UNDEFINED)
BINARY = [
    truth.ADD, truth.SUBTRACT, truth.MULTIPLY, truth.DIVIDE, truth.FLOOR_DIVIDE, truth.REMAINDER,
    truth.POWER, truth.LEAST, truth.GREATEST,
]  # fmt: skip


def masked(values: list[float | None]) -> Masked:
    numbers = np.array([math.nan if value is None else value for value in values])
    return Masked(numbers, np.array([value is None for value in values]))


def listed(result: Masked) -> list[float | None]:
    return [
        None if missing else value
        for value, missing in zip(result.values.tolist(), result.is_missing.tolist(), strict=True)
    ]


@pytest.mark.parametrize("operation", BINARY)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5))
@example(
    [(1.0, 0.0), (0.0, 0.0), (1e308, 10.0), (1e308, -1e308), (-8.0, 0.5), (None, 0.0), (-7.5, -2.0)]
)
def test_single_values_and_arrays_give_the_same(
    operation: truth.Operation, pairs: list[tuple[float | None, float | None]]
) -> None:
    left, right = ([*side] for side in zip(*pairs, strict=True))
    one_by_one = [operation.scalar(*pair) for pair in pairs]
    assert repr(listed(operation.vector(masked(left), masked(right)))) == repr(one_by_one)


@pytest.mark.parametrize(
    ("operation", "values", "result"),
    [
        (truth.DIVIDE, (1.0, 0.0), math.nan),
        (truth.MULTIPLY, (1e308, 10.0), math.nan),
        (truth.POWER, (10.0, 1e10), math.nan),
        (truth.POWER, (-8.0, 0.5), math.nan),
        (truth.POWER, (math.nan, 0.0), math.nan),
        (truth.LEAST, (1.0, math.nan), math.nan),
        (truth.DIVIDE, (None, 0.0), None),
        (truth.FLOOR_DIVIDE, (-7.0, 2.0), -4.0),
        (truth.REMAINDER, (-7.0, 2.0), 1.0),
    ],
)
def test_what_is_not_finite_is_undefined_and_what_is_missing_stays_so(
    operation: truth.Operation, values: Any, result: Any
) -> None:
    assert repr(operation.scalar(*values)) == repr(result)


def test_the_tables_are_of_a_logic() -> None:
    for left in TRUTHS:
        assert truth.NOT[truth.NOT[left]] == left
        for right in TRUTHS:
            assert truth.AND[left][right] == truth.AND[right][left]
            de_morgan = truth.NOT[truth.AND[truth.NOT[left]][truth.NOT[right]]]
            assert truth.OR[left][right] == de_morgan
    assert truth.AND[FALSE] == (FALSE,) * 4
    assert truth.OR[TRUE] == (TRUE,) * 4


def test_truths_are_compared_where_both_are_known() -> None:
    same = truth.equality_of_truths(is_equal=True)
    other = truth.equality_of_truths(is_equal=False)
    assert [same.scalar(TRUE, right) for right in TRUTHS] == [FALSE, TRUE, MISSING, UNDEFINED]
    assert [other.scalar(TRUE, right) for right in TRUTHS] == [TRUE, FALSE, MISSING, UNDEFINED]
    every = np.array(TRUTHS, dtype=np.int8)
    assert same.vector(np.int8(TRUE), every).tolist() == [FALSE, TRUE, MISSING, UNDEFINED]


def test_lengths_and_membership_leave_out_what_is_missing() -> None:
    texts = np.array(["", "straße", None], dtype=object)
    operand = Masked(texts, np.array([False, False, True]))
    assert listed(truth.LENGTH.vector(operand)) == [0.0, 6.0, None]
    assert [truth.LENGTH.scalar(text) for text in texts] == [0.0, 6.0, None]
    among = truth.membership(frozenset({"straße"}))
    assert among.vector(operand).tolist() == [among.scalar(text) for text in texts] == [0, 1, 2]
