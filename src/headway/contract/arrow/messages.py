"""How large the messages of an Arrow IPC stream become, read from their heads and from nothing else.

A buffer of a message may be compressed a thousandfold, and a batch of no buffers may declare any number
of rows, so both are known before anything is decompressed or allocated.

Source: the Apache Arrow columnar format 1.5, "Serialization and Interprocess Communication", Message.fbs
and File.fbs.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    Buffer = bytes | memoryview

# Fields by their order in Message.fbs and File.fbs
_VERSION, _HEADER_TYPE, _HEADER = 0, 1, 2
_LENGTH, _BUFFERS, _COMPRESSION = 0, 2, 3
_DATA = 1
_DICTIONARIES, _RECORD_BATCHES = 2, 3
_DICTIONARY_BATCH, _RECORD_BATCH = 2, 3
_V5 = 4
_LENGTH_PREFIX_BYTES = 8
_BUFFER = struct.Struct("<qq")
_BLOCK = struct.Struct("<qi4xq")
_CONTINUATION = struct.pack("<I", 0xFFFF_FFFF)
_PREFIX_BYTES = 8


class MessageSize(NamedTuple):
    """What a message of a stream becomes.

    Attributes:
        n_rows: Rows of a batch; 0 for a dictionary and for the schema.
        n_bytes: Bytes of its compressed buffers once they are decompressed.
    """

    n_rows: int
    n_bytes: int


def message_size(head: Buffer, body: Buffer) -> MessageSize:
    """Return what a message becomes.

    Args:
        head: Its flatbuffer.
        body: What follows the head.

    Raises:
        ValueError: It was written before format 1.0 of Arrow, or an offset leads out of it.
    """
    try:
        return _message_size(head, body)
    except struct.error as error:
        raise ValueError("an offset leads out of the message") from error


def file_sizes(file: memoryview, footer: memoryview) -> Iterator[MessageSize]:
    """Yield what each message that the footer of a file names becomes; one may be named twice.

    Raises:
        ValueError: As `message_size`, or there is no message where the footer says.
    """
    try:
        table = _Table(footer, _unsigned(footer, 0))
        blocks = [
            _BLOCK.unpack_from(footer, place)
            for field in (_DICTIONARIES, _RECORD_BATCHES)
            for place in table.structs(field, _BLOCK.size)
        ]
    except struct.error as error:
        raise ValueError("an offset leads out of the footer") from error
    for offset, head_bytes, _ in blocks:
        if offset < 0 or file[offset : offset + len(_CONTINUATION)] != _CONTINUATION:
            raise ValueError("there is no message where its footer says")
        head = file[offset + _PREFIX_BYTES : offset + head_bytes]
        yield message_size(head, file[offset + head_bytes :])


def _message_size(head: Buffer, body: Buffer) -> MessageSize:
    message = _Table(head, _unsigned(head, 0))
    if message.scalar(_VERSION, "<h") < _V5:
        raise ValueError("it was written by a version of Arrow before 1.0")
    kind = message.scalar(_HEADER_TYPE, "<B")
    if kind not in (_DICTIONARY_BATCH, _RECORD_BATCH):
        return MessageSize(0, 0)
    batch = message.table(_HEADER)
    if kind == _DICTIONARY_BATCH:
        batch = batch.table(_DATA)
    n_bytes = 0
    if batch.has(_COMPRESSION):
        places = batch.structs(_BUFFERS, _BUFFER.size)
        n_bytes = sum(_expanded_bytes(body, *_BUFFER.unpack_from(head, place)) for place in places)
    n_rows = batch.scalar(_LENGTH, "<q") if kind == _RECORD_BATCH else 0
    return MessageSize(n_rows, n_bytes)


def _expanded_bytes(body: Buffer, offset: int, length: int) -> int:
    """Return how many bytes a buffer of a compressed batch becomes; it says so in its first bytes."""
    if length < _LENGTH_PREFIX_BYTES:
        return 0
    if offset < 0:
        raise ValueError("a buffer lies before its message")
    (expanded,) = struct.unpack_from("<q", body, offset)
    return max(length, int(expanded))  # -1 where it is not compressed after all


class _Table:
    """A table of a flatbuffer."""

    __slots__ = ("_data", "_place")

    def __init__(self, data: Buffer, place: int) -> None:
        self._data = data
        self._place = place

    def has(self, field: int) -> bool:
        """Whether the field is there."""
        return self._offset(field) > 0

    def scalar(self, field: int, layout: str) -> int:
        """Return a number, 0 where it is not there."""
        offset = self._offset(field)
        if not offset:
            return 0
        (value,) = struct.unpack_from(layout, self._data, self._place + offset)
        return int(value)

    def table(self, field: int) -> _Table:
        """Return the table that a field refers to."""
        return _Table(self._data, self._target(field))

    def structs(self, field: int, n_bytes: int) -> range:
        """Return where the structs of a vector are."""
        if not self.has(field):
            return range(0)
        start = self._target(field)
        first = start + 4
        return range(first, first + n_bytes * _unsigned(self._data, start), n_bytes)

    def _target(self, field: int) -> int:
        place = self._place + self._offset(field)
        return place + _unsigned(self._data, place)

    def _offset(self, field: int) -> int:
        (back,) = struct.unpack_from("<i", self._data, self._place)
        directory = self._place - back
        entry = 4 + 2 * field
        (n_bytes,) = struct.unpack_from("<H", self._data, directory)
        if entry >= n_bytes:
            return 0
        (offset,) = struct.unpack_from("<H", self._data, directory + entry)
        return int(offset)


def _unsigned(data: Buffer, place: int) -> int:
    (value,) = struct.unpack_from("<I", data, place)
    return int(value)
