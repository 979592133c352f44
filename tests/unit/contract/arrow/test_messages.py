from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import ipc

from headway.contract.arrow.messages import MessageSize, message_size
from unit.contract.arrow.tables import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = pa.table(
    {"n": np.arange(10_000, dtype=np.int64), "w": pa.array(["word"] * 10_000).dictionary_encode()}
)


def messages(body: bytes) -> Iterator[tuple[memoryview, memoryview]]:
    reader = ipc.MessageReader.open_stream(body)
    while True:
        try:
            message = reader.read_next_message()
        except StopIteration:
            return
        yield memoryview(message.metadata), memoryview(message.body)


def sizes(table: pa.Table, **options: Any) -> list[MessageSize]:
    return [message_size(*message) for message in messages(stream(table, **options))]


def test_rows_are_those_of_the_batches_only() -> None:
    assert sizes(TABLE) == [(0, 0), (0, 0), (10_000, 0)]
    assert [size.n_rows for size in sizes(TABLE, max_chunksize=4_000)] == [
        0,
        0,
        4_000,
        4_000,
        2_000,
    ]


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_a_compressed_buffer_has_the_size_that_it_becomes(compression: str) -> None:
    numbers = TABLE.select(["n"])
    (_, (n_rows, n_bytes)) = sizes(numbers, compression=compression)
    assert (n_rows, n_bytes) == (10_000, 80_000)


def test_a_buffer_that_did_not_become_smaller_counts_as_it_is() -> None:
    noise = pa.table({"n": np.random.default_rng(0).random(1_000)})
    (_, (_, n_bytes)) = sizes(noise, compression="lz4")
    assert 8_000 <= n_bytes <= 8_100


def test_no_rows_and_no_columns_are_nothing() -> None:
    for table in (TABLE.slice(0, 0), pa.table({"a": pa.nulls(0)})):
        assert sum(size.n_rows for size in sizes(table, compression="lz4")) == 0


def test_a_version_before_1_0_is_refused() -> None:
    options = {"metadata_version": ipc.MetadataVersion.V4}
    with pytest.raises(ValueError, match=r"before 1\.0"):
        sizes(TABLE, **options)


@pytest.mark.parametrize("kept", [0, 3, 8, 40])
def test_a_head_that_ends_too_early_is_refused(kept: int) -> None:
    *_, (head, body) = messages(stream(TABLE))
    with pytest.raises(ValueError, match="leads out"):
        message_size(head[:kept], body)


def test_a_buffer_that_lies_outside_of_the_body_is_refused() -> None:
    *_, (head, _) = messages(stream(TABLE, compression="zstd"))
    with pytest.raises(ValueError, match="leads out"):
        message_size(head, b"")
