from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headway.core.dictionary import DictionaryColumn
from headway.runtimes.numbers import numbers_and_missing

FORMS: list[Any] = [
    [1, None, 3.0],
    np.array([1.0, np.nan, 3.0]),
    np.array([1.0, np.nan, 3.0], dtype=np.float32),
    DictionaryColumn(np.array([0, -1, 1]), [1, 3]),
]


@pytest.mark.parametrize("values", FORMS)
@pytest.mark.parametrize("dtype", ["int8", "uint64", "float32", "float64"])
def test_every_form_of_a_column_gives_the_same_numbers(values: Any, dtype: str) -> None:
    numbers, missing = numbers_and_missing(values, np.dtype(dtype))
    assert numbers.dtype == dtype
    assert missing.tolist() == [False, True, False]
    assert numbers[~missing].tolist() == [1, 3]
    assert np.isnan(numbers[1]) if dtype.startswith("float") else numbers[1] == 0


def test_booleans_and_large_integers_stay_what_they_are() -> None:
    numbers, _ = numbers_and_missing([True, None, False], np.dtype(bool))
    assert numbers.tolist() == [True, False, False]
    numbers, _ = numbers_and_missing([2**53 + 1, None], np.dtype("int64"))
    assert numbers[0] == 2**53 + 1
    array = np.array([2**53 + 1, 5])
    assert numbers_and_missing(array, np.dtype("int64"))[0] is array
