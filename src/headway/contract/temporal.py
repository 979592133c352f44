"""Reads dates, times of day and date-times, from text as RFC 3339 writes them or from Python's objects.

Invariant: nothing is rounded, wrapped or moved: a value that the training column could not have held
exactly is of another type. What names an instant is kept in UTC.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headway.contract.scalars import WRONG_TYPE, python_scalar
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Feature

_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_MINUTES = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SECONDS = r":[0-5][0-9](?:\.[0-9]{1,6})?"
_OFFSET = r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_STORAGE = re.compile(r"(?:datetime64|timestamp|time32|time64)\[(s|ms|us|ns)\b.*\]")
_STEPS_US = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_INT64_NS_AS_US = (2**63 - 1) // 1_000
# the local time of the greatest instant has to fit too, whatever the zone
_ROOM_FOR_ZONES = dt.timedelta(days=1)


class TimeSpan(NamedTuple):
    """Which date-times a column holds.

    Attributes:
        least: The first one, aware.
        greatest: The last one, aware.
        step_us: Microseconds between two that it tells apart.
    """

    least: dt.datetime
    greatest: dt.datetime
    step_us: int


def time_span(storage: str) -> TimeSpan:
    """Return which date-times a column of the training frame's dtype holds exactly.

    Args:
        storage: `datetime64[ns]`, `timestamp[us, tz=Europe/Berlin]`, `time32[s]`, ...; any other dtype
            holds what Python's own date-times hold.
    """
    match = _STORAGE.fullmatch(storage)
    unit = match[1] if match else "us"
    least = dt.datetime.min.replace(tzinfo=dt.UTC)
    greatest = dt.datetime.max.replace(tzinfo=dt.UTC)
    if unit == "ns" and not storage.startswith("time64"):
        most = dt.timedelta(microseconds=_INT64_NS_AS_US) - _ROOM_FOR_ZONES
        least, greatest = _EPOCH - most, _EPOCH + most
    return TimeSpan(least, greatest, _STEPS_US[unit])


def pattern(dtype: DType, *, is_zoned: bool) -> str:
    """Return the regular expression of the text of a date, a time or a date-time.

    RFC 3339, section 5.6, with at most six digits of a second, no leap second, and for a time of
    day without seconds where they are 0. `T` and `Z` may be small, and a space may stand for `T`.
    """
    if dtype is DType.DATE:
        return _DATE
    offset = _OFFSET if is_zoned else ""
    if dtype is DType.TIME:
        return f"{_MINUTES}(?:{_SECONDS})?{offset}"
    return f"{_DATE}[Tt ]{_MINUTES}{_SECONDS}{offset}"


def counted(value: Any) -> int:
    """Return the days of a date, or the microseconds of a time or a date-time, from a fixed day on."""
    if isinstance(value, dt.time):
        value = dt.datetime.combine(_EPOCH.date(), value)
    if not isinstance(value, dt.datetime):
        days: int = value.toordinal()
        return days
    epoch = _EPOCH if value.tzinfo else _EPOCH.replace(tzinfo=None)
    return (value - epoch) // dt.timedelta(microseconds=1)


def temporal_reader(feature: Feature) -> Callable[[Any], Any]:
    """Return what reads a value as `date`, `time` or `datetime`, `None` for missing, or `WRONG_TYPE`."""
    is_text = re.compile(pattern(feature.dtype, is_zoned=feature.is_zoned)).fullmatch
    read_object = _object_reader(feature)

    def read(value: Any) -> Any:
        if isinstance(value, str):
            if is_text(value) is None:
                return WRONG_TYPE
            try:
                value = parse_temporal(feature.dtype, str(value))
            except (ValueError, OverflowError):  # the 30th of February, the year 0
                return WRONG_TYPE
        return read_object(value)

    return read


def parse_temporal(dtype: DType, text: str) -> Any:
    """Return the `date`, `time` or `datetime` that a text of `pattern` names; an instant in UTC.

    Raises:
        ValueError: There is no such day.
        OverflowError: The instant is beyond the years 1 to 9999 in UTC.
    """
    if dtype is DType.DATE:
        return dt.date.fromisoformat(text)
    if dtype is DType.TIME:
        return _time_in_utc(dt.time.fromisoformat(text.upper()))
    return _in_utc(dt.datetime.fromisoformat(text.upper()))


def _object_reader(feature: Feature) -> Callable[[Any], Any]:
    if feature.dtype is DType.DATE:
        return _read_date
    is_zoned, span = feature.is_zoned, time_span(feature.storage)
    if feature.dtype is DType.TIME:
        return lambda value: _read_time(value, span, is_zoned=is_zoned)
    return lambda value: _read_datetime(value, span, is_zoned=is_zoned)


def _read_date(value: Any) -> Any:
    value = _plain(value)
    if isinstance(value, dt.datetime):
        is_day = value.tzinfo is None and value.time() == dt.time.min
        return value.date() if is_day else WRONG_TYPE
    return value if value is None or isinstance(value, dt.date) else WRONG_TYPE


def _read_time(value: Any, span: TimeSpan, *, is_zoned: bool) -> Any:
    value = _plain(value)
    if value is None:
        return None
    if not isinstance(value, dt.time) or (value.utcoffset() is not None) is not is_zoned:
        return WRONG_TYPE
    return WRONG_TYPE if value.microsecond % span.step_us else _time_in_utc(value)


def _read_datetime(value: Any, span: TimeSpan, *, is_zoned: bool) -> Any:
    value = _plain(value)
    if value is None:
        return None
    if not isinstance(value, dt.datetime) or (value.utcoffset() is not None) is not is_zoned:
        return WRONG_TYPE
    try:
        value = _in_utc(value)
    except OverflowError:
        return WRONG_TYPE
    instant = value if is_zoned else value.replace(tzinfo=dt.UTC)
    fits = span.least <= instant <= span.greatest and value.microsecond % span.step_us == 0
    return value if fits else WRONG_TYPE


def _plain(value: Any) -> Any:
    """Return numpy's and pandas' date-times as Python's own, missing as `None`."""
    if isinstance(value, np.datetime64):
        return _from_numpy(value)
    value = python_scalar(value)
    if isinstance(value, dt.datetime) and type(value) is not dt.datetime:
        if value != value:  # noqa: PLR0124 - pandas' NaT is the only one that differs from itself
            return None
        if getattr(value, "nanosecond", 0):
            return WRONG_TYPE
        return dt.datetime.combine(value.date(), value.timetz())
    return value


def _from_numpy(value: np.datetime64) -> Any:
    if np.isnat(value):
        return None
    item = value.item()
    if not isinstance(item, int):
        return item
    # a whole number stands for nanoseconds, or for a year that Python does not have
    if np.datetime_data(value.dtype)[0] != "ns":
        return WRONG_TYPE
    exact = value.astype("datetime64[us]")
    return exact.item() if exact == value else WRONG_TYPE


def _in_utc(value: dt.datetime) -> dt.datetime:
    return value if value.tzinfo is None else value.astimezone(dt.UTC)


def _time_in_utc(value: dt.time) -> dt.time:
    if value.tzinfo is None:
        return value.replace(fold=0)
    # any day with one before and one after it
    day = dt.datetime.combine(dt.date(2000, 1, 2), value)
    return day.astimezone(dt.UTC).timetz()
