from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.errors import LoweringError
from headway.optimize.lowering.columns import (
    MAX_FLOAT64,
    Column,
    Vocabulary,
    last_at_or_below,
    require_numbers,
)

NUMBER = Column("features", 0, 0, lambda values: values)
finite = st.floats(allow_nan=False, allow_infinity=False)


def test_words_get_codes_in_the_order_of_first_use():
    words = Vocabulary()
    assert [words.code(word) for word in ("tv", "car", "tv", np.str_("boat"))] == [0, 1, 0, 2]
    assert words.values == ("tv", "car", "boat")
    assert {type(word) for word in words.values} == {str}


def test_a_category_that_an_imputer_adds_has_a_code_but_no_request_holds_it():
    categories = Vocabulary(["a", "b"])
    assert categories.code("b") == 1.0
    assert categories.code("missing") == 2.0
    assert (categories.values, len(categories), categories.is_closed) == (("a", "b"), 3, True)


def test_a_column_of_strings_takes_no_number():
    with pytest.raises(LoweringError, match="no string"):
        Vocabulary().code(5)


@pytest.mark.parametrize(
    ("change", "match"),
    [({"vocabulary": Vocabulary()}, "strings or categories"), ({"is_single": True}, "float32")],
)
def test_where_numbers_are_needed_codes_and_float32_are_refused(change, match):
    require_numbers([NUMBER])
    with pytest.raises(LoweringError, match=match):
        require_numbers([NUMBER, dataclasses.replace(NUMBER, **change)])


@given(finite)
def test_the_last_number_at_or_below_a_bound_is_the_bound_itself(bound):
    assert last_at_or_below(lambda values: values, np.array([bound])) == bound


@given(finite, st.floats(-1e9, 1e9), st.floats(1e-9, 1e9))
def test_behind_a_scaler_the_next_number_is_beyond_the_bound(bound, mean, scale):
    def trace(values):
        with np.errstate(over="ignore"):
            return (values - mean) / scale

    last = last_at_or_below(trace, np.array([bound]))
    if trace(last) <= bound:
        assert last == MAX_FLOAT64 or trace(np.nextafter(last, np.inf)) > bound
    else:
        assert last == -MAX_FLOAT64


def test_bounds_are_searched_all_at_once_each_for_itself():
    bounds = np.array([-np.inf, -1.5, 0.0, 5e-324, 1e300, np.inf])
    found = last_at_or_below(lambda values: values, bounds)
    assert found.tolist() == [-MAX_FLOAT64, -1.5, 0.0, 5e-324, 1e300, MAX_FLOAT64]
