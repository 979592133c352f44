from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.parameters import (
    anything,
    check_parameters,
    is_float64,
    is_nan,
    is_switch,
    one_of,
)

SCALER = {"copy": anything, "with_mean": is_switch, "with_std": is_switch}


@pytest.mark.parametrize("value", [True, False, np.True_])
def test_a_switch_is_true_or_false(value):
    assert is_switch(value)


@pytest.mark.parametrize("value", [None, 1, 0, "yes", 1.0])
def test_what_only_looks_like_a_switch_is_none(value):
    assert not is_switch(value)


def test_one_of_takes_the_values_by_type_and_value():
    check = one_of(None, "ovr", 1)
    assert all(check(value) for value in (None, "ovr", 1))
    assert not any(check(value) for value in ("OVR", True, 1.0, False, 0))


def test_one_of_is_not_confused_by_an_array_or_a_function():
    assert not one_of("mean", None)(np.array(["mean", None], dtype=object))
    assert not one_of("mean", None)(min)


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(np.nan, True), (np.float64("nan"), True), (0.0, False), (None, False), ("nan", False)],
)
def test_nan_is_a_float_nan_only(value, is_one):
    assert is_nan(value) == is_one


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(np.float64, True), (float, True), ("float64", True), (np.float32, False), (int, False)],
)
def test_float64_is_what_numpy_takes_for_it(value, is_one):
    assert is_float64(value) == is_one


def test_known_parameters_pass():
    check_parameters(StandardScaler(with_mean=False), SCALER)


def test_a_parameter_that_a_later_version_adds_is_refused():
    known = {name: check for name, check in SCALER.items() if name != "with_std"}
    with pytest.raises(LoweringError, match="its parameter `with_std` is not known"):
        check_parameters(StandardScaler(), known)


def test_a_value_that_is_not_covered_is_named():
    with pytest.raises(LoweringError, match="`with_std='half'` is not covered"):
        check_parameters(StandardScaler(with_std="half"), SCALER)


def test_where_a_function_lies_in_memory_is_not_told():
    with pytest.raises(LoweringError, match=r"`copy=<function test_\w+.<locals>.<lambda>>` is not"):
        check_parameters(StandardScaler(copy=lambda: 0), SCALER | {"copy": is_switch})
