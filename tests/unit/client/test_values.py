"""A value arrives as it was, or it is refused."""

from __future__ import annotations

import datetime as dt
import enum
import math
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.client.values import MAX_DEPTH, Refused, array_values, is_text, json_value

NAIVE = dt.datetime(2026, 2, 3, 4, 5, 6, 7)
INDIA = dt.timezone(dt.timedelta(hours=5, minutes=30))
ODD = dt.timezone(dt.timedelta(hours=5, seconds=7))
ID = uuid.UUID(int=5)


class Color(enum.Enum):
    RED = "red"
    UNKNOWN = math.nan


class Text(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class OwnText(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


def sent(value: Any) -> Any:
    """Return what arrives."""
    return msgspec.json.decode(msgspec.json.encode(json_value(value)))


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        ("car", "car"),
        (OwnText("car"), "car"),
        (True, True),
        (None, None),
        (5, 5),
        (2**70, 2**70),
        (-0.0, -0.0),
        (5e-324, 5e-324),
        (math.nan, None),
        (Decimal("1.500"), "1.500"),
        (Decimal("123456789012345678901234567890.12"), "123456789012345678901234567890.12"),
        (Decimal("NaN"), None),
        (dt.date(2026, 2, 3), "2026-02-03"),
        (dt.time(4, 5, 6), "04:05:06"),
        (dt.time(4, 5, 6, 7), "04:05:06.000007"),
        (dt.time(4, 5, tzinfo=INDIA), "04:05:00+05:30"),
        (NAIVE, "2026-02-03T04:05:06.000007"),
        (NAIVE.replace(tzinfo=dt.UTC), "2026-02-03T04:05:06.000007Z"),
        (NAIVE.replace(tzinfo=INDIA), "2026-02-03T04:05:06.000007+05:30"),
        (NAIVE.replace(tzinfo=ZoneInfo("America/New_York")), "2026-02-03T04:05:06.000007-05:00"),
        (ID, str(ID)),
        (Color.RED, "red"),
        (Color.UNKNOWN, None),
        (Text.RED, "red"),
        (Level.HIGH, 3),
        ([1, 2.5, None, math.nan], [1, 2.5, None, None]),
        (((1, 2), (3, 4)), [[1, 2], [3, 4]]),
    ],
)
def test_a_value_of_python_arrives(value: Any, arrives: Any) -> None:
    assert repr(sent(value)) == repr(arrives)  # True is not 1


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (np.int8(5), 5),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.bool_(True), True),
        (np.float64(0.1), 0.1),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.float16("nan"), None),
        (np.longdouble(0.5), 0.5),
        (np.str_("car"), "car"),
        (np.array(3), 3),
        (np.datetime64("2026-02-03"), "2026-02-03"),
        (np.datetime64("2026-02"), "2026-02-01"),
        (np.datetime64("2026-02-03T04"), "2026-02-03T04:00:00"),
        (np.datetime64("2026-02-03T04:05:06.000007", "ns"), "2026-02-03T04:05:06.000007"),
        (np.datetime64("NaT"), None),
        (np.datetime64("NaT", "ns"), None),
        (np.array([1.5, math.nan]), [1.5, None]),
        (np.array([[1, 2], [3, 4]], dtype=np.int8), [[1, 2], [3, 4]]),
        (np.array([np.datetime64("2026-02-03", "ns")]), ["2026-02-03T00:00:00"]),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("2026-02-03T04:05:06.000007"), "2026-02-03T04:05:06.000007"),
        (pd.Timestamp("2026-02-03", tz="Asia/Kolkata"), "2026-02-03T00:00:00+05:30"),
        (pd.Series([1, 2]), [1, 2]),
        (pd.array([1, None], dtype="Int64"), [1, None]),
    ],
)
def test_a_value_of_a_library_arrives(value: Any, arrives: Any) -> None:
    assert repr(sent(value)) == repr(arrives)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (math.inf, "an infinity"),
        (-math.inf, "an infinity"),
        (np.float32("inf"), "an infinity"),
        (np.longdouble("inf"), "an infinity"),
        (np.longdouble(1) / 3, "float64"),
        (Decimal("-Infinity"), "an infinity"),
        ([1.0, [math.inf]], "an infinity"),
        (np.array([1.0, math.inf]), "an infinity"),
        (b"x", "bytes"),
        (bytearray(b"x"), "bytes"),
        (memoryview(b"x"), "bytes"),
        (np.bytes_(b"x"), "bytes"),
        (dt.timedelta(1), "a duration"),
        (pd.Timedelta(1), "a duration"),
        (np.timedelta64(1, "s"), "a duration"),
        (np.array([1], dtype="m8[ns]"), "a duration"),
        (pd.Timestamp(1), "below a microsecond"),
        (np.datetime64(1, "ns"), "below a microsecond"),
        (np.array([1], dtype="M8[ns]"), "below a microsecond"),
        (np.datetime64("12000-01-01T00", "s"), "years 1 to 9999"),
        (np.datetime64("-12000-01-01", "D"), "years 1 to 9999"),
        (np.array(["12000-01-01"], dtype="M8[s]"), "years 1 to 9999"),
        (dt.time(1, tzinfo=ZoneInfo("America/New_York")), "depends on the date"),
        (dt.time(1, tzinfo=ODD), "offset has seconds"),
        (NAIVE.replace(tzinfo=ODD), "offset has seconds"),
        ("\ud800", "surrogate"),
        (1j, "complex"),
        (np.complex128(1j), "complex128"),
        (Fraction(1, 3), "Fraction"),
        ({"a": 1}, "dict"),
        ({1}, "set"),
        (object(), "object"),
        (pd.Interval(0, 1), "Interval"),
        (pd.Period("2026-01", "M"), "Period"),
    ],
)
def test_what_json_does_not_have_is_refused(value: Any, what: str) -> None:
    refused = json_value(value)
    assert isinstance(refused, Refused)
    assert what in refused.what
    assert refused.hint


