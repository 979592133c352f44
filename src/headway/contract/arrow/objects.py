"""Reads columns of Arrow that hold decimals, dates, times of day, date-times or lists of numbers.

Invariant: nothing is rounded. What Python's own objects cannot hold becomes a thing that no feature
takes, and never an exception; no time zone is looked up, as an instant needs none.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from headway.contract.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

LISTS = frozenset({"list", "large_list", "fixed_size_list"})
_LEAVES = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)) | {
    "halffloat",
    "float",
    "double",
}
# Arrow's words for numbers that numpy calls otherwise
NUMPY_WORDS = {"halffloat": "float16", "float": "float32", "double": "float64"}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_DAY_MS = 86_400_000
_DAY_US = 86_400_000_000
# how many of a unit are a second
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_NS_PER_US = 1_000


class FineDatetime(dt.datetime):
    """An instant in UTC that lies between two microseconds; `nanosecond` is what it has beyond them."""

    nanosecond: int

    @override
    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        """Return the text with nine digits of a second."""
        plain = self.replace(tzinfo=None)
        text = dt.datetime.combine(plain.date(), plain.time()).isoformat(sep, "microseconds")
        return f"{text}{self.nanosecond:03d}+00:00"


def stand_in(type_: pa.DataType) -> Any:
    """Return a thing that is of no type that a feature has, and says its type in Arrow."""
    return type(printable(str(type_)), (), {})()


def read_decimals(column: pa.ChunkedArray) -> list[Any]:
    """Return `Decimal`s."""
    try:
        values: list[Any] = column.to_pylist()
    except ArithmeticError:  # a point so far from the digits that Arrow cannot write the number
        return _stand_ins(column)
    return values


def read_dates(column: pa.ChunkedArray) -> list[Any]:
    """Return `date`s."""
    odd = stand_in(column.type)
    is_days = str(column.type) == "date32[day]"

    def read(count: int) -> Any:
        days, rest = (count, 0) if is_days else divmod(count, _DAY_MS)
        ordinal = days + _EPOCH_DAY
        is_held = not rest and 1 <= ordinal <= dt.date.max.toordinal()
        return dt.date.fromordinal(ordinal) if is_held else odd

    return _each(column.cast("int32" if is_days else "int64"), read)


def read_times(column: pa.ChunkedArray) -> list[Any]:
    """Return `time`s without a zone."""
    odd = stand_in(column.type)
    per_second = _PER_SECOND[column.type.unit]

    def read(count: int) -> Any:
        microseconds, rest = divmod(count * 1_000_000, per_second)
        if rest or not 0 <= microseconds < _DAY_US:
            return odd
        return (_EPOCH + dt.timedelta(microseconds=microseconds)).time()

    return _each(column.cast("int32" if column.type.bit_width == 32 else "int64"), read)  # noqa: PLR2004


def read_timestamps(column: pa.ChunkedArray) -> NDArray[Any] | list[Any]:
    """Return date-times without a zone as numpy's, or instants as `datetime`s in UTC."""
    if column.type.tz is not None:
        return _each(column.cast("int64"), _instant_reader(column.type))
    values = local_times(column)
    if not column.null_count:
        return values
    # a null is missing to a feature of any type, and NaT to one of date-times only
    return [None if np.isnat(value) else value for value in values]


def local_times(column: pa.ChunkedArray) -> NDArray[Any]:
    """Return date-times without a zone as an array of kind `M`, null as NaT."""
    counts = column.cast("int64")
    values: NDArray[Any] = counts.fill_null(0).to_numpy().astype(f"M8[{column.type.unit}]")
    values[counts.is_null().to_numpy()] = np.datetime64("NaT")
    return values


def _instant_reader(type_: pa.DataType) -> Callable[[int], Any]:
    odd = stand_in(type_)
    per_second = _PER_SECOND[type_.unit]

    def read(count: int) -> Any:
        microseconds, rest = divmod(count * 1_000_000, per_second)
        try:
            value = _EPOCH + dt.timedelta(microseconds=microseconds)
        except OverflowError:
            return odd
        if not rest:
            return value
        fine = FineDatetime.combine(value.date(), value.timetz())
        fine.nanosecond = rest * _NS_PER_US // per_second
        return fine

    return read


