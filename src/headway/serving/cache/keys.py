"""Names the answer of one row: a digest of what answers, what it is asked for, and the row.

Invariant: two rows that a model could tell apart, two methods, two versions and two ways to shape an
answer never have one key. What is merely written differently (`5` and `5.0`) has two, which costs a
miss and never a wrong answer.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.contract.model import Output
    from headway.core.dtypes import Method

# 24 bytes take no more memory than 16 (the allocator rounds up), and no two rows will ever meet in them
KEY_BYTES = 24
KEY_FORMAT = 1


def _as_text(value: Any) -> str:
    """Return the text of what msgspec has no form for: date-times of numpy, in nanoseconds."""
    if isinstance(value, np.datetime64):
        return str(value)
    raise TypeError(type(value).__name__)


# MessagePack tags each value with its type and its length, so no two rows have one text
_encode_row = msgspec.msgpack.Encoder(enc_hook=_as_text).encode


class RowKeys:
    """Makes the keys of one release.

    Args:
        digest: Of its bundle.
        output: How its answers are shaped where it is served.
    """

    def __init__(self, digest: str, output: Output) -> None:
        self._begun = {
            method: hashlib.blake2b(_release_text(digest, output, method), digest_size=KEY_BYTES)
            for method in output.methods
        }

    def of(self, rows: Sequence[tuple[Any, ...]], method: Method) -> list[bytes] | None:
        """Return one key for each row.

        Returns:
            `None` where the model has no such method, or a value has no form of its own (an integer of
            more than 64 bits): such rows are asked of the model.
        """
        begun = self._begun.get(method)
        if begun is None:
            return None
        keys = []
        try:
            for row in rows:
                key = begun.copy()
                key.update(_encode_row(row))
                keys.append(key.digest())
        except (TypeError, ValueError, OverflowError):
            return None
        return keys


def _release_text(digest: str, output: Output, method: Method) -> bytes:
    """Return a text of one length: what follows it can then not be taken for a part of it."""
    text = msgspec.msgpack.encode([KEY_FORMAT, __version__, digest, output, method])
    return hashlib.blake2b(text).digest()
