"""Takes columns out of the tables of other libraries, which are known by what is already imported.

Invariant: none of these libraries is imported here, and no column loses digits on its way.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from headway.client.values import FINER, array_values

if TYPE_CHECKING:
    from collections.abc import Callable

_NANOSECONDS = 1000
# the name that pyarrow gives an index without one; an index with a name may be a feature
_INDEX_NAME = re.compile(r"__index_level_[0-9]+__")


def is_a(value: Any, library: str, *names: str) -> bool:
    """Whether a value is of a class of a library, which must be imported for that to be so.

    Examples:
        >>> is_a({}, "pandas", "DataFrame")
        False
    """
    module = sys.modules.get(library)
    kinds = tuple(kind for name in names if (kind := getattr(module, name, None)) is not None)
    return bool(kinds) and isinstance(value, kinds)


def pandas_columns(frame: Any) -> list[tuple[Any, list[Any]]]:
    """Return names and values of a DataFrame of pandas."""
    return [(name, _pandas_values(column)) for name, column in frame.items()]


def polars_columns(frame: Any) -> list[tuple[Any, list[Any]]]:
    """Return names and values of a DataFrame of polars."""
    return [(column.name, _polars_values(column)) for column in frame.iter_columns()]


def arrow_columns(table: Any) -> list[tuple[Any, list[Any]]]:
    """Return names and values of a Table or RecordBatch of pyarrow, without the index of pandas."""
    return [
        (name, _arrow_values(column))
        for name, column in zip(table.schema.names, table.columns, strict=True)
        if not _INDEX_NAME.fullmatch(name) or name not in _pandas_index(table.schema)
    ]


def _pandas_index(schema: Any) -> list[Any]:
    """Return the columns that pandas made of its index; a range is no column, but a description."""
    return list((schema.pandas_metadata or {}).get("index_columns", ()))


def array_columns(array: Any) -> list[tuple[Any, list[Any]]]:
    """Return names and values of a structured array of numpy."""
    return [(name, array_values(array[name])) for name in array.dtype.names]


def column_values(column: Any) -> list[Any] | None:
    """Return the values of a column, `None` where it is none."""
    if isinstance(column, list | tuple):
        return list(column)
    for library, names, read in _COLUMNS:
        if is_a(column, library, *names):
            return read(column)
    return list(column.tolist()) if is_array_like(column) else None


def is_array_like(value: Any) -> bool:
    """Whether a value of some library is a list of values."""
    return getattr(value, "ndim", 0) == 1 and hasattr(value, "tolist")


def _pandas_values(column: Any) -> list[Any]:
    dtype = column.dtype
    if dtype.kind in "Mf" and getattr(dtype, "tz", None) is None and hasattr(dtype, "str"):
        return array_values(column.to_numpy())
    return list(column.tolist())


def _polars_values(column: Any) -> list[Any]:
    kind, unit = str(column.dtype), getattr(column.dtype, "time_unit", None)
    values = list(column.to_list())
    if kind != "Time" and (unit != "ns" or not kind.startswith("Datetime")):
        return values
    return _unless_finer(values, column.to_physical().to_list())


def _arrow_values(column: Any) -> list[Any]:
    pyarrow, kind = sys.modules["pyarrow"], column.type
    if str(kind).startswith("timestamp[ns"):
        coarser = pyarrow.timestamp("us", kind.tz)
    elif str(kind) == "time64[ns]":
        coarser = pyarrow.time64("us")
    else:
        return list(column.to_pylist())
    values = column.cast(coarser, safe=False).to_pylist()
    return _unless_finer(values, column.cast("int64").to_pylist())


def _array_values(column: Any) -> list[Any] | None:
    return array_values(column) if column.ndim else None


def _unless_finer(values: list[Any], nanoseconds: list[int | None]) -> list[Any]:
    return [
        FINER if exact is not None and exact % _NANOSECONDS else value
        for value, exact in zip(values, nanoseconds, strict=True)
    ]


_COLUMNS: tuple[tuple[str, tuple[str, ...], Callable[[Any], list[Any] | None]], ...] = (
    ("pandas", ("Series", "Index"), _pandas_values),
    ("polars", ("Series",), _polars_values),
    ("pyarrow", ("Array", "ChunkedArray"), _arrow_values),
    ("numpy", ("ndarray",), _array_values),
)
