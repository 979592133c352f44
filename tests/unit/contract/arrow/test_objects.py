from __future__ import annotations

import contextlib
import datetime as dt
import random
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.arrow.body import ArrowReader
from headway.contract.arrow.objects import FineDatetime, listed_bytes, read_timestamps
from headway.contract.arrow.table import column_values
from headway.contract.columns import ColumnChecker
from headway.core.dtypes import DType
from headway.errors import InputTooLargeError, InvalidInputError, MalformedInputError
from unit.contract.arrow.tables import file, stream
from unit.contract.strategies import contract_of, feature

UNITS = ("s", "ms", "us", "ns")
FLOATS = st.floats(width=32)
MOMENTS = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1))
TYPES: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.date32(), st.dates()),
    (pa.date64(), st.dates()),
    *((pa.timestamp(unit), MOMENTS) for unit in UNITS),
    *((pa.timestamp(unit, "Europe/Berlin"), MOMENTS) for unit in UNITS),
    (pa.time32("s"), st.times().map(lambda time: time.replace(microsecond=0))),
    (pa.time32("ms"), st.times().map(lambda time: time.replace(microsecond=5_000))),
    (pa.time64("us"), st.times()),
    (pa.time64("ns"), st.times()),
    (pa.decimal128(9, 2), st.decimals(-1_000, 1_000, places=2)),
    (pa.decimal256(50, 2), st.decimals(-(10**40), 10**40, places=2)),
    (pa.list_(pa.float32(), 2), st.lists(FLOATS | st.none(), min_size=2, max_size=2)),
    (pa.list_(pa.int8()), st.lists(st.integers(-128, 127), max_size=3)),
    (pa.large_list(pa.float64()), st.lists(FLOATS, min_size=2, max_size=2)),
    (pa.list_(pa.list_(pa.int64(), 2)), st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), max_size=2)),
]  # fmt: skip
FEATURES = [
    feature("only", DType.DATE, nullable=True),
    feature("only", DType.DECIMAL, ge="-5"),
    feature("only", DType.TIME, nullable=True),
    feature("only", DType.DATETIME),
    feature("only", DType.FLOAT),
    feature("only", DType.STRING, nullable=True),
    msgspec.structs.replace(feature("only", DType.DATETIME, nullable=True), is_zoned=True),
    msgspec.structs.replace(feature("only", DType.TENSOR), shape=(2,), element="float32"),
    msgspec.structs.replace(feature("only", DType.TENSOR, nullable=True), shape=(2, 2), element="int64"),
]  # fmt: skip


def verdict(contract: Any, values: Any) -> Any:
    try:
        return ColumnChecker(contract).check_columns({"only": values}).rows()
    except InvalidInputError as error:
        return [(v.row, v.field, v.rule) for v in error.violations], error.total


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_a_column_is_judged_as_its_values_are(data: st.DataObject) -> None:
    contract = contract_of(data.draw(st.sampled_from(FEATURES)))
    type_, values = data.draw(st.sampled_from(TYPES))
    array = pa.array(
        data.draw(st.lists(st.none() | values, min_size=1, max_size=6)), type_, safe=False
    )
    cut = data.draw(st.integers(0, len(array) - 1))
    column = pa.chunked_array([array.slice(cut), array.slice(0, cut)], type_)
    assert verdict(contract, column_values(column)) == verdict(contract, column.to_pylist())


def test_nothing_is_rounded() -> None:
    instants = column_values(
        pa.chunked_array([pa.array([1_001, 1_000], pa.timestamp("ns", "UTC"))])
    )
    assert isinstance(instants[0], FineDatetime)
    assert instants[0].isoformat() == "1970-01-01T00:00:00.000001001+00:00"
    assert instants[1] == dt.datetime(1970, 1, 1, microsecond=1, tzinfo=dt.UTC)
    contract = contract_of(FEATURES[6])
    assert verdict(contract, instants) == ([(0, "only", "type")], 1)
    contract = contract_of(FEATURES[3])
    local = column_values(pa.chunked_array([pa.array([1_000, 1_001], pa.timestamp("ns"))]))
    assert verdict(contract, local) == ([(1, "only", "type")], 1)


@pytest.mark.parametrize(
    ("type_", "count", "storage"),
    [
        (pa.date32(), 10**7, pa.int32()),
        (pa.date32(), -(10**6), pa.int32()),
        (pa.date64(), 1, pa.int64()),
        (pa.time64("ns"), 1, pa.int64()),
        (pa.time64("us"), 86_400_000_000, pa.int64()),
        (pa.time32("s"), -1, pa.int32()),
        (pa.timestamp("s"), 10**15, pa.int64()),
        (pa.timestamp("s", "UTC"), 10**15, pa.int64()),
    ],
)
def test_what_python_cannot_hold_is_of_no_type(type_: Any, count: int, storage: Any) -> None:
    array = pa.Array.from_buffers(type_, 1, pa.array([count], storage).buffers())
    values = column_values(pa.chunked_array([array]))
    for one in FEATURES:
        assert verdict(contract_of(one), values) == ([(0, "only", "type")], 1)


