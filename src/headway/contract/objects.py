"""What a training column of decimals, dates, times, vectors or tensors holds.

Invariant: a column is learned only where a frame that is rebuilt for the model can hold the same again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.decimals import read_decimal
from headway.contract.scalars import WRONG_TYPE
from headway.contract.text import json_form
from headway.core.dtypes import DType
from headway.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.contract.model import JsonValue
    from headway.contract.training import TrainingColumn

OBJECTS = (Decimal, dt.date, dt.time, np.ndarray, list)
_MAX_ELEMENTS = 1_000_000
# Arrow's columns, which are rebuilt as they were; not pandas' own of these types
_ARROW = re.compile(
    r"(?:date|time|timestamp|decimal|(?:fixed_size_|large_)?list)(?:[0-9]+)?[\[(<].*(?<!\[pyarrow\])"
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ObjectCells:
    """What a contract learns from one column.

    Attributes:
        dtype: The type.
        minimum: Least value, or element of a tensor, as JSON holds it; `None` where all are infinite.
        maximum: Greatest one.
        example: A real value as JSON holds it; `None` where no request could send any.
        is_constant: Whether there is one value only.
        n_unsendable: Values that no request can hold: infinite ones, or finer than a microsecond.
        is_zoned: Whether date-times or times name instants.
        shape: Of every value, for tensors.
        element: numpy's dtype of the elements, for tensors.
        holds_lists: Whether tensors are lists, and not arrays.
    """

    dtype: DType
    minimum: float | str | None
    maximum: float | str | None
    example: JsonValue | None
    is_constant: bool
    n_unsendable: int = 0
    is_zoned: bool = False
    shape: tuple[int, ...] = ()
    element: str = ""
    holds_lists: bool = False


def read_objects(column: TrainingColumn, present: Sequence[Any]) -> ObjectCells | None:
    """Return what a column holds, or `None` where its first value is a number, boolean or string.

    Args:
        column: The column.
        present: Every value that is not missing, at least one.

    Raises:
        TrainingDataError: The column has no type that a contract knows. The message says what is
            wrong without naming the column.
    """
    if not isinstance(present[0], OBJECTS):
        return None
    if column.storage == "category":
        raise TrainingDataError(
            "categories that are no numbers, booleans or strings",
            hint="make a plain column of it, `.astype(X[name].cat.categories.dtype)`",
        )
    if isinstance(present[0], np.ndarray | list):
        _require_storage(column, "object")
        return _tensors(present)
    if isinstance(present[0], dt.datetime):
        return _datetimes(column, present)
    _require_storage(column, "object")
    if isinstance(present[0], Decimal):
        return _decimals(present)
    return _days_or_times(present)


def datetime_cells(values: NDArray[Any], *, is_zoned: bool = False) -> ObjectCells:
    """Return what an array of date-times holds.

    Args:
        values: Kind `M`, none of them missing, at least one.
        is_zoned: Whether they are instants, in UTC.
    """
    exact = values.astype("datetime64[us]")
    is_sendable = exact == values
    middle = exact[is_sendable]
    zone = dt.UTC if is_zoned else None

    def shown(value: Any) -> str:
        text: str = json_form(value.item().replace(tzinfo=zone))
        return text

    return ObjectCells(
        dtype=DType.DATETIME,
        minimum=shown(exact.min()),
        maximum=shown(exact.max()),
        example=shown(np.sort(middle)[(len(middle) - 1) // 2]) if len(middle) else None,
        is_constant=bool((values == values[0]).all()),
        n_unsendable=len(values) - len(middle),
        is_zoned=is_zoned,
    )


def _datetimes(column: TrainingColumn, present: Sequence[Any]) -> ObjectCells:
    is_zoned = present[0].tzinfo is not None
    if column.storage == "object":
        _require_plain_datetimes(present, is_zoned=is_zoned)
    elif not column.storage.startswith("datetime64["):
        _require_storage(column, "datetime64[us]")
    if not is_zoned:
        return datetime_cells(np.array(present, dtype="datetime64[us]"))
    instants = [_instant(value) for value in present]
    return datetime_cells(np.array(instants), is_zoned=True)


def _instant(value: Any) -> np.datetime64:
    in_utc = value.astimezone(dt.UTC).replace(tzinfo=None)
    exact = np.datetime64(dt.datetime.combine(in_utc.date(), in_utc.time()), "us")
    nanoseconds = getattr(value, "nanosecond", 0)
    # not where there are none: nanoseconds end in the year 2262
    return exact + np.timedelta64(nanoseconds, "ns") if nanoseconds else exact


def _require_plain_datetimes(present: Sequence[Any], *, is_zoned: bool) -> None:
    is_plain = all(type(value) is dt.datetime for value in present)
    kinds = {None if value.tzinfo is None else value.tzname() for value in present if is_plain}
    if not is_plain or kinds != ({"UTC"} if is_zoned else {None}):
        raise TrainingDataError(
            "date-times of several kinds or zones in an object column",
            hint="give the column one type with `pd.to_datetime(X[name], utc=True)`",
        )


def _require_storage(column: TrainingColumn, wanted: str) -> None:
    if column.storage != wanted and _ARROW.fullmatch(column.storage) is None:
        raise TrainingDataError(
            "values in a column of a dtype that cannot be rebuilt",
            hint=f"convert it with `.astype('{wanted}')` and fit again",
        )


def _require_one_type(present: Sequence[Any], kind: type, words: str) -> None:
    if any(type(value) is not kind for value in present):
        raise TrainingDataError(f"{words} among other values", hint="give a column one type")


def _decimals(present: Sequence[Any]) -> ObjectCells:
    _require_one_type(present, Decimal, "decimals")
    sendable = [value for value in present if read_decimal(value) is not WRONG_TYPE]
    return _of_ordered(DType.DECIMAL, sendable, len(present) - len(sendable))


def _days_or_times(present: Sequence[Any]) -> ObjectCells:
    if isinstance(present[0], dt.date):
        _require_one_type(present, dt.date, "dates")
        return _of_ordered(DType.DATE, present)
    _require_one_type(present, dt.time, "times")
    kinds = {value.tzname() for value in present}
    if kinds not in ({None}, {"UTC"}):
        raise TrainingDataError(
            "times of day of several zones", hint="convert them to UTC, or drop the zone"
        )
    is_zoned = kinds == {"UTC"}
    zone = dt.UTC if is_zoned else None
    return _of_ordered(
        DType.TIME, [value.replace(tzinfo=zone, fold=0) for value in present], is_zoned=is_zoned
    )


def _of_ordered(
    dtype: DType, values: Sequence[Any], n_unsendable: int = 0, *, is_zoned: bool = False
) -> ObjectCells:
    ordered = sorted(values)
    least, middle, greatest = (
        (json_form(ordered[i]) for i in (0, (len(ordered) - 1) // 2, -1))
        if ordered
        else (None, None, None)
    )
    return ObjectCells(
        dtype=dtype,
        minimum=least,
        maximum=greatest,
        example=middle,
        is_constant=not n_unsendable and ordered[0] == ordered[-1],
        n_unsendable=n_unsendable,
        is_zoned=is_zoned,
    )


def _tensors(present: Sequence[Any]) -> ObjectCells:
    holds_lists = isinstance(present[0], list)
    kinds = {type(value) for value in present}
    if kinds not in ({np.ndarray}, {list}):
        raise TrainingDataError(
            "vectors among other values", hint="make each cell a numpy array of one shape"
        )
    arrays = [_array(value) for value in present]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1:
        shown = " and ".join(map(str, sorted(shapes)[:2]))
        raise TrainingDataError(
            f"vectors of different shapes, {shown} among them",
            hint="pad or cut them: every value of a feature has one shape",
        )
    _require_shape(*shapes)
    element = str(np.result_type(*{array.dtype for array in arrays}))
    if not holds_lists and len({array.dtype for array in arrays}) > 1:
        raise TrainingDataError(
            "vectors of several dtypes", hint="give them one, for example with `.astype(float)`"
        )
    return _of_arrays(np.stack(arrays), element, holds_lists=holds_lists)


def tensor_cells(values: NDArray[Any]) -> ObjectCells:
    """Return what an array of tensors holds.

    Args:
        values: Shape (n_rows, ...), at least one row.

    Raises:
        TrainingDataError: They are no numbers, or too many of them.
    """
    _require_shape(values.shape[1:])
    return _of_arrays(_array(values), str(values.dtype), holds_lists=False)


def _require_shape(shape: tuple[int, ...]) -> None:
    if not shape or 0 in shape or np.prod(shape) > _MAX_ELEMENTS:
        raise TrainingDataError(
            f"vectors of the shape {shape}", hint="a vector has 1 to 1,000,000 numbers"
        )


def _array(value: Any) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "fiu" or array.dtype.itemsize > np.dtype(np.float64).itemsize:
        raise TrainingDataError(
            "vectors that are ragged or hold something else than numbers",
            hint="make each cell a numpy array of numbers, all of one shape",
        )
    return array


def _of_arrays(stacked: NDArray[Any], element: str, *, holds_lists: bool) -> ObjectCells:
    flat = stacked.reshape(len(stacked), -1)
    is_sendable = np.isfinite(flat).all(axis=1)
    finite = flat[np.isfinite(flat)]
    sendable = stacked[is_sendable]
    return ObjectCells(
        dtype=DType.TENSOR,
        minimum=float(finite.min()) if len(finite) else None,
        maximum=float(finite.max()) if len(finite) else None,
        example=sendable[0].tolist() if len(sendable) else None,
        is_constant=bool((stacked == stacked[0]).all()),
        n_unsendable=int(np.count_nonzero(~is_sendable)),
        shape=stacked.shape[1:],
        element=element,
        holds_lists=holds_lists,
    )
