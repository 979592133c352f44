"""Reads Arrow tables into neutral columns.

The caller's own table brings pyarrow along: nothing is imported here, so that a process that serves
JSON never pays for it.

Invariant: a string that a table holds a million times is made a Python object once.
"""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from headway.contract.arrow.objects import NUMPY_WORDS, stand_in, storage_of, training_values
from headway.contract.arrow.objects import READERS as OBJECT_READERS
from headway.contract.nullable import NullableIntegers
from headway.contract.training import TrainingColumn, TrainingFrame
from headway.core.dictionary import DictionaryColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from headway.contract.training import TrainingValues

_WORDS: dict[int, str] = {}
STRINGS = frozenset({"string", "large_string", "string_view"})


def is_table(data: Any) -> TypeGuard[pa.Table | pa.RecordBatch]:
    """Whether `data` is a Table or RecordBatch; a process that has not imported pyarrow has none."""
    pyarrow = sys.modules.get("pyarrow")
    return pyarrow is not None and isinstance(data, pyarrow.Table | pyarrow.RecordBatch)


def as_table(data: pa.Table | pa.RecordBatch) -> pa.Table:
    """Return a RecordBatch as a Table, and a Table as it is."""
    pyarrow = sys.modules["pyarrow"]
    return data if isinstance(data, pyarrow.Table) else pyarrow.Table.from_batches([data])


def taken_rows(data: pa.Table | pa.RecordBatch, positions: NDArray[np.intp]) -> pa.Table:
    """Return the rows at these few positions, in that order."""
    table = as_table(data)
    # not `take`, which knows no views of strings
    rows = [table.slice(i, 1) for i in positions.tolist()] or [table.slice(0, 0)]
    return sys.modules["pyarrow"].concat_tables(rows).combine_chunks()


def training_frame(data: pa.Table | pa.RecordBatch) -> TrainingFrame:
    """Return the columns of a table with their types."""
    table = as_table(data)
    columns = zip(table.column_names, table.columns, strict=True)
    return TrainingFrame(
        columns=tuple(_training_column(name, column) for name, column in columns),
        n_rows=table.num_rows,
        layout="frame",
        library="pyarrow",
    )


def column_values(column: pa.ChunkedArray) -> TrainingValues:
    """Return the values of a column; of a type that no feature has, values that no checker takes."""
    return _READERS.get(type_word(column.type), _unreadable)(column)


def type_word(type_: pa.DataType) -> str:
    """Return the first word of a type as Arrow prints it.

    Examples:
        >>> import pyarrow
        >>> type_word(pyarrow.timestamp("us", tz="UTC")), type_word(pyarrow.list_(pyarrow.int8()))
        ('timestamp', 'list')
    """
    word = _WORDS.get(type_.id)
    if word is None:
        # to print a type takes longer than to read some columns, and there are few kinds of types
        match = re.match(r"\w+", str(type_))
        word = _WORDS[type_.id] = match.group() if match else ""
    return word


def _training_column(name: str, column: pa.ChunkedArray) -> TrainingColumn:
    values = training_values(column)
    return TrainingColumn(
        name=name,
        values=column_values(column) if values is None else values,
        storage=NUMPY_WORDS.get(str(column.type), storage_of(column.type)),
        holds_none=column.null_count > 0,
    )


def _as_array(column: pa.ChunkedArray) -> NDArray[Any]:
    array: NDArray[Any] = column.to_numpy()
    return array


def _read_integers(column: pa.ChunkedArray) -> TrainingValues:
    if not column.null_count:
        return _as_array(column)
    return NullableIntegers(column.fill_null(0).to_numpy(), column.is_null().to_numpy())


def _read_floats(column: pa.ChunkedArray) -> TrainingValues:
    return _as_array(column)  # null becomes NaN


def _read_booleans(column: pa.ChunkedArray) -> TrainingValues:
    if not column.null_count:
        return _as_array(column)
    return DictionaryColumn(column.cast("int8").fill_null(-1).to_numpy(), [False, True])


def _read_strings(column: pa.ChunkedArray) -> TrainingValues:
    if column.num_chunks == 1:
        return _encoded(column.chunk(0).dictionary_encode())
    return _distinct(column.dictionary_encode())


def _read_dictionaries(column: pa.ChunkedArray) -> TrainingValues:
    value_type = column.type.value_type
    if type_word(value_type) in STRINGS:
        return _distinct(column)
    # a dictionary of lists would hold each of them once for any number of rows
    if type_word(value_type) in _READERS.keys() - OBJECT_READERS.keys() - {"dictionary"}:
        return column_values(column.cast(value_type))
    return _unreadable(column)


def _read_nulls(column: pa.ChunkedArray) -> TrainingValues:
    return DictionaryColumn(np.full(len(column), -1, dtype=np.int8), [])


def _unreadable(column: pa.ChunkedArray) -> TrainingValues:
    """Return, for each value, one thing that is of no type that a feature has, and says its type."""
    missing = np.zeros(len(column), dtype=np.bool)
    if column.null_count:
        missing = column.is_null().to_numpy()
    return DictionaryColumn(np.where(missing, np.int8(-1), np.int8(0)), [stand_in(column.type)])


_READERS: Mapping[str, Callable[[pa.ChunkedArray], TrainingValues]] = {
    **{f"{sign}int{bits}": _read_integers for sign in ("", "u") for bits in (8, 16, 32, 64)},
    **dict.fromkeys(("halffloat", "float", "double"), _read_floats),
    **dict.fromkeys(STRINGS, _read_strings),
    "bool": _read_booleans,
    "dictionary": _read_dictionaries,
    "null": _read_nulls,
    **OBJECT_READERS,
}
READABLE = frozenset(_READERS)


def _distinct(column: pa.ChunkedArray) -> DictionaryColumn:
    parts = column.chunks
    if len(parts) > 1:
        with contextlib.suppress(ValueError, NotImplementedError):
            # refused where the type of the indices is too narrow for all the values together
            parts = [column.combine_chunks()]
    columns = [_encoded(part) for part in parts]
    return columns[0] if len(columns) == 1 else _joined(columns)


def _encoded(array: pa.DictionaryArray) -> DictionaryColumn:
    """Return one chunk, whose dictionary may be larger than it, hold null, or hold a value twice."""
    indices = array.indices
    if type_word(indices.type) != "int32":
        indices = indices.cast("int32")
    if indices.null_count:
        indices = indices.fill_null(-1)
    codes = indices.to_numpy()
    dictionary = array.dictionary
    if len(dictionary) > len(array):
        used, places = np.unique(codes, return_inverse=True)
        values = [None if i < 0 else dictionary[i].as_py() for i in used.tolist()]
        column = DictionaryColumn(places.astype(np.int32), values)
    else:
        values = dictionary.to_pylist()
        column = DictionaryColumn(codes, values)
    is_clean = None not in values and len(set(values)) == len(values)
    return column if is_clean else _joined([column])


def _joined(chunks: list[DictionaryColumn]) -> DictionaryColumn:
    """Return one column whose every value is there once."""
    positions: dict[Any, int] = {}
    codes = [np.empty(0, dtype=np.int32)]
    for chunk in chunks:
        renamed = [
            -1 if value is None else positions.setdefault(value, len(positions))
            for value in chunk.values
        ]
        codes.append(chunk.looked_up([*renamed, -1], np.int32))
    return DictionaryColumn(np.concatenate(codes), list(positions))
