"""The values of one training column, once it is known what type they have.

Invariant: `present` holds values of one type only, none of them missing.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.objects import OBJECTS, ObjectCells, datetime_cells, read_objects
from headway.contract.scalars import python_scalar
from headway.contract.text import is_valid_unicode
from headway.core.dtypes import INT64_MAX, INT64_MIN, DType
from headway.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from headway.contract.model import Scalar
    from headway.contract.training import TrainingColumn

_DTYPES = {
    frozenset({bool}): DType.BOOLEAN,
    frozenset({int}): DType.INTEGER,
    frozenset({float}): DType.FLOAT,
    frozenset({int, float}): DType.FLOAT,
    frozenset({str}): DType.STRING,
}
_WORDS = {bool: "booleans", int: "numbers", float: "numbers", str: "strings"}


@dataclasses.dataclass(frozen=True, slots=True)
class Cells:
    """One column of one type.

    Attributes:
        dtype: The type.
        present: Every value that is not missing: an array for numbers, a list of Python scalars
            for booleans and strings; empty for other types.
        n_missing: Number of missing values.
        categories: Categories of a `category` column in their order, as Python scalars.
        objects: What a column of decimals, dates, times or tensors holds, else `None`.
    """

    dtype: DType
    present: NDArray[Any] | list[Any]
    n_missing: int
    categories: tuple[Scalar, ...] | None = None
    objects: ObjectCells | None = None


def read_cells(column: TrainingColumn) -> Cells:
    """Find the type of a column and drop its missing values.

    Raises:
        TrainingDataError: The column has no type that a contract knows. The message says what is
            wrong without naming the column, so that columns with one fault can share it.
    """
    if isinstance(column.values, np.ndarray):
        return _from_array(column.values)
    values = [python_scalar(value) for value in column.values]
    present = [value for value in values if value is not None]
    _refuse_empty(present)
    n_missing = len(values) - len(present)
    objects = read_objects(column, present)
    if objects is not None:
        return Cells(objects.dtype, [], n_missing, objects=objects)
    categories = None
    if column.categories is not None:
        categories = tuple(python_scalar(value) for value in column.categories)
    dtype = _dtype_of(present, categories or ())
    _refuse_unusable(dtype, present)
    if dtype is DType.FLOAT:
        return Cells(dtype, np.array(present, dtype=np.float64), n_missing, categories)
    if dtype is DType.INTEGER:
        return Cells(dtype, np.array(present, dtype=np.int64), n_missing, categories)
    return Cells(dtype, present, n_missing, categories)


def _from_array(values: NDArray[Any]) -> Cells:
    kind = values.dtype.kind
    if kind == "M":
        present = values[~np.isnat(values)]
        _refuse_empty(present)
        objects = datetime_cells(present)
        return Cells(objects.dtype, [], len(values) - len(present), objects=objects)
    if kind == "f":
        present = values[~np.isnan(values)].astype(np.float64)
        _refuse_empty(present)
        return Cells(DType.FLOAT, present, len(values) - len(present))
    _refuse_empty(values)
    if kind == "b":
        return Cells(DType.BOOLEAN, values.tolist(), 0)
    if int(values.max()) > INT64_MAX:
        raise _beyond_int64()
    return Cells(DType.INTEGER, values.astype(np.int64), 0)


def _dtype_of(present: list[Any], categories: tuple[Any, ...]) -> DType:
    types = {str if isinstance(value, str) else type(value) for value in (*present, *categories)}
    dtype = _DTYPES.get(frozenset(types))
    if dtype is not None:
        return dtype
    if types <= _WORDS.keys() or any(issubclass(kind, OBJECTS) for kind in types):
        raise TrainingDataError(
            "mixed types", hint="give a column one type, for example with `.astype(str)`"
        )
    raise TrainingDataError(
        "values of a type that no request can send",
        hint="derive numbers or strings from them, for example the seconds of a duration",
    )


def _refuse_empty(present: NDArray[Any] | list[Any]) -> None:
    if len(present) == 0:
        raise TrainingDataError(
            "no value at all", hint="drop such a column: a model learns nothing from it"
        )


def _refuse_unusable(dtype: DType, present: Iterable[Any]) -> None:
    if dtype is DType.INTEGER and any(not INT64_MIN <= value <= INT64_MAX for value in present):
        raise _beyond_int64()
    if dtype is DType.STRING and not all(map(is_valid_unicode, present)):
        raise TrainingDataError(
            "text that is not valid Unicode", hint="decode it with the encoding that it has"
        )


def _beyond_int64() -> TrainingDataError:
    return TrainingDataError(
        "integers of more than 64 bits", hint="make an identifier a string with `.astype(str)`"
    )
