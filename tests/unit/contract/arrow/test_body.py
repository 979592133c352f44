from __future__ import annotations

import io
import random
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import ipc

from headway.contract.arrow.body import ArrowReader
from headway.contract.columns import ColumnChecker
from headway.core.dtypes import DType
from headway.errors import (
    HeadwayError,
    InputTooLargeError,
    InvalidInputError,
    MalformedInputError,
)
from unit.contract.arrow.tables import file, stream
from unit.contract.strategies import contract_of, feature

if TYPE_CHECKING:
    from collections.abc import Callable

CONTRACT = contract_of(
    feature("age", DType.INTEGER, ge=18),
    feature("amount", DType.FLOAT, nullable=True),
    feature("purpose", DType.STRING, nullable=True, one_of=("car", "tv")),
    feature("owner", DType.BOOLEAN),
)
TABLE = pa.table(
    {
        "owner": [True, False, True],
        "purpose": ["car", None, "tv"],
        "age": [41, 18, 77],
        "amount": [1.5, None, float("nan")],
    }
)
ROWS = [(41, 1.5, "car", True), (18, None, None, False), (77, None, "tv", True)]
MAX_BYTES = 100_000


def reader(max_rows: int = 1_000, max_bytes: int = MAX_BYTES) -> ArrowReader:
    return ArrowReader(ColumnChecker(CONTRACT), CONTRACT.names, max_rows, max_bytes)


def rows_of(body: bytes, *, is_file: bool = False) -> Any:
    return reader().read(body, is_file=is_file).rows()


def column_table(name: str, values: Any) -> pa.Table:
    position = TABLE.column_names.index(name)
    return TABLE.set_column(position, name, [values])


@pytest.mark.parametrize("write", [stream, file])
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_a_table_is_read_in_the_order_of_the_contract(
    write: Callable[..., bytes], compression: str | None
) -> None:
    body = write(TABLE, compression=compression)
    assert rows_of(body, is_file=write is file) == ROWS


@pytest.mark.parametrize("max_chunksize", [1, 2])
def test_several_batches_are_one_request(max_chunksize: int) -> None:
    encoded = column_table("purpose", TABLE["purpose"].combine_chunks().dictionary_encode())
    for table in (TABLE, encoded):
        assert rows_of(stream(table, max_chunksize=max_chunksize)) == ROWS


def test_what_polars_writes_is_read() -> None:
    frame = pl.DataFrame(TABLE).with_columns(pl.col("purpose").cast(pl.Categorical))
    for one in (frame, frame.with_columns(pl.col("purpose").cast(pl.String))):
        for compression in ("uncompressed", "lz4", "zstd"):
            for is_file, write in ((False, one.write_ipc_stream), (True, one.write_ipc)):
                sink = io.BytesIO()
                write(sink, compression=compression)
                assert rows_of(sink.getvalue(), is_file=is_file) == ROWS


def test_violations_are_all_listed() -> None:
    table = pa.table(
        {"age": [7, None], "amount": ["1", None], "purpose": ["x", "car"], "more": [1, 2]}
    )
    with pytest.raises(InvalidInputError) as caught:
        rows_of(stream(table))
    assert [(v.row, v.field, v.rule) for v in caught.value.violations] == [
        (0, "age", "ge"),
        (0, "amount", "type"),
        (0, "purpose", "one_of"),
        (0, "owner", "missing"),
        (0, "more", "unknown"),
        (1, "age", "null"),
    ]


def test_no_rows_are_refused_whether_there_is_a_batch_or_none() -> None:
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, TABLE.schema):
        pass
    for body in (bytes(sink.getvalue()), stream(TABLE.slice(0, 0))):
        with pytest.raises(InvalidInputError, match="no rows"):
            rows_of(body)


def test_a_column_that_comes_twice_is_refused_by_name() -> None:
    table = pa.Table.from_arrays([*TABLE.columns, TABLE["age"]], [*TABLE.column_names, "age"])
    with pytest.raises(MalformedInputError, match="`age`"):
        rows_of(stream(table))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"ARROW1\0\0",
        b"\xff" * 100,
        b"\xff\xff\xff\xff\xff\xff\xff\x7f",
        stream(TABLE)[:-300],
        stream(TABLE)[:20],
        file(TABLE),
    ],
)
def test_what_is_no_stream_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedInputError, match="Arrow IPC"):
        rows_of(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        stream(TABLE),
        file(TABLE)[:-1],
        file(TABLE)[:-10] + struct.pack("<i", 2**31 - 1) + b"ARROW1",
        file(TABLE)[:-10] + struct.pack("<i", -1) + b"ARROW1",
        b"ARROW1\0\0" + bytes(4) + b"ARROW1",
    ],
)
def test_what_is_no_file_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedInputError, match="Arrow IPC"):
        rows_of(body, is_file=True)


def test_too_many_rows_are_refused_before_they_are_read() -> None:
    twice = pa.concat_tables([TABLE, TABLE])
    for is_file, body in ((False, stream(twice)), (True, file(twice))):
        with pytest.raises(InputTooLargeError, match="the request has 6 rows; at most 5"):
            reader(max_rows=5).read(body, is_file=is_file)
    # a column of nulls has no buffer, so any number of them is small
    body = stream(pa.table({"age": pa.nulls(777)}))
    vast = body.replace(struct.pack("<q", 777), struct.pack("<q", 2**40))
    with pytest.raises(InputTooLargeError, match=str(2**40)):
        rows_of(vast)