def _stand_ins(column: pa.ChunkedArray) -> list[Any]:
    odd = stand_in(column.type)
    return [None if is_null else odd for is_null in column.is_null().to_pylist()]


def _each(counts: pa.ChunkedArray, read: Callable[[int], Any]) -> list[Any]:
    return [None if count is None else read(count) for count in counts.to_pylist()]


def leaf_of(type_: pa.DataType) -> str | None:
    """Return what nested lists hold, where that is numbers."""
    while word_of(type_) in LISTS:
        type_ = type_.value_type
    return str(type_) if str(type_) in _LEAVES else None


def word_of(type_: pa.DataType) -> str:
    """Return the name of a type without its parameters."""
    return str(type_).partition("<")[0]


def storage_of(type_: pa.DataType) -> str:
    """Return a type as Arrow prints it, but lists without the names that their items have.

    Examples:
        >>> import pyarrow
        >>> storage_of(pyarrow.list_(pyarrow.float32(), 3))
        'fixed_size_list<float>[3]'
    """
    word = word_of(type_)
    if word not in LISTS:
        return str(type_)
    size = f"[{type_.list_size}]" if word == "fixed_size_list" else ""
    return f"{word}<{storage_of(type_.value_type)}>{size}"


def training_values(column: pa.ChunkedArray) -> Any:
    """Return arrays for date-times without a zone and for lists of numbers, else `None`."""
    word = word_of(column.type)
    if word in LISTS and (leaf := leaf_of(column.type)) is not None:
        dtype = np.dtype(NUMPY_WORDS.get(leaf, leaf))
        return [None if value is None else _as_array(value, dtype) for value in read_lists(column)]
    if word.startswith("timestamp[") and column.type.tz is None:
        return local_times(column)
    return None


def _as_array(value: list[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    try:
        return np.array(value, dtype=dtype)
    except (TypeError, ValueError):  # ragged, or null among whole numbers
        return np.array([repr(value)])


def read_lists(column: pa.ChunkedArray) -> list[Any]:
    """Return nested lists; of something else than numbers, things that no feature takes."""
    if leaf_of(column.type) is None:
        return _stand_ins(column)
    return [value for chunk in column.chunks for value in _nested(chunk)]


def _nested(array: pa.Array) -> list[Any]:
    word = word_of(array.type)
    if word not in LISTS:
        values: list[Any] = array.to_pylist() if array.null_count else array.to_numpy().tolist()
        return values
    if not len(array):
        return []
    bounds = _bounds(array)
    items = _nested(array.values.slice(bounds[0], bounds[-1] - bounds[0]))
    cuts = [bound - bounds[0] for bound in bounds]
    lists = [items[cuts[i] : cuts[i + 1]] for i in range(len(array))]
    if not array.null_count:
        return lists
    missing = array.is_null().to_pylist()
    return [None if is_null else value for is_null, value in zip(missing, lists, strict=True)]


def _bounds(array: pa.Array) -> list[int]:
    """Return where the items of each list begin, and where those of the last one end."""
    if word_of(array.type) == "fixed_size_list":
        size = array.type.list_size
        return [(array.offset + i) * size for i in range(len(array) + 1)]
    bounds: list[int] = array.offsets.to_pylist()
    return bounds


def listed_bytes(array: pa.Array) -> int:
    """Return how large nested lists are, with 8 bytes for each list in a list: of no length they take none."""
    n_bytes = 0
    while word_of(array.type) in LISTS:
        array = array.values
        is_list = word_of(array.type) in LISTS
        width = 8 if is_list or leaf_of(array.type) is None else array.type.bit_width // 8
        n_bytes += len(array) * width
    return n_bytes


READERS: Mapping[str, Callable[[pa.ChunkedArray], Any]] = {
    **dict.fromkeys((f"decimal{bits}" for bits in (32, 64, 128, 256)), read_decimals),
    **dict.fromkeys(("date32", "date64"), read_dates),
    **dict.fromkeys(("time32", "time64"), read_times),
    **dict.fromkeys(LISTS, read_lists),
    "timestamp": read_timestamps,
}
