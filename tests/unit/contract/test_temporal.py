from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.contract.scalars import WRONG_TYPE
from headway.contract.temporal import parse_temporal, temporal_reader, time_span
from headway.contract.text import json_form
from headway.core.dtypes import DType
from unit.contract.strategies import feature

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def reader(dtype: DType, storage: str = "object", *, is_zoned: bool = False) -> Any:
    return temporal_reader(feature("a", dtype, fields={"storage": storage, "is_zoned": is_zoned}))


read_date = reader(DType.DATE)
read_time, read_zoned_time = reader(DType.TIME), reader(DType.TIME, is_zoned=True)
read_local, read_instant = reader(DType.DATETIME), reader(DType.DATETIME, is_zoned=True)


@given(st.dates())
def test_a_date_survives_its_text(value: dt.date) -> None:
    assert read_date(json_form(value)) == value
    assert read_date(value) is value


@given(st.datetimes())
def test_a_local_date_time_survives_its_text(value: dt.datetime) -> None:
    assert read_local(json_form(value)) == value
    assert read_local(json_form(value).replace("T", " ")) == value
    assert read_instant(json_form(value)) is WRONG_TYPE
    assert read_instant(value) is WRONG_TYPE


@given(st.datetimes(timezones=st.timezones(), min_value=dt.datetime(1900, 1, 1)))
def test_an_instant_survives_its_text_and_is_kept_in_utc(value: dt.datetime) -> None:
    read = read_instant(value)
    assert read.tzinfo is dt.UTC
    assert read - value == dt.timedelta(0)
    assert read_instant(json_form(read)) == read
    assert read_instant(json_form(read).lower()) == read
    assert read_local(value) is WRONG_TYPE


@given(st.times())
def test_a_time_survives_its_text(value: dt.time) -> None:
    assert read_time(json_form(value)) == value
    assert read_zoned_time(json_form(value)) is WRONG_TYPE
    assert read_zoned_time(json_form(value) + "Z") == value.replace(tzinfo=dt.UTC)
    assert read_time(json_form(value) + "Z") is WRONG_TYPE


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30", "2025-02-29", "2026-13-01", "2026-00-01", "0000-01-01", "10000-01-01", "26-01-31", "20260131", "2026-1-31",
        "2026-W05-6", "2026-031", "2026-01-31 ", " 2026-01-31", "2026-01-31\n", "2026-01-31T00:00:00", "2026/01/31", "", "today",
    ],
)  # fmt: skip
def test_what_is_no_date_is_of_another_type(text: str) -> None:
    assert read_date(text) is WRONG_TYPE


@pytest.mark.parametrize(
    "clock",
    [
        "24:00:00", "23:59:60", "10:60:00", "1:00:00", "10:00:00.", "10:00:00.1234567", "10:00:00,5", "100000", "10", "10:00:00.5.5",
        "T10:00:00", "", "-1:00:00", "10:00:-1",
    ],
)  # fmt: skip
def test_what_is_no_time_is_of_another_type(clock: str) -> None:
    assert read_time(clock) is WRONG_TYPE
    assert read_zoned_time(f"{clock}Z") is WRONG_TYPE
    assert read_local(f"2026-06-30T{clock}") is WRONG_TYPE
    assert read_instant(f"2026-06-30T{clock}Z") is WRONG_TYPE


@pytest.mark.parametrize(
    "offset", ["", "+24:00", "+05:60", "+5:00", "+0500", "+05", "Z+01:00", "UTC", " Z", "+01:00:00"]
)
def test_an_offset_has_one_form_and_a_range(offset: str) -> None:
    assert read_instant(f"2026-01-31T10:00:00{offset}") is WRONG_TYPE
    assert read_zoned_time(f"10:00:00{offset}") is WRONG_TYPE


@pytest.mark.parametrize(
    ("offset", "hour"),
    [("Z", 10), ("z", 10), ("+00:00", 10), ("-00:00", 10), ("+02:00", 8), ("-11:30", 21)],
)
def test_an_offset_is_taken_from_the_time(offset: str, hour: int) -> None:
    assert read_instant(f"2026-01-31T10:00:00{offset}").hour == hour
    assert read_zoned_time(f"10:00{offset}").hour == hour


def test_a_time_of_day_needs_no_seconds_and_a_date_time_does() -> None:
    assert read_time("10:00") == dt.time(10)
    assert read_local("2026-01-31T10:00") is WRONG_TYPE


def test_an_instant_beyond_the_years_of_utc_is_of_another_type() -> None:
    assert read_instant("0001-01-01T00:00:00+00:01") is WRONG_TYPE
    assert read_instant("9999-12-31T23:59:59-00:01") is WRONG_TYPE
    assert (
        read_instant(dt.datetime.max.replace(tzinfo=dt.timezone(-dt.timedelta(hours=1))))
        is WRONG_TYPE
    )


