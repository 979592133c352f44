from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from headway.contract.nullable import NullableIntegers
from headway.core.batch import scalars_of

values = st.lists(
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1])
)


def nullable(given: list[int | None], filler: int = 0) -> NullableIntegers:
    numbers = np.array([filler if v is None else v for v in given], dtype=np.int64)
    return NullableIntegers(numbers, np.array([v is None for v in given], dtype=bool))


@given(values, st.sampled_from([0, 2**62]))
def test_a_batch_gets_the_very_integers(given: list[int | None], filler: int) -> None:
    column = nullable(given, filler)
    assert column.tolist() == given
    assert scalars_of(column.column()) == given
    assert len(column) == len(given)


def test_integers_that_floats_hold_become_an_array() -> None:
    small: Any = nullable([1, None, 2**53]).column()
    assert small.dtype == np.float64
    assert isinstance(nullable([1, None, 2**53 + 1]).column(), list)
