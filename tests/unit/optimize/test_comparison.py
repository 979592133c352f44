from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.prediction import Prediction
from headway.optimize.comparison import Tolerance, compare, label_ties

TOLERANCE = Tolerance()
LABELS = np.array(["a", "b"])


def numbers(*values):
    return Prediction(np.array(values, dtype=np.float64))


def test_equal_numbers_differ_by_nothing():
    found = compare(numbers(1.0, -2.5), numbers(1.0, -2.5), TOLERANCE)
    assert (found.first, found.max_abs_difference, found.max_tolerance_ratio) == (None, 0.0, 0.0)


@pytest.mark.parametrize(("native", "nudge"), [(1.0, 1.9e-12), (0.0, 0.9e-12), (3e5, 2.9e-7)])
def test_a_difference_within_atol_plus_rtol_passes_and_is_measured(native, nudge):
    found = compare(numbers(native + nudge), numbers(native), TOLERANCE)
    assert found.first is None
    assert found.max_abs_difference == pytest.approx(nudge, rel=1e-3)
    assert 0.5 < found.max_tolerance_ratio < 1.0


@pytest.mark.parametrize(("native", "nudge"), [(1.0, 2.1e-12), (0.0, 1.1e-12), (3e5, 3.1e-7)])
def test_a_difference_above_it_is_told_with_its_row(native, nudge):
    found = compare(numbers(5.0, native + nudge), numbers(5.0, native), TOLERANCE)
    assert found.first is not None
    assert (found.first.row, found.first.what) == (1, "values")
    assert found.first.size == pytest.approx(nudge, rel=1e-3)
    assert found.first.allowed < found.first.size


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_equal_themselves_only(value):
    assert compare(numbers(value), numbers(value), TOLERANCE).first is None
    for other in (0.0, 1e308, np.nan, np.inf, -np.inf):
        if not np.array_equal(other, value, equal_nan=True):
            assert compare(numbers(other), numbers(value), TOLERANCE).first is not None


def test_arrays_of_unequal_shapes_differ():
    first = compare(numbers(1.0), numbers(1.0, 2.0), TOLERANCE).first
    assert first is not None
    assert first.what == "shape of values"
    probabilities = Prediction(LABELS, probabilities=np.ones((2, 2)) / 2)
    assert compare(Prediction(LABELS), probabilities, TOLERANCE).first is not None


def test_another_label_differs_unless_the_native_margin_is_a_tie():
    native = Prediction(LABELS, scores=np.array([1e-13, 3.0]))
    lowered = Prediction(np.array(["b", "b"]), scores=np.array([-1e-13, 3.0]))
    ties = label_ties([native], TOLERANCE)
    found = compare(lowered, native, TOLERANCE, ties)
    assert (found.first, found.n_label_ties) == (None, 1)
    wrong = Prediction(np.array(["a", "a"]), scores=native.scores)
    first = compare(wrong, native, TOLERANCE, ties).first
    assert first is not None
    assert (first.row, first.lowered, first.native) == (1, "'a'", "'b'")


def test_without_scores_no_label_is_a_tie():
    assert label_ties([Prediction(LABELS)], TOLERANCE) is None
    assert compare(Prediction(LABELS[::-1]), Prediction(LABELS), TOLERANCE).first is not None


def test_ties_of_more_classes_are_of_the_two_best():
    probabilities = np.array([[0.5, 0.5, 0.0], [0.1, 0.1, 0.8], [0.4, 0.2, 0.4]])
    ties = label_ties([Prediction(np.arange(3), probabilities=probabilities)], TOLERANCE)
    assert ties is not None
    assert ties.tolist() == [True, False, True]


def test_scores_tell_ties_before_probabilities_do():
    saturated = Prediction(LABELS, probabilities=np.array([[0.5, 0.5], [1.0, 0.0]]))
    scored = Prediction(LABELS, scores=np.array([0.1, 50.0]))
    ties = label_ties([saturated, scored], TOLERANCE)
    assert ties is not None
    assert ties.tolist() == [False, False]


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(1.5, 1e6))
def test_no_difference_beyond_the_tolerance_ever_passes(native, factor):
    nudged = native + factor * (1e-12 + 1e-12 * abs(native))
    if not np.isfinite(nudged) or abs(nudged - native) <= 1e-12 * (1 + abs(native)):
        return
    assert compare(numbers(nudged), numbers(native), TOLERANCE).first is not None
