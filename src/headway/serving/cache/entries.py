"""The answer of one row as bytes: a layout, and after it the numbers as numpy holds them.

Invariant: what comes out is what went in, of the same type and to the last bit; what has no such form,
a NaN and an infinity are not kept. Bytes that are no entry are told by `is_entry`, and nothing in them
is ever run.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.core.prediction import Prediction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_LAYOUT_BYTES = 255
_PARTS = ("values", "probabilities", "scores")
_KINDS = frozenset("biufU")
_PLAIN = (str, bool, int, float)
# a release has one layout, or one for each length of its labels
_KEPT_LAYOUTS = 256

# name of the part, type of its numbers, shape of one row's
_Part = tuple[str, str, tuple[int, ...]]


def pack(prediction: Prediction) -> list[bytes] | None:
    """Return one entry for each row, or `None` where the answers have no form as bytes."""
    parts: list[_Part] = []
    blocks = []
    n_rows = prediction.n_rows
    for name in _PARTS:
        given = getattr(prediction, name)
        if given is None:
            continue
        array = _compact(given)
        if array is None or len(array) != n_rows:
            return None
        parts.append((name, array.dtype.str, array.shape[1:]))
        blocks.append(array.tobytes())
    layout = _layout_text(tuple(parts))
    if layout is None or not n_rows:
        return None
    if n_rows == 1:
        return [b"".join((layout, *blocks))]
    steps = [len(block) // n_rows for block in blocks]
    return [
        b"".join(
            (
                layout,
                *(b[i * s : (i + 1) * s] for b, s in zip(blocks, steps, strict=True)),
            )
        )
        for i in range(n_rows)
    ]


def unpack(entries: Sequence[bytes]) -> Prediction:
    """Return the answers of rows, of which there is at least one.

    Raises:
        ValueError: The rows' answers are of shapes that do not fit together.
    """
    layout = entries[0][: entries[0][0] + 1]
    n_skipped = len(layout)
    if len(entries) == 1:
        return _read(layout, entries[0][n_skipped:])
    if all(entry.startswith(layout) for entry in entries):
        return _read(layout, b"".join([entry[n_skipped:] for entry in entries]))
    rows = [unpack([entry]) for entry in entries]
    parts = [_joined([getattr(row, name) for row in rows]) for name in _PARTS]
    return Prediction(*parts)  # type: ignore[arg-type]


def is_entry(data: bytes) -> bool:
    """Whether bytes that came from elsewhere are the entry of one row."""
    if not data:
        return False
    try:
        record = _record(data[: data[0] + 1])
    except (msgspec.MsgspecError, TypeError, ValueError):
        return False
    return record.itemsize == len(data) - data[0] - 1


def _read(layout: bytes, body: bytes) -> Prediction:
    record = _record(layout)
    answers = np.frombuffer(body, record)
    names = record.names or ()
    found = [answers[name] if name in names else None for name in _PARTS]
    return Prediction(*found)  # type: ignore[arg-type]


def _compact(array: NDArray[Any]) -> NDArray[Any] | None:
    """Return an array whose bytes are all there is to it, or `None` where there is none."""
    kind = array.dtype.kind
    if kind == "f":
        return array if np.isfinite(array).all() else None
    if kind == "O":
        return _of_one_type(array)
    return array if kind in _KINDS else None


def _of_one_type(array: NDArray[Any]) -> NDArray[Any] | None:
    """Return an array of objects as one of their type, where they have one that JSON knows."""
    values = array.ravel().tolist()
    types = {type(value) for value in values}
    if len(types) != 1 or not types <= set(_PLAIN) or (str in types and _ends_in_nul(values)):
        return None
    plain = np.array(values).reshape(array.shape)
    return None if plain.dtype.kind == "O" else _compact(plain)


def _ends_in_nul(texts: list[str]) -> bool:
    """Whether numpy would take the end of a text for padding."""
    return any(text.endswith("\0") for text in texts)


@functools.lru_cache(_KEPT_LAYOUTS)
def _layout_text(parts: tuple[_Part, ...]) -> bytes | None:
    """Return what says how an entry is to be read, behind a byte that says how long that is."""
    text = msgspec.msgpack.encode(parts)
    return bytes([len(text)]) + text if len(text) <= MAX_LAYOUT_BYTES else None


@functools.lru_cache(_KEPT_LAYOUTS)
def _record(layout: bytes) -> np.dtype[Any]:
    """Return the type of one row's answer.

    Raises:
        MsgspecError: It is no layout.
        TypeError: It names a type that numpy has not.
        ValueError: It names a type that no answer has, or a part twice.
    """
    parts = msgspec.msgpack.decode(layout[1:], type=tuple[_Part, ...])
    record = np.dtype([*parts])
    kinds = {record[name].base.kind for name in record.names or ()}
    if not kinds or not kinds <= _KINDS or not set(record.names or ()) <= set(_PARTS):
        raise ValueError("no layout of an answer")
    if "values" not in (record.names or ()):
        raise ValueError("an answer without a value")
    return record


def _joined(parts: list[NDArray[Any] | None]) -> NDArray[Any] | None:
    """Return the rows of one part, each of the type that it has.

    Raises:
        ValueError: They do not fit together.
    """
    arrays = [part for part in parts if part is not None]
    if len(arrays) < len(parts):
        if arrays:
            raise ValueError("some rows have this part and some have not")
        return None
    if len({array.dtype.kind for array in arrays}) > 1:
        arrays = [array.astype(object) for array in arrays]
    return np.concatenate(arrays)