@pytest.mark.parametrize("nth", [1, 2])
def test_a_batch_and_its_columns_have_one_length(nth: int) -> None:
    body = stream(pa.table({"age": pa.nulls(777)}))
    parts = body.split(struct.pack("<q", 777))
    assert len(parts) == 4  # of the batch, of the column, and how many are null
    lengths = [struct.pack("<q", 999 if i == nth else 777) for i in (1, 2, 3)]
    changed = b"".join(x for pair in zip(parts, lengths, strict=False) for x in pair) + parts[3]
    with pytest.raises(MalformedInputError, match="Arrow IPC"):
        rows_of(changed)


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
@pytest.mark.parametrize(
    "values",
    [
        pa.array(np.zeros(100_000)),
        pa.array(["a" * 1_000_000]),
        pa.DictionaryArray.from_arrays(pa.array([0], "int8"), pa.array(["a" * 1_000_000])),
    ],
)
def test_a_bomb_is_not_decompressed(compression: str, values: Any) -> None:
    for is_file, write in ((False, stream), (True, file)):
        body = write(pa.table({"age": values}), compression=compression)
        assert len(body) < MAX_BYTES / 10
        with pytest.raises(InputTooLargeError, match="becomes"):
            reader(max_rows=10**6).read(body, is_file=is_file)


@pytest.mark.parametrize("is_encoded", [True, False])
def test_views_that_share_their_bytes_are_no_way_around_the_limit(is_encoded: bool) -> None:
    word = b"x" * 1_000
    views = struct.pack("<i4sii", len(word), word[:4], 0, 0) * 200
    array = pa.Array.from_buffers(
        pa.string_view(), 200, [None, pa.py_buffer(views), pa.py_buffer(word)]
    )
    if is_encoded:
        array = pa.DictionaryArray.from_arrays(pa.array([0]), array)
    body = stream(pa.table({"purpose": array}))
    assert len(body) < 10_000
    with pytest.raises(InputTooLargeError, match="200000 bytes"):
        rows_of(body)


LONG_WORD = "a word of more than twelve bytes"
OFFSETS = struct.pack("<iiii", 0, 3, 5, 6)
WORDS = pa.array(["car", "tv", "x"])
CODES = struct.pack("<qqq", 0, 1, 0)
ENCODED = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array(["car", "tv"]))
VIEWS = pa.array([LONG_WORD], pa.string_view())
VIEW = struct.pack("<i4sii", len(LONG_WORD), LONG_WORD[:4].encode(), 0, 0)


@pytest.mark.parametrize(
    ("array", "true", "false"),
    [
        (WORDS, OFFSETS, struct.pack("<iiii", 0, 3, 5, 900)),
        (WORDS, OFFSETS, struct.pack("<iiii", 0, 5, 3, 6)),
        (WORDS, OFFSETS, struct.pack("<iiii", -9, 3, 5, 6)),
        (WORDS, b"cartvx", b"cart\xff\xfe"),
        (ENCODED, CODES, struct.pack("<qqq", 0, 99, 0)),
        (ENCODED, CODES, struct.pack("<qqq", 0, -7, 0)),
        (VIEWS, VIEW, VIEW[:-4] + struct.pack("<i", 9)),
        (VIEWS, VIEW, VIEW[:-8] + struct.pack("<ii", 3, 0)),
        (VIEWS, VIEW, struct.pack("<i", -5) + VIEW[4:]),
        (VIEWS, LONG_WORD.encode(), b"a word of more than twelve byte\xff"),
    ],
)
def test_a_buffer_that_lies_is_never_read(array: pa.Array, true: bytes, false: bytes) -> None:
    body = stream(pa.table({"purpose": array}))
    assert body.count(true) == 1
    with pytest.raises(MalformedInputError, match="Arrow IPC"):
        rows_of(body.replace(true, false))


def test_a_column_that_no_feature_can_be_is_refused_and_not_read() -> None:
    nested = pa.array([[{"a": b"\xff"}], None, []])
    with pytest.raises(InvalidInputError) as caught:
        rows_of(stream(column_table("amount", nested)))
    assert [(v.row, v.rule) for v in caught.value.violations] == [(0, "type"), (2, "type")]
    assert "list<" in caught.value.violations[0].message


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_no_change_of_a_few_bytes_does_more_than_be_refused(compression: str | None) -> None:
    """Every byte may lie: it is read, or refused as the client's mistake, and the process lives on."""
    encoded = column_table("purpose", TABLE["purpose"].combine_chunks().dictionary_encode())
    views = TABLE.set_column(1, "purpose", TABLE["purpose"].cast(pa.string_view()))
    chance = random.Random(7)
    for table in (TABLE, encoded, views):
        for is_file, body in (
            (False, stream(table, compression=compression, max_chunksize=2)),
            (True, file(table, compression=compression)),
        ):
            for _ in range(300):
                changed = bytearray(body)
                for _ in range(chance.randint(1, 3)):
                    changed[chance.randrange(len(body))] = chance.choice([0, 1, 127, 128, 255])
                refusal = refused(bytes(changed), is_file=is_file)
                assert refusal is None or isinstance(
                    refusal, MalformedInputError | InputTooLargeError | InvalidInputError
                )


def refused(body: bytes, *, is_file: bool) -> HeadwayError | None:
    try:
        reader().read(body, is_file=is_file)
    except HeadwayError as error:
        return error
    return None