def test_a_zone_that_nobody_knows_names_the_same_instants() -> None:
    array = pa.array([0, None], pa.timestamp("s", "Mars/Olympus"))
    expected = [dt.datetime(1970, 1, 1, tzinfo=dt.UTC), None]
    assert column_values(pa.chunked_array([array])) == expected


def test_a_decimal_that_arrow_cannot_write_is_of_no_type() -> None:
    type_ = pa.decimal128(38, 2**31 - 1)
    array = pa.Array.from_buffers(type_, 1, [None, pa.py_buffer(bytes([1] * 16))])
    for one in FEATURES:
        values = column_values(pa.chunked_array([array]))
        assert verdict(contract_of(one), values) == ([(0, "only", "type")], 1)


def test_null_is_missing_to_numpy_and_to_python() -> None:
    column = pa.chunked_array([pa.array([0, None], pa.timestamp("ms"))])
    assert list(read_timestamps(column)) == [np.datetime64(0, "ms"), None]


def test_a_dictionary_of_such_values_is_not_read() -> None:
    lists = pa.array([[1, 2]], pa.list_(pa.int64()))
    for values in (lists, pa.array([Decimal("1.5")])):
        array = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int8()), values)
        for one in FEATURES:
            refused, total = verdict(contract_of(one), column_values(pa.chunked_array([array])))
            assert (total, {rule for *_, rule in refused}) == (2, {"type"})


def test_lists_that_take_no_bytes_are_limited() -> None:
    assert listed_bytes(pa.array([[[], []], [[]]], pa.list_(pa.list_(pa.int8())))) == 3 * 8
    assert (
        listed_bytes(pa.array([[[1], [2]]], pa.list_(pa.list_(pa.int16(), 1), 2))) == 2 * 8 + 2 * 2
    )
    vast = pa.array([[[]] * 1_000], pa.list_(pa.list_(pa.int8(), 0), 1_000))
    contract = contract_of(FEATURES[7])
    body = stream(pa.table({"only": vast}))
    with pytest.raises(InputTooLargeError, match="becomes 8000 bytes"):
        ArrowReader(ColumnChecker(contract), contract.names, 10, 7_999).read(body, is_file=False)


MOMENT = dt.datetime(2026, 1, 31, 10)
TYPED = pa.table(
    {
        "day": pa.array([MOMENT.date(), None], pa.date64()),
        "clock": pa.array([MOMENT.time(), None], pa.time64("ns")),
        "local": pa.array([MOMENT, None], pa.timestamp("ns")),
        "at": pa.array([MOMENT, None], pa.timestamp("ns", "Europe/Berlin")),
        "price": pa.array([Decimal("1.5"), None], pa.decimal128(9, 2)),
        "vector": pa.array([[1, 2], None], pa.list_(pa.float32(), 2)),
        "tensor": pa.array([[[1], [2]], None], pa.large_list(pa.list_(pa.float64(), 1))),
    }
)
TYPED_CONTRACT = contract_of(
    feature("day", DType.DATE, nullable=True),
    feature("clock", DType.TIME, nullable=True),
    feature("local", DType.DATETIME, nullable=True),
    msgspec.structs.replace(FEATURES[6], name="at"),
    feature("price", DType.DECIMAL, nullable=True),
    msgspec.structs.replace(FEATURES[7], name="vector", nullable=True),
    msgspec.structs.replace(FEATURES[8], name="tensor", shape=(2, 1)),
)


@pytest.mark.parametrize("write", [stream, file])
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_bytes_that_were_changed_are_read_or_refused(write: Any, compression: Any) -> None:
    reader = ArrowReader(ColumnChecker(TYPED_CONTRACT), TYPED_CONTRACT.names, 1_000, 100_000)
    body = write(TYPED, compression=compression)
    assert reader.read(body, is_file=write is file).rows()[1] == (None,) * 7
    chance = random.Random(7)
    for _ in range(500):
        changed = bytearray(body)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(body))] = chance.choice([0, 1, 127, 128, 255])
        with contextlib.suppress(MalformedInputError, InputTooLargeError, InvalidInputError):
            reader.read(bytes(changed), is_file=write is file)


def test_a_type_that_pyarrow_has_no_arrays_for_is_malformed() -> None:
    # the type of the column is said by one byte: 11 is an interval, 10 a timestamp
    body = stream(pa.table({"at": pa.array([MOMENT], pa.timestamp("s"))}))
    reader = ArrowReader(ColumnChecker(TYPED_CONTRACT), TYPED_CONTRACT.names, 1_000, 100_000)
    for place in (i for i, byte in enumerate(body) if byte == 10):
        changed = body[:place] + bytes([11]) + body[place + 1 :]
        with pytest.raises((MalformedInputError, InvalidInputError)):
            reader.read(changed, is_file=False)
