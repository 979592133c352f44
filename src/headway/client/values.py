"""Turns one value, of Python or of a library, into what JSON has for it, or says why there is nothing.

Invariant: a value arrives as it was, or it is refused. NaN and every other word for "missing" become
null; an infinity, for which JSON has no word, never does, and no digit is dropped.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import math
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_DEPTH = 8
_MISSING = frozenset({"NAType", "NaTType"})  # of pandas
_JSON_KINDS = "biuU"  # of numpy's dtypes
_MICROSECONDS = "datetime64[us]"
_WHOLE_DAYS = ("Y", "M", "W", "D")  # units of numpy
_FLOAT64_BYTES = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    """A value that cannot be sent.

    Attributes:
        what: The value, in words that do not show it.
        hint: What to send instead.
    """

    what: str
    hint: str = "send a number, a string, a boolean, or null for a missing value"


INFINITY = Refused("an infinity", "send a finite number, or null for a missing value")
FINER = Refused(
    "a time with digits below a microsecond", "round it to microseconds, for example `.round('us')`"
)
_OUT_OF_RANGE = Refused("a date outside of the years 1 to 9999")
_BYTES = Refused("bytes", "send a string: `value.decode()`")
_DURATION = Refused("a duration", "send a number, for example `value.total_seconds()`")
_ZONED_TIME = Refused(
    "a time of day with a zone whose offset depends on the date", "send a date-time, or no zone"
)
_ODD_OFFSET = Refused(
    "a zone whose offset has seconds", "convert it: `value.astimezone(datetime.UTC)`"
)
_NOT_TEXT = Refused("a string with half of a surrogate pair", "send text that UTF-8 can hold")
_INEXACT = Refused("a float that float64 cannot hold", "round it to float64")
_DEEP = Refused(f"a list more than {MAX_DEPTH} deep")


def json_value(value: Any, depth: int = 0) -> Any:
    """Return a value as the encoder of JSON takes it, or `Refused`.

    Args:
        value: A value of Python, numpy or pandas; or a list of such values.
        depth: How many lists it is in.
    """
    exact = _EXACT.get(type(value))
    if exact is not None:
        return exact(value)
    if isinstance(value, list | tuple):
        return _nested(value, depth)
    for kind, read in _SUBCLASSES:
        if isinstance(value, kind):
            return read(value)
    return _foreign(value, depth)


def array_values(array: Any) -> list[Any]:
    """Return the values of a numpy array as Python's; those that would change stay as they are.

    `tolist` makes a plain integer of a time in nanoseconds, and of one that `datetime` cannot hold.

    Args:
        array: Of one dimension or more.
    """
    kind = array.dtype.kind
    is_odd = kind in "mM" or (kind == "f" and array.dtype.itemsize > _FLOAT64_BYTES)
    if not is_odd:
        return list(array.tolist())
    if array.ndim > 1:
        return [array_values(row) for row in array]
    if kind != "M":
        return list(array)
    values = _coarser(array).tolist()
    changed = (_coarser(array) != array).tolist()
    return [
        array[i] if isinstance(value, int) or (changed[i] and value is not None) else value
        for i, value in enumerate(values)
    ]


def is_text(value: str) -> bool:
    """Whether UTF-8 can hold a string."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _itself(value: Any) -> Any:
    return value


def _text(value: str) -> Any:
    return value if is_text(value) else _NOT_TEXT


def _number(value: float) -> Any:
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else INFINITY


def _decimal(value: Decimal) -> Any:
    if value.is_finite():
        return str(value)
    return INFINITY if value.is_infinite() else None


def _moment(value: dt.datetime) -> Any:
    if type(value).__name__ in _MISSING:  # NaT passes for a datetime
        return None
    if getattr(value, "nanosecond", 0):
        return FINER
    if _has_odd_offset(value):
        return _ODD_OFFSET
    return value if type(value) is dt.datetime else value.isoformat()


def _time(value: dt.time) -> Any:
    if value.tzinfo is not None and value.utcoffset() is None:
        return _ZONED_TIME
    return _ODD_OFFSET if _has_odd_offset(value) else value.isoformat()


def _has_odd_offset(value: dt.datetime | dt.time) -> bool:
    """Whether RFC 3339, whose offsets are whole minutes, has no words for a zone."""
    offset = value.utcoffset()
    return offset is not None and offset.total_seconds() % 60 != 0


def _nested(values: Iterable[Any], depth: int) -> Any:
    if depth >= MAX_DEPTH:
        return _DEEP
    items = []
    for value in values:
        item = json_value(value, depth + 1)
        if isinstance(item, Refused):
            return item
        items.append(item)
    return items


def _foreign(value: Any, depth: int) -> Any:
    """Return the value of a library's type: a scalar or an array of numpy, or a column."""
    if type(value).__name__ in _MISSING:
        return None
    n_dimensions = getattr(value, "ndim", None)
    if n_dimensions == 0 and hasattr(value, "dtype"):
        return _array_scalar(value)
    if n_dimensions and hasattr(value, "tolist"):
        numpy_like = hasattr(value.dtype, "itemsize") and hasattr(value, "__array_interface__")
        return _nested(array_values(value) if numpy_like else value.tolist(), depth)
    return Refused(f"a `{type(value).__name__}`")


def _array_scalar(value: Any) -> Any:
    """Return a scalar of numpy, or an array without dimensions."""
    kind = getattr(value.dtype, "kind", "?")
    if kind in _JSON_KINDS:
        return json_value(value.item())
    if kind == "f":
        number = float(value)
        exact = number == value or number != number  # noqa: PLR0124 - NaN
        return _number(number) if exact else _INEXACT
    if kind == "M":
        return _array_moment(value)
    return {"S": _BYTES, "m": _DURATION}.get(kind, Refused(f"a `{type(value).__name__}`"))


def _array_moment(value: Any) -> Any:
    if value != value:  # noqa: PLR0124 - NaT
        return None
    coarser = _coarser(value)
    if coarser != value:
        return FINER
    moment = coarser.item()
    return _OUT_OF_RANGE if isinstance(moment, int) else moment


def _coarser(value: Any) -> Any:
    """Return dates, or times in microseconds, which become Python's own."""
    unit = value.dtype.str.partition("[")[2].rstrip("]")
    return value.astype("datetime64[D]" if unit in _WHOLE_DAYS else _MICROSECONDS)


_EXACT: dict[type, Callable[[Any], Any]] = {
    str: _text,
    int: _itself,
    bool: _itself,
    type(None): _itself,
    float: _number,
    Decimal: _decimal,
    dt.datetime: _moment,
    dt.date: _itself,
    dt.time: _time,
    uuid.UUID: _itself,
}
_SUBCLASSES: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Refused, _itself),
    (enum.Enum, lambda value: json_value(value.value)),
    ((bytes, bytearray, memoryview), lambda _: _BYTES),
    (dt.timedelta, lambda value: None if type(value).__name__ in _MISSING else _DURATION),
    (dt.datetime, _moment),
    (dt.date, lambda value: value.isoformat()),
    (dt.time, _time),
    (Decimal, _decimal),
    (uuid.UUID, str),
    (str, lambda value: _text(str.__str__(value))),
    (float, lambda value: _number(float(value))),
    (int, int),
)
