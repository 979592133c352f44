from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from headway.contract.columns import ColumnChecker
from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Task
from headway.errors import InvalidInputError
from headway.releases.rows import LabelledRows
from headway.runtimes.arrow import ArrowBuilder

NOON = dt.datetime(2026, 1, 31, 12)
UNITS = ("s", "ms", "us", "ns")
TABLE = pa.table(
    {
        "f": [1.5, None, 2.5],
        "h": pa.array([1.5, None, 2.5], pa.float32()),
        "i": pa.array([1, None, 127], pa.int8()),
        "l": [2**53 + 1, None, 1],
        "u": pa.array([1, 2, 2**60], pa.uint64()),
        "b": [True, None, False],
        "s": ["a", None, ""],
        "t": pa.array(["a", None, ""], pa.large_string()),
        "v": pa.array(["a", None, ""], pa.string_view()),
        "d": pa.array(["a", None, "b"]).dictionary_encode(),
        "date": pa.array([dt.date(2026, 1, 31), None, dt.date(1, 1, 1)]),
        "date64": pa.array([dt.date(2026, 1, 31), None, dt.date(1, 1, 1)], pa.date64()),
        "time": pa.array([NOON.time(), None, dt.time(1)], pa.time32("s")),
        "time64": pa.array([NOON.time(), None, dt.time(1)], pa.time64("ns")),
        **{unit: pa.array([NOON, None, NOON], pa.timestamp(unit)) for unit in UNITS},
        **{
            f"zoned {unit}": pa.array([NOON, None, NOON], pa.timestamp(unit, "Europe/Berlin"))
            for unit in UNITS
        },
        "decimal": pa.array([Decimal("-1.50"), None, Decimal(7)], pa.decimal128(9, 2)),
        "round": pa.array([Decimal(1500), None, Decimal(700)], pa.decimal256(9, -2)),
        "vector": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.float32(), 2)),
        "list": pa.array([[1, 2], None, [3, 4]], pa.list_(pa.int8())),
        "tensor": pa.array(
            [[[1], [2]], None, [[3], [4]]], pa.large_list(pa.list_(pa.float16(), 1))
        ),
        "o": pa.array(["a", None, "b"], pa.dictionary(pa.int8(), pa.string(), ordered=True)),
    }
)
CONTRACT = infer_contract(TABLE, Output(task=Task.OTHER)).contract


def test_a_batch_becomes_the_table_that_it_came_from() -> None:
    batch = LabelledRows(TABLE, None).batch()
    by_row = FeatureBatch.from_rows(batch.names, batch.rows())
    for one in (batch, by_row):
        built = ArrowBuilder(CONTRACT).build(one)
        assert built.schema == TABLE.schema
        assert built.to_pydict() == TABLE.to_pydict()


def test_an_integral_float_is_the_integer_and_a_new_category_is_one() -> None:
    table = TABLE.select(["i", "l", "u", "d"])
    contract = infer_contract(table, Output(task=Task.OTHER)).contract
    rows: list[tuple[Any, ...]] = [(5.0, 7.0, 1.0, "new")]
    built = ArrowBuilder(contract).build(FeatureBatch.from_rows(contract.names, rows))
    assert built.schema == table.schema
    assert [built[name][0].as_py() for name in "ilud"] == [5, 7, 1, "new"]


@pytest.mark.parametrize("is_null", [True, False])
def test_missing_is_null_where_it_was_null_and_nan_where_it_was_nan(is_null: bool) -> None:
    table = pa.table({"f": pa.array([1.0, None if is_null else float("nan")])})
    contract = infer_contract(table, Output(task=Task.OTHER)).contract
    built = ArrowBuilder(contract).build(FeatureBatch.from_rows(("f",), [(None,)]))
    assert built["f"].null_count == int(is_null)


def test_a_request_is_given_in_the_zone_and_with_the_digits_of_training() -> None:
    table = TABLE.select(["zoned s", "decimal", "round"])
    contract = infer_contract(table, Output(task=Task.OTHER)).contract
    rows = ColumnChecker(contract).check_rows([["2026-07-31T10:00:00Z", "1e3", "12e2"]])
    built = ArrowBuilder(contract).build(rows)
    assert built.schema == table.schema
    assert built["zoned s"][0].as_py().isoformat() == "2026-07-31T12:00:00+02:00"
    assert built["decimal"][0].as_py() == 1_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decimal", "1.234"),
        ("decimal", "12345678"),
        ("round", "50"),
        ("time", "10:00:00.5"),
        ("zoned s", "2026-01-31T10:00:00.5Z"),
        ("ms", "2026-01-31T10:00:00.0005"),
        ("ns", "2300-01-31T10:00:00"),
        ("vector", [1, 1e300]),
        ("list", [1, 128]),
    ],
)
def test_what_the_training_column_could_not_hold_is_of_another_type(name: str, value: Any) -> None:
    contract = infer_contract(TABLE.select([name]), Output(task=Task.OTHER)).contract
    with pytest.raises(InvalidInputError) as caught:
        ColumnChecker(contract).check_rows([[value]])
    assert [v.rule for v in caught.value.violations] == ["type"]
