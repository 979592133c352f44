from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from headway.contract.objects import ObjectCells, datetime_cells, read_objects
from headway.contract.training import TrainingColumn
from headway.core.dtypes import DType
from headway.errors import TrainingDataError

UTC = dt.UTC


def read(values: list[Any], storage: str = "object") -> ObjectCells | None:
    return read_objects(TrainingColumn("a", values, storage), values)


def test_plain_values_are_not_read_here() -> None:
    for values in ([1], ["a"], [True], [1.5], [b"a"]):
        assert read(values) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            [Decimal("2.50"), Decimal(10), Decimal(-1)],
            ObjectCells(dtype=DType.DECIMAL, minimum="-1", maximum="10", example="2.50", is_constant=False),
        ),
        (
            [dt.date(2026, 1, 31)] * 2,
            ObjectCells(dtype=DType.DATE, minimum="2026-01-31", maximum="2026-01-31", example="2026-01-31", is_constant=True),
        ),
        (
            [dt.time(9, 30), dt.time(8)],
            ObjectCells(dtype=DType.TIME, minimum="08:00:00", maximum="09:30:00", example="08:00:00", is_constant=False),
        ),
        (
            [dt.time(9, 30, tzinfo=UTC)],
            ObjectCells(dtype=DType.TIME, minimum="09:30:00Z", maximum="09:30:00Z", example="09:30:00Z", is_constant=True, is_zoned=True),
        ),
        (
            [dt.datetime(2026, 1, 31), dt.datetime(2026, 2, 1)],
            ObjectCells(
                dtype=DType.DATETIME, minimum="2026-01-31T00:00:00", maximum="2026-02-01T00:00:00", example="2026-01-31T00:00:00", is_constant=False,
            ),
        ),
        (
            [np.array([1, 2], dtype="i2"), np.array([3, 4], dtype="i2")],
            ObjectCells(dtype=DType.TENSOR, minimum=1.0, maximum=4.0, example=[1, 2], is_constant=False, shape=(2,), element="int16"),
        ),
        (
            [[[1], [2.5]], [[3], [4]]],
            ObjectCells(
                dtype=DType.TENSOR, minimum=1.0, maximum=4.0, example=[[1.0], [2.5]], is_constant=False, shape=(2, 1), element="float64", holds_lists=True,
            ),
        ),
    ],
)  # fmt: skip
def test_a_column_is_read_as_its_type(values: list[Any], expected: ObjectCells) -> None:
    assert read(values) == expected


def test_instants_are_shown_in_utc_whatever_their_zone() -> None:
    series = pd.Series(pd.to_datetime(["2026-01-31 10:00", "2026-07-31 10:00"])).dt.tz_localize(
        "Europe/Berlin"
    )
    for unit in ("s", "ns"):
        cells = read(series.dt.as_unit(unit).tolist(), f"datetime64[{unit}, Europe/Berlin]")
        assert cells is not None
        assert (cells.minimum, cells.maximum) == ("2026-01-31T09:00:00Z", "2026-07-31T08:00:00Z")
        assert cells.is_zoned


def test_years_beyond_nanoseconds_are_read() -> None:
    stamps = [pd.Timestamp("9000-01-01", tz="UTC"), pd.Timestamp("0100-01-01", tz="UTC")]
    cells = read(stamps, "datetime64[s, UTC]")
    assert cells is not None
    assert (cells.minimum, cells.maximum) == ("0100-01-01T00:00:00Z", "9000-01-01T00:00:00Z")


def test_values_that_no_request_can_send_are_counted() -> None:
    assert datetime_cells(np.array([1, 1_000], dtype="M8[ns]")).n_unsendable == 1
    assert datetime_cells(np.array([1], dtype="M8[ns]")).example is None
    instants = [pd.Timestamp(1, tz="UTC"), pd.Timestamp(2_000, tz="UTC")]
    decimals = [Decimal("Infinity"), Decimal(1)]
    vectors = [np.array([1.0, np.nan]), np.array([np.inf, 1.0]), np.array([1.0, 2.0])]
    for values, storage in (
        (instants, "datetime64[ns, UTC]"),
        (decimals, "object"),
        (vectors, "object"),
    ):
        cells = read(values, storage)
        assert cells is not None
        assert cells.n_unsendable == (2 if values is vectors else 1)
        assert cells.example is not None
    unsendable = read([Decimal("Infinity")])
    assert unsendable is not None
    assert (unsendable.minimum, unsendable.example) == (None, None)


@pytest.mark.parametrize(
    ("values", "storage", "fault"),
    [
        ([dt.date(2026, 1, 31)], "category", "categories that are no numbers"),
        ([dt.date(2026, 1, 31)], "date32[day][pyarrow]", "cannot be rebuilt"),
        ([Decimal(1)], "decimal128(5, 2)[pyarrow]", "cannot be rebuilt"),
        ([pd.Timestamp("2026-01-31")], "timestamp[us][pyarrow]", "cannot be rebuilt"),
        ([np.array([1])], "list", "cannot be rebuilt"),
        ([Decimal(1), 1.5], "object", "decimals among other values"),
        ([dt.date(2026, 1, 31), dt.datetime(2026, 1, 31)], "object", "dates among other values"),
        ([dt.time(1), "01:00"], "object", "times among other values"),
        ([dt.time(1), dt.time(1, tzinfo=UTC)], "object", "several zones"),
        ([dt.time(1, tzinfo=dt.timezone(dt.timedelta(hours=1)))], "object", "several zones"),
        ([pd.Timestamp("2026-01-31")], "object", "several kinds or zones"),
        ([dt.datetime(2026, 1, 31), dt.datetime(2026, 1, 31, tzinfo=UTC)], "object", "several kinds"),
        ([dt.datetime(2026, 1, 31), "x"], "object", "several kinds"),
        ([np.array([1, 2]), np.array([1])], "object", r"different shapes, \(1,\) and \(2,\)"),
        ([[1, 2], [1, 2, 3]], "object", "different shapes"),
        ([[[1], [1, 2]]], "object", "ragged"),
        ([["a"]], "object", "something else than numbers"),
        ([[None, 1]], "object", "something else than numbers"),
        ([np.array([True])], "object", "something else than numbers"),
        ([np.array([1.5], dtype="g")], "object", "something else than numbers"),
        ([np.array([])], "object", r"the shape \(0,\)"),
        ([np.array(1.5)], "object", r"the shape \(\)"),
        ([np.array([1]), [1]], "object", "vectors among other values"),
        ([np.array([1], dtype="i1"), np.array([1], dtype="i2")], "object", "several dtypes"),
    ],
)  # fmt: skip
def test_what_cannot_be_learned_is_refused_with_a_hint(
    values: list[Any], storage: str, fault: str
) -> None:
    with pytest.raises(TrainingDataError, match=fault) as caught:
        read(values, storage)
    assert caught.value.hint
