"""The values of one training column, once it is known what type they have.

Invariant: `present` holds values of one type only, none of them missing.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.nullable import NullableIntegers
from headway.contract.objects import (
    OBJECTS,
    ObjectCells,
    datetime_cells,
    read_objects,
    tensor_cells,
)
from headway.contract.scalars import python_scalar
from headway.contract.text import is_valid_unicode
from headway.core.dictionary import DictionaryColumn
from headway.core.dtypes import INT64_MAX, INT64_MIN, DType
from headway.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_BLOCK_VALUES = 1_000
# not `float`, because NaN is missing
_PLAIN_TYPES = frozenset({bool, int, str, type(None)})


@dataclasses.dataclass(frozen=True, slots=True)
class Cells:
    """One column of one type.

    Attributes:
        dtype: The type.
        present: Every value that is not missing: an array for numbers, a dictionary column for
            booleans and strings; empty for other types.
        n_missing: Number of missing values.
        categories: Categories of a column of categories in their order, as Python scalars.
        objects: What a column of decimals, dates, times or tensors holds, else `None`.
    """

    dtype: DType
    present: NDArray[Any] | DictionaryColumn
    n_missing: int
    categories: tuple[Scalar, ...] | None = None
    objects: ObjectCells | None = None


def read_cells(column: TrainingColumn) -> Cells:
    """Find the type of a column and drop its missing values.

    Raises:
        TrainingDataError: The column has no type that a contract knows. The message says what is
            wrong without naming the column, so that columns with one fault can share it.
    """
    values, categories = column.values, None
    if column.categories is not None:
        categories = tuple(python_scalar(value) for value in column.categories)
    if isinstance(values, NullableIntegers):
        present = values.values[~values.is_missing]
        return Cells(DType.INTEGER, _integers(present), len(values) - len(present))
    if isinstance(values, np.ndarray):
        return _from_array(values)
    if isinstance(values, DictionaryColumn):
        return _from_dictionary(column, values, categories)
    return _from_list(column, values, categories)


def _from_array(values: NDArray[Any]) -> Cells:
    kind = values.dtype.kind
    if values.ndim > 1:
        _refuse_empty(values)
        objects = tensor_cells(values)
        return Cells(objects.dtype, np.empty(0), 0, objects=objects)
    if kind == "M":
        present = values[~np.isnat(values)]
        _refuse_empty(present)
        objects = datetime_cells(present)
        return Cells(objects.dtype, np.empty(0), len(values) - len(present), objects=objects)
    if kind == "f":
        missing = np.isnan(values)
        numbers = values[~missing] if missing.any() else values
        _refuse_empty(numbers)
        numbers = numbers.astype(np.float64, copy=False)
        return Cells(DType.FLOAT, numbers, len(values) - len(numbers))
    if kind == "b":
        _refuse_empty(values)
        present = DictionaryColumn(values.astype(np.int8), [False, True]).compact()
        return Cells(DType.BOOLEAN, present, 0)
    return Cells(DType.INTEGER, _integers(values), 0)


def _from_dictionary(
    column: TrainingColumn, cells: DictionaryColumn, categories: tuple[Scalar, ...] | None
) -> Cells:
    present = cells
    if (missing := cells.is_missing).any():
        present = DictionaryColumn(cells.codes[~missing], cells.values)
    _refuse_empty(present.codes)
    values = _python_scalars(cells.values)
    read_objects(column, values)  # refuses such categories
    dtype = _dtype_of([*values, *(categories or ())])
    n_missing = len(cells) - len(present)
    if dtype in (DType.FLOAT, DType.INTEGER):
        numbers = _numbers(dtype, values)[present.codes]
        return Cells(dtype, numbers, n_missing, categories)
    _refuse_invalid_unicode(dtype, values)
    return Cells(dtype, DictionaryColumn(present.codes, values).compact(), n_missing, categories)


def _from_list(
    column: TrainingColumn, given: list[Any], categories: tuple[Scalar, ...] | None
) -> Cells:
    values = _python_scalars(given)
    present = [value for value in values if value is not None]
    _refuse_empty(present)
    n_missing = len(values) - len(present)
    objects = read_objects(column, present)
    if objects is not None:
        return Cells(objects.dtype, np.empty(0), n_missing, objects=objects)
    dtype = _dtype_of([*present, *(categories or ())])
    if dtype in (DType.FLOAT, DType.INTEGER):
        return Cells(dtype, _numbers(dtype, present), n_missing, categories)
    words = DictionaryColumn.of(present)
    _refuse_invalid_unicode(dtype, words.values)
    return Cells(dtype, words, n_missing, categories)


def _python_scalars(values: Sequence[Any]) -> Sequence[Any]:
    if set(map(type, values)) <= _PLAIN_TYPES:
        return values
    return [python_scalar(value) for value in values]


def _dtype_of(present: list[Any]) -> DType:
    types = {str if issubclass(kind, str) else kind for kind in set(map(type, present))}
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


def _numbers(dtype: DType, values: Sequence[Any]) -> NDArray[Any]:
    if dtype is DType.FLOAT:
        return np.array(values, dtype=np.float64)
    if any(not INT64_MIN <= value <= INT64_MAX for value in values):
        raise _beyond_int64()
    return np.array(values, dtype=np.int64)


def _integers(values: NDArray[Any]) -> NDArray[Any]:
    _refuse_empty(values)
    if int(values.max()) > INT64_MAX:
        raise _beyond_int64()
    return values.astype(np.int64, copy=False)


def _refuse_empty(present: Sequence[Any] | NDArray[Any]) -> None:
    if len(present) == 0:
        raise TrainingDataError(
            "no value at all", hint="drop such a column: a model learns nothing from it"
        )


def _refuse_invalid_unicode(dtype: DType, values: Sequence[Any]) -> None:
    if dtype is not DType.STRING:
        return
    blocks = (values[i : i + _BLOCK_VALUES] for i in range(0, len(values), _BLOCK_VALUES))
    if not all(is_valid_unicode("".join(block)) for block in blocks):
        raise TrainingDataError(
            "text that is not valid Unicode", hint="decode it with the encoding that it has"
        )


def _beyond_int64() -> TrainingDataError:
    return TrainingDataError(
        "integers of more than 64 bits", hint="make an identifier a string with `.astype(str)`"
    )
