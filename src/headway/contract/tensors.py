"""Reads vectors and tensors of one fixed shape: nested lists of numbers, or numpy's arrays.

Invariant: a tensor that is read has exactly the shape of the feature, and none of its elements is
missing, infinite, or a number that the training column could not hold.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from headway.contract.scalars import WRONG_TYPE, python_scalar
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.contract.model import Feature

Position = tuple[int, ...]


class Fault(NamedTuple):
    """Where a value first differs from a tensor.

    Attributes:
        position: Indices of the part, empty for the whole value.
        part: The part itself.
        length: Number of items that a list has there; `None` for one number.
    """

    position: Position
    part: Any
    length: int | None


def element_feature(feature: Feature) -> Feature:
    """Return the elements of a tensor as a feature of their own: numbers that are never missing."""
    is_float = np.dtype(feature.element).kind == "f"
    return msgspec.structs.replace(
        feature,
        dtype=DType.FLOAT if is_float else DType.INTEGER,
        storage=feature.element,
        nullable=False,
        shape=(),
        element="",
        # of the whole, and not of an element
        constraints=msgspec.structs.replace(feature.constraints, unique_items=False),
    )


def single(feature: Feature) -> Feature:
    """Return the feature that declared values belong to: of a tensor, its elements."""
    return element_feature(feature) if feature.dtype is DType.TENSOR else feature


class TensorReader:
    """Reads values as nested lists of one shape.

    Args:
        shape: Of every value.
        element: numpy's dtype of the elements; those of whole numbers become `int`.
        read_element: Reads one element.
    """

    __slots__ = ("_is_whole", "_read_element", "_shape")

    def __init__(
        self, shape: tuple[int, ...], element: str, read_element: Callable[[Any], Any]
    ) -> None:
        self._shape = shape
        self._is_whole = np.dtype(element).kind != "f"
        self._read_element = read_element

    def read(self, value: Any) -> Any:
        """Return nested lists, `None` for missing, or `WRONG_TYPE`."""
        if isinstance(value, np.ndarray):
            fits = value.shape == self._shape and value.dtype.kind in "fiu"
            return self._part(value.tolist(), 0) if fits else WRONG_TYPE
        return self._part(value, 0) if python_scalar(value) is not None else None

    def _part(self, value: Any, depth: int) -> Any:
        if depth == len(self._shape):
            number = self._read_element(value)
            if number is None or number is WRONG_TYPE:
                return WRONG_TYPE
            return int(number) if self._is_whole else number
        if not isinstance(value, list | tuple) or len(value) != self._shape[depth]:
            return WRONG_TYPE
        parts = []
        for item in value:
            part = self._part(item, depth + 1)
            if part is WRONG_TYPE:
                return WRONG_TYPE
            parts.append(part)
        return parts


def first_fault(
    shape: tuple[int, ...], read_element: Callable[[Any], Any], value: Any
) -> Fault | None:
    """Return the first part of a value that a tensor cannot have, or `None`."""
    value = value.tolist() if isinstance(value, np.ndarray) else value

    def find(part: Any, position: Position) -> Fault | None:
        depth = len(position)
        if depth == len(shape):
            number = read_element(part)
            is_wrong = number is None or number is WRONG_TYPE
            return Fault(position, part, None) if is_wrong else None
        if not isinstance(part, list | tuple) or len(part) != shape[depth]:
            return Fault(position, part, shape[depth])
        faults = (find(item, (*position, i)) for i, item in enumerate(part))
        return next((fault for fault in faults if fault is not None), None)

    return find(value, ())


def elements(tensor: Any, shape: tuple[int, ...]) -> Iterator[tuple[Position, Any]]:
    """Yield every element of a tensor with its position."""
    for position in itertools.product(*map(range, shape)):
        part = tensor
        for i in position:
            part = part[i]
        yield position, part


def all_elements(allows: Callable[[Any], Any], tensor: Any) -> bool:
    """Whether `allows` is true of every element of nested lists."""
    if isinstance(tensor, list):
        return all(all_elements(allows, part) for part in tensor)
    return bool(allows(tensor))


def shown_position(position: Position) -> str:
    """Return a position as Python and JavaScript write it.

    Examples:
        >>> shown_position((2, 0))
        '[2][0]'
    """
    return "".join(f"[{i}]" for i in position)
