"""Reads bodies in Arrow's IPC format, streams and files, against a contract.

Imports pyarrow, so it is imported by the first such body.

Invariant: nothing is decompressed, allocated or followed into memory because a body says so; sizes are
limited first, and every buffer that is read has been validated.
"""

from __future__ import annotations

import struct
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from headway.contract.arrow.messages import MessageSize, file_sizes, message_size
from headway.contract.arrow.objects import LISTS, listed_bytes
from headway.contract.arrow.table import READABLE, column_values, type_word
from headway.contract.text import listed, printable
from headway.errors import InputTooLargeError, MalformedInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from headway.contract.columns import ColumnChecker
    from headway.contract.notices import Notices
    from headway.core.batch import FeatureBatch

_TAIL_BYTES = 10  # of a file: the length of the footer, and a magic word
_VIEW_BYTES = 16
# whose values may share bytes, or take none, so that a small body may hold many
_MAY_GROW = LISTS | {"dictionary", "string_view"}
# of `KeyError`: a type that pyarrow has no arrays for, as intervals of months
_UNREADABLE = (pa.ArrowException, OSError, ValueError, OverflowError, KeyError)
_HINT = "send what `pyarrow.ipc.new_stream` writes"


class ArrowReader:
    """Reads tables of one contract. Safe to share between threads.

    Args:
        checker: Of the contract.
        names: Of its features.
        max_rows: Most rows in one request.
        max_bytes: Most bytes that a body may become when it is decompressed.
    """

    def __init__(
        self, checker: ColumnChecker, names: tuple[str, ...], max_rows: int, max_bytes: int
    ) -> None:
        self._checker = checker
        self._names = frozenset(names)
        self._max_rows = max_rows
        self._max_bytes = max_bytes

    def read(self, body: bytes, *, is_file: bool, notices: Notices | None = None) -> FeatureBatch:
        """Return the rows of a body.

        Args:
            body: One IPC stream, or one IPC file.
            is_file: Which of the two.
            notices: Is told what a policy lets through.

        Raises:
            MalformedInputError: It is no such thing, or a column comes twice.
            InputTooLargeError: It has too many rows, or becomes too large.
            InvalidInputError: Rows break the contract; with every violation.
        """
        try:
            table = self._file(body) if is_file else self._stream(body)
            table.validate()
            self._refuse_repeated(table.column_names)
            names = table.column_names
            columns = {name: self._values(table, name, i) for i, name in enumerate(names)}
        except _UNREADABLE as error:
            raise MalformedInputError(
                f"the body cannot be read as Arrow IPC: {printable(str(error))}", hint=_HINT
            ) from error
        return self._checker.check_columns(columns, notices)

    def _stream(self, body: bytes) -> pa.Table:
        stream = pa.py_buffer(body)
        self._limit_size(_stream_sizes(stream))
        return ipc.open_stream(stream).read_all()

    def _file(self, body: bytes) -> pa.Table:
        reader = ipc.open_file(pa.py_buffer(body))  # verifies the footer, and reads no message yet
        self._limit_size(file_sizes(memoryview(body), _footer_of(body)))
        return reader.read_all()

    def _limit_size(self, sizes: Iterable[MessageSize]) -> None:
        n_rows = n_bytes = 0
        for size in sizes:
            n_rows += size.n_rows
            n_bytes += size.n_bytes
            if n_rows > self._max_rows:
                raise InputTooLargeError(
                    f"the request has {n_rows} rows; at most {self._max_rows} are allowed",
                    hint="send them in several requests",
                )
            self._refuse_too_large(n_bytes)

    def _refuse_repeated(self, names: list[str]) -> None:
        if len(set(names)) < len(names):
            repeated = [name for name, count in Counter(names).items() if count > 1]
            raise MalformedInputError(
                f"the table has these columns more than once: {listed(repeated)}",
                hint="give each column a name of its own",
            )

    def _values(self, table: pa.Table, name: str, position: int) -> Any:
        if name not in self._names:
            return None  # is refused for its name, and never looked at
        column = table.column(position)
        word = type_word(column.type)
        is_readable = word in READABLE
        for chunk in column.chunks:
            if word in _MAY_GROW:
                self._refuse_too_large(_viewed_bytes(chunk) + listed_bytes(chunk))
            chunk.validate(full=is_readable)
        return column_values(column)

    def _refuse_too_large(self, n_bytes: int) -> None:
        if n_bytes > self._max_bytes:
            raise InputTooLargeError(
                f"the body becomes {n_bytes} bytes when it is read; the limit is {self._max_bytes}",
                hint="send the rows in several requests",
            )


def _stream_sizes(stream: pa.Buffer) -> Iterator[MessageSize]:
    messages = ipc.MessageReader.open_stream(stream)
    while True:
        try:
            message = messages.read_next_message()
        except StopIteration:
            return
        yield message_size(memoryview(message.metadata), memoryview(message.body))


def _footer_of(body: bytes) -> memoryview:
    end = len(body) - _TAIL_BYTES
    (n_bytes,) = struct.unpack_from("<i", body, end)
    return memoryview(body)[end - n_bytes : end]


def _viewed_bytes(array: pa.Array) -> int:
    """Return how long the strings of an array of views are together: views may share their bytes."""
    if type_word(array.type) == "dictionary":
        return _viewed_bytes(array.dictionary)
    if type_word(array.type) != "string_view" or not len(array):
        return 0
    views = np.frombuffer(array.buffers()[1], dtype=np.int32).reshape(-1, _VIEW_BYTES // 4)
    lengths = views[array.offset : array.offset + len(array), 0]
    return int(lengths.astype(np.int64).sum())