def test_the_depth_of_a_list_is_bounded() -> None:
    value: Any = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    assert json_value(value) == value
    assert isinstance(json_value([value]), Refused)


@pytest.mark.parametrize("unit", ["D", "h", "m", "s", "ms", "us", "ns"])
def test_times_of_an_array_become_pythons(unit: str) -> None:
    array = np.array(["2026-02-03", "NaT", "1969-12-31"], dtype=f"M8[{unit}]")
    moments = [str(value)[:10] for value in array_values(array)]
    assert moments == ["2026-02-03", "None", "1969-12-31"]


def test_times_that_would_change_stay_what_they_are() -> None:
    array = np.array([[1_000, 1_001]], dtype="M8[ns]")
    ((kept, odd),) = array_values(array)
    assert kept == dt.datetime(1970, 1, 1, 0, 0, 0, 1)
    assert isinstance(odd, np.datetime64)


@pytest.mark.parametrize(("value", "is_one"), [("\u00e9\U0001f600", True), ("a\ud800", False)])
def test_half_of_a_surrogate_pair_is_no_text(value: str, is_one: bool) -> None:
    assert is_text(value) is is_one


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_keeps_all_its_digits(value: Decimal) -> None:
    assert Decimal(sent(value)).as_tuple() == value.as_tuple()


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_a_moment_arrives_as_it_was_or_is_refused(value: dt.datetime) -> None:
    clean = json_value(value)
    if isinstance(clean, Refused):
        assert (value.utcoffset() or dt.timedelta()).total_seconds() % 60
    else:
        arrived = dt.datetime.fromisoformat(sent(value))
        assert arrived.replace(tzinfo=None) == value.replace(tzinfo=None)
        assert arrived.utcoffset() == value.utcoffset()


@given(st.floats(width=64))
def test_a_float_arrives_bit_by_bit(value: float) -> None:
    clean = json_value(value)
    if math.isinf(value):
        assert isinstance(clean, Refused)
    elif math.isnan(value):
        assert clean is None
    else:
        assert sent(value).hex() == value.hex()