@pytest.mark.parametrize(
    ("storage", "text", "is_held"),
    [
        ("datetime64[s]", "2026-01-31T10:00:00", True),
        ("datetime64[s]", "2026-01-31T10:00:00.000001", False),
        ("datetime64[ms]", "2026-01-31T10:00:00.001", True),
        ("datetime64[ms]", "2026-01-31T10:00:00.0001", False),
        ("datetime64[us]", "9999-12-31T23:59:59.999999", True),
        ("datetime64[ns]", "2026-01-31T10:00:00.000001", True),
        ("datetime64[ns]", "2262-04-12T00:00:00", False),
        ("datetime64[ns]", "1677-09-21T00:00:00", False),
        ("timestamp[s]", "2026-01-31T10:00:00.000001", False),
        ("timestamp[ms]", "2026-01-31T10:00:00.001", True),
        ("timestamp[us]", "9999-12-31T23:59:59.999999", True),
        ("timestamp[ns]", "2262-04-12T00:00:00", False),
    ],
)
def test_what_the_column_cannot_hold_is_of_another_type(
    storage: str, text: str, is_held: bool
) -> None:
    assert (reader(DType.DATETIME, storage)(text) is not WRONG_TYPE) == is_held


def test_a_time_of_day_is_as_fine_as_its_column() -> None:
    held = {"time32[s]": 0, "time32[ms]": 1_000, "time64[us]": 1, "time64[ns]": 1, "object": 1}
    for storage, step in held.items():
        for microsecond in (0, 1, 1_000):
            value = dt.time(10, 0, 0, microsecond)
            is_held = not microsecond or (step and microsecond % step == 0)
            expected = value if is_held else WRONG_TYPE
            assert reader(DType.TIME, storage)(value) == expected


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_ends_of_nanoseconds_have_room_for_every_zone(zone: str) -> None:
    span = time_span("datetime64[ns]")
    for end in span[:2]:
        column = pd.DatetimeIndex([end.replace(tzinfo=None)]).as_unit("ns").tz_localize("UTC")
        local = column.tz_convert(zone)
        assert local[0].year == end.astimezone(zoneinfo.ZoneInfo(zone)).year
        assert local.hour[0] == end.astimezone(zoneinfo.ZoneInfo(zone)).hour


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (pd.Timestamp("2026-01-31 10:00"), dt.datetime(2026, 1, 31, 10)),
        (np.datetime64("2026-01-31T10:00:00", "s"), dt.datetime(2026, 1, 31, 10)),
        (np.datetime64("2026-01-31T10:00:00", "ns"), dt.datetime(2026, 1, 31, 10)),
        (np.datetime64(1, "ns"), WRONG_TYPE),
        (pd.Timestamp(1), WRONG_TYPE),
        (np.datetime64("2026-01-31", "D"), WRONG_TYPE),
        (np.datetime64("12026-01-31T10:00:00", "s"), WRONG_TYPE),
        (np.datetime64(2**62, "s"), WRONG_TYPE),
        (pd.Timestamp("2026-01-31", tz="UTC"), WRONG_TYPE),
        (dt.date(2026, 1, 31), WRONG_TYPE),
        (dt.time(10), WRONG_TYPE),
        (1_000_000, WRONG_TYPE),
        (1.5, WRONG_TYPE),
        (True, WRONG_TYPE),
        ([], WRONG_TYPE),
        (pd.NaT, None),
        (np.datetime64("NaT"), None),
        (np.datetime64("NaT", "ns"), None),
        (float("nan"), None),
    ],
)
def test_objects_of_pandas_and_numpy_are_date_times_too(value: Any, expected: Any) -> None:
    read = read_local(value)
    assert read is expected if expected in (None, WRONG_TYPE) else read == expected
    assert type(read) in (dt.datetime, type(None), object)


@pytest.mark.parametrize(
    ("value", "is_date"),
    [
        (dt.date(2026, 1, 31), True),
        (dt.datetime(2026, 1, 31), True),
        (pd.Timestamp("2026-01-31"), True),
        (np.datetime64("2026-01-31"), True),
        (np.datetime64("2026-01-31T00:00:00", "ns"), True),
        (dt.datetime(2026, 1, 31, 10), False),
        (pd.Timestamp("2026-01-31 10:00"), False),
        (dt.datetime(2026, 1, 31, tzinfo=dt.UTC), False),
        (np.datetime64("2026-01-31T10", "h"), False),
        (20260131, False),
    ],
)
def test_a_date_time_at_midnight_is_a_date(value: Any, is_date: bool) -> None:
    assert read_date(value) == dt.date(2026, 1, 31) if is_date else read_date(value) is WRONG_TYPE


def test_the_second_hour_of_a_clock_that_is_set_back_is_another_instant() -> None:
    twice = dt.datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    later = twice.replace(fold=1)
    assert read_instant(later) - read_instant(twice) == dt.timedelta(hours=1)
    stamps = [pd.Timestamp(value) for value in (twice, later)]
    assert [read_instant(stamp) for stamp in stamps] == [read_instant(twice), read_instant(later)]


def test_a_declared_text_is_parsed_without_a_feature() -> None:
    assert parse_temporal(DType.DATE, "2026-01-31") == dt.date(2026, 1, 31)
    assert parse_temporal(DType.TIME, "10:00Z") == dt.time(10, tzinfo=dt.UTC)
    with pytest.raises(ValueError, match="day"):
        parse_temporal(DType.DATE, "2026-02-30")
