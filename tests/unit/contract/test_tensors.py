from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headway.contract.scalars import WRONG_TYPE
from headway.contract.tensors import (
    Fault,
    TensorReader,
    all_elements,
    element_feature,
    elements,
    first_fault,
    shown_position,
)
from headway.contract.values import feature_reader
from headway.core.dtypes import DType
from unit.contract.strategies import feature


def tensor(element: str = "float64", shape: tuple[int, ...] = (2, 3)) -> Any:
    fields = {"storage": "object", "shape": shape, "element": element}
    return feature("a", DType.TENSOR, nullable=True, fields=fields)


def reader(element: str = "float64", shape: tuple[int, ...] = (2, 3)) -> Any:
    given = tensor(element, shape)
    return TensorReader(shape, element, feature_reader(element_feature(given))).read


GOOD = [[1, 2.5, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    "value", [GOOD, tuple(map(tuple, GOOD)), np.array(GOOD), np.array(GOOD, dtype="f4")]
)
def test_lists_and_arrays_of_the_shape_become_lists_of_floats(value: Any) -> None:
    read = reader()(value)
    assert read == GOOD
    assert all(type(number) is float for row in read for number in row)


def test_whole_numbers_become_integers() -> None:
    read = reader("int8", (3,))([1, 2.0, -128])
    assert read == [1, 2, -128]
    assert all(type(number) is int for number in read)
    assert reader("int8", (3,))(np.array([1.0, 2.0, 3.0])) == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([[1, 2, 3]], Fault((), [[1, 2, 3]], 2)),
        ([[1, 2, 3], [4, 5]], Fault((1,), [4, 5], 3)),
        ([[1, 2, 3], 4], Fault((1,), 4, 3)),
        ([[1, 2, 3], [4, None, 6]], Fault((1, 1), None, None)),
        ([[1, 2, 3], [4, True, 6]], Fault((1, 1), True, None)),
        ([["1", 2, 3], [4, 5, 6]], Fault((0, 0), "1", None)),
        ([[1, 2, [3]], [4, 5, 6]], Fault((0, 2), [3], None)),
        ([[1, 2, 1e309], [4, 5, 6]], Fault((0, 2), 1e309, None)),
        ("abc", Fault((), "abc", 2)),
        ({"a": 1}, Fault((), {"a": 1}, 2)),
        (5, Fault((), 5, 2)),
        ([], Fault((), [], 2)),
    ],
)
def test_the_first_part_that_does_not_fit_is_named(value: Any, fault: Fault) -> None:
    read_element = feature_reader(element_feature(tensor()))
    assert reader()(value) is WRONG_TYPE
    assert first_fault((2, 3), read_element, value) == fault


def test_what_fits_has_no_fault() -> None:
    read_element = feature_reader(element_feature(tensor()))
    assert first_fault((2, 3), read_element, GOOD) is None
    assert first_fault((2, 3), read_element, np.array(GOOD)) is None


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("int8", [1, 2, 128]),
        ("int8", [1, 2, 1.5]),
        ("uint8", [1, 2, -1]),
        ("float32", [1, 2, 1e39]),
        ("float64", np.array([1, 2, np.nan])),
        ("float64", np.array([1, 2, np.inf])),
        ("float64", np.array([True, False, True])),
        ("float64", np.array(["1", "2", "3"])),
        ("float64", np.array([[1, 2, 3]])),
        ("float64", np.array(5.0)),
    ],
)
def test_elements_that_the_column_cannot_hold_are_of_another_type(element: str, value: Any) -> None:
    assert reader(element, (3,))(value) is WRONG_TYPE


@pytest.mark.parametrize("value", [None, float("nan"), np.float64("nan")])
def test_a_whole_value_can_be_missing(value: Any) -> None:
    assert reader()(value) is None


def test_elements_are_numbers_that_are_never_missing() -> None:
    element = element_feature(tensor("float32"))
    assert (element.dtype, element.storage) == (DType.FLOAT, "float32")
    assert not element.nullable
    assert element_feature(tensor("uint8")).dtype is DType.INTEGER


def test_elements_come_with_their_positions() -> None:
    assert list(elements([[1, 2], [3, 4]], (2, 2)))[2] == ((1, 0), 3)
    assert all_elements(lambda number: number < 5, [[1, 2], [3, 4]])
    assert not all_elements(lambda number: number < 4, [[1, 2], [3, 4]])
    assert shown_position(()) == ""
