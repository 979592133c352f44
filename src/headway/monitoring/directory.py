"""The directory of a slot: which series its cells hold, in a form that any process can read.

Invariant: it only grows. An entry is written first and then published by one aligned store, so that
nobody sees half an entry, also where the writer is killed in between.
"""

from __future__ import annotations

import struct
import zlib
from typing import Literal

import msgspec

Kind = Literal["counter", "gauge", "histogram"]
Labels = tuple[tuple[str, str], ...]

_HEADER = struct.Struct("<II")
_ALIGNMENT = 8


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One series.

    Attributes:
        kind: How its cells are read.
        name: Of the metric, without `_total`.
        labels: Names and values, in the order of the names.
        bounds: Upper bounds of a histogram, else empty.
        offset: Its first cell.
    """

    kind: Kind
    name: str
    labels: Labels
    bounds: tuple[float, ...]
    offset: int

    @property
    def n_cells(self) -> int:
        """How many cells it has."""
        return len(self.bounds) + 2 if self.kind == "histogram" else 1


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


class Directory:
    """Entries in a region of shared memory.

    Each reader has a directory of its own, which decodes an entry once. One process appends.

    Args:
        region: Bytes of the entries.
        published: One cell: how many of them are valid.
    """

    def __init__(self, region: memoryview[int], published: memoryview[int]) -> None:
        self._region = region
        self._published = published
        self._entries: list[Entry] = []
        self._end = 0

    def entries(self) -> list[Entry]:
        """Return every entry that is published, in the order in which they were."""
        published = self._published[0]
        while self._end < published and self._read_next():
            pass
        return self._entries

    def append(self, entry: Entry) -> bool:
        """Write an entry and publish it; `False` where it does not fit."""
        self.entries()
        content = _encode(entry)
        start = self._end + _HEADER.size
        end = start + len(content)
        end += -end % _ALIGNMENT
        if end > len(self._region):
            return False
        _HEADER.pack_into(self._region, self._end, len(content), zlib.crc32(content))
        self._region[start : start + len(content)] = content
        self._published[0] = end
        self.entries()
        return True

    def _read_next(self) -> bool:
        length, checksum = _HEADER.unpack_from(self._region, self._end)
        start = self._end + _HEADER.size
        content = bytes(self._region[start : start + length])
        if zlib.crc32(content) != checksum:
            # on processors that reorder stores, the length may be seen before the bytes: next time
            return False
        self._entries.append(_decode(content))
        end = start + length
        self._end = end + -end % _ALIGNMENT
        return True
