"""Turns rows, as people hold them, into the body of a request.

Nothing of numpy, pandas, polars or pyarrow is imported here: their objects are known by the modules that
their owner has imported.

Invariant: what cannot be sent is refused with its row and feature, all of it at once.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, Literal

import msgspec

from headway.client.columns import (
    array_columns,
    arrow_columns,
    column_values,
    is_a,
    is_array_like,
    pandas_columns,
    polars_columns,
)
from headway.client.shapes import (
    ArrayShape,
    ArrowShape,
    PandasShape,
    PlainShape,
    PolarsShape,
    Shape,
)
from headway.client.values import Refused, array_values, is_text, json_value
from headway.errors import InvalidInputError, MalformedInputError, Violation

Rows = Any  # a mapping, a sequence, an object with fields, an array, a frame, a table
Form = Literal["features", "rows", "columns"]
Columns = list[tuple[Any, list[Any]]]

MAX_LISTED = 100
_MATRIX_DIMENSIONS = 2
_PLAIN = frozenset({str, int, bool, float, type(None)})
_FORMS = "give a dict, a list of dicts, a DataFrame, an Arrow table or an array"
_encode = msgspec.json.Encoder().encode


@dataclasses.dataclass(frozen=True, slots=True)
class EncodedRows:
    """Rows as the body of a request.

    Attributes:
        body: JSON.
        n_rows: How many rows it has; `None` for one row, which gets single answers.
        shape: What answers become.
    """

    body: bytes
    n_rows: int | None
    shape: Shape = dataclasses.field(repr=False)

    @property
    def is_single(self) -> bool:
        """Whether it is one row, which gets single answers."""
        return self.n_rows is None

    def restore(self, values: Any, columns: Sequence[Any] = (), *, name: str = "prediction") -> Any:
        """Give answers the type that the rows had.

        Args:
            values: One answer, or one for each row; an answer is a scalar or a list.
            columns: Names for the columns where each answer is a list.
            name: Name of the column where each answer is a scalar.

        Raises:
            ValueError: There are more or fewer answers than rows.
        """
        if self.n_rows is not None and len(values) != self.n_rows:
            raise ValueError(f"{len(values)} answers for {self.n_rows} rows")
        return self.shape.restore(values, columns, name)


def encode_rows(rows: Rows) -> EncodedRows:
    """Encode rows as the body of a request.

    Args:
        rows: One row as a mapping, a Series, a one-dimensional array, a sequence of scalars or an
            object with fields (a dataclass, a pydantic model, a named tuple); or several as a
            DataFrame, an Arrow table, a two-dimensional or structured array, a mapping of columns, or
            a sequence of rows.

    Raises:
        MalformedInputError: None of these.
        InvalidInputError: Values that JSON cannot hold. Each is named with its row and field.
    """
    form, content, shape = _recognise(rows)
    findings = _Findings()
    clean = _CLEANERS[form](content, findings)
    n_rows = None if form == "features" else _n_rows(form, content)
    findings.raise_any()
    try:
        return EncodedRows(_encode({form: clean}), n_rows, shape)
    except UnicodeEncodeError:
        # columns of plain strings are not looked through before
        _find_broken_text(form, clean, findings)
        findings.raise_any()
        raise


def _recognise(rows: Rows) -> tuple[Form, Any, Shape]:
    """Return the form of the body, plain containers for that form, and what answers become."""
    table = _table(rows)
    if table is not None:
        columns, shape = table
        return "columns", columns, shape
    if hasattr(rows, "__array_namespace__"):
        return _recognise_array(rows)
    row = row_mapping(rows)
    if row is not None:
        return _recognise_mapping(row)
    if is_sequence(rows):
        is_several = not len(rows) or all(_is_row(row) for row in rows)
        return "rows" if is_several else "features", rows, PlainShape()
    raise _no_rows(rows)


def _table(rows: Rows) -> tuple[Columns, Shape] | None:
    if is_a(rows, "pandas", "DataFrame"):
        return pandas_columns(rows), PandasShape(rows.index)
    if is_a(rows, "polars", "DataFrame"):
        return polars_columns(rows), PolarsShape()
    if is_a(rows, "pyarrow", "Table", "RecordBatch"):
        return arrow_columns(rows), ArrowShape(is_a(rows, "pyarrow", "RecordBatch"))
    return None


def _recognise_array(array: Rows) -> tuple[Form, Any, Shape]:
    names = getattr(array.dtype, "names", None)
    if names:
        if array.ndim == 1:
            return "columns", array_columns(array), ArrayShape(array)
        if array.ndim == 0:
            return "features", {name: array[name] for name in names}, PlainShape()
    elif array.ndim in {1, _MATRIX_DIMENSIONS}:
        values = array_values(array) if hasattr(array, "__array_interface__") else array.tolist()
        if array.ndim == 1:
            return "features", values, PlainShape()
        return "rows", values, ArrayShape(array)
    raise MalformedInputError(
        f"an array of {array.ndim} dimensions holds no rows",
        hint="give one row as one dimension, several as two",
    )


def _recognise_mapping(row: Mapping[Any, Any]) -> tuple[Form, Any, Shape]:
    if any(type(value) in _PLAIN for value in row.values()):
        return "features", row, PlainShape()
    columns = {name: column_values(value) for name, value in row.items()}
    if columns and all(values is not None for values in columns.values()):
        return "columns", list(columns.items()), PlainShape()
    return "features", row, PlainShape()


def row_mapping(value: Any) -> Mapping[Any, Any] | None:
    """Return one row by name, `None` where a value is not one."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type):
        return None
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return _row_of_a_library(value)


def _row_of_a_library(value: Any) -> Mapping[Any, Any] | None:
    if is_a(value, "pandas", "Series"):
        if not value.index.is_unique:
            raise MalformedInputError("a row has several values of one name")
        return dict(value.items())
    if is_a(value, "pydantic", "BaseModel"):
        return dict(value.model_dump(by_alias=True))
    if is_a(value, "numpy", "void") and value.dtype.names:
        return {name: value[name] for name in value.dtype.names}
    return None


def is_sequence(value: Any) -> bool:
    """Whether a value is a list of values: not text, and not what can be read only once."""
    if isinstance(value, str | bytes | bytearray | memoryview):
        return False
    return isinstance(value, Sequence) or is_array_like(value)


def _is_row(value: Any) -> bool:
    return is_sequence(value) or row_mapping(value) is not None


def _no_rows(rows: Rows) -> MalformedInputError:
    hint = _FORMS
    if is_a(rows, "polars", "LazyFrame"):
        hint = "collect it first: `rows.collect()`"
    elif is_a(rows, "polars", "Series") or is_a(rows, "pyarrow", "Array", "ChunkedArray"):
        hint = "a column has no names of features: give a DataFrame, a Table or a dict of columns"
    elif isinstance(rows, Iterator) or (isinstance(rows, Iterable) and not isinstance(rows, Sized)):
        hint = "it can be read only once: give `list(rows)`"
    return MalformedInputError(f"a `{type(rows).__name__}` holds no rows", hint=hint)


class _Findings:
    """What cannot be sent."""

    def __init__(self) -> None:
        self._listed: list[Violation] = []
        self._total = 0

    def add(self, row: int, field: Any, refused: Refused) -> None:
        self._total += 1
        if len(self._listed) < MAX_LISTED:
            self._listed.append(
                Violation(
                    row=row,
                    field=None if field is None else str(field),
                    rule="type",
                    message=f"{refused.what} cannot be sent as JSON",
                    hint=refused.hint,
                )
            )

    def raise_any(self) -> None:
        if self._listed:
            listed = sorted(self._listed, key=lambda violation: violation.row)
            raise InvalidInputError(listed, total=self._total)


def _clean_columns(columns: Columns, findings: _Findings) -> dict[str, list[Any]]:
    clean = {str(name): _clean_column(name, values, findings) for name, values in columns}
    if len(clean) != len(columns):
        raise MalformedInputError(
            "the rows have several columns of one name", hint="rename or drop all but one"
        )
    return clean


def _clean_column(name: Any, values: list[Any], findings: _Findings) -> list[Any]:
    if _is_plain(values):
        return values
    return [_clean(value, row, name, findings) for row, value in enumerate(values)]


def _clean_rows(rows: Any, findings: _Findings) -> list[Any]:
    return [
        values if type(values) is list and _is_plain(values) else _clean_row(values, findings, row)
        for row, values in enumerate(rows)
    ]


def _clean_row(values: Any, findings: _Findings, row: int = 0) -> Any:
    mapping = row_mapping(values)
    if mapping is None:
        listed = column_values(values)
        values = list(values) if listed is None else listed
        if _is_plain(values):
            return values
        return [_clean(value, row, position, findings) for position, value in enumerate(values)]
    names = [str(name) for name in mapping]
    if len(set(names)) != len(names):
        raise MalformedInputError("a row has several values of one name")
    values = list(mapping.values())
    if not _is_plain(values):
        values = [
            _clean(value, row, name, findings) for name, value in zip(names, values, strict=True)
        ]
    return dict(zip(names, values, strict=True))


def _clean(value: Any, row: int, field: Any, findings: _Findings) -> Any:
    clean = json_value(value)
    if isinstance(clean, Refused):
        findings.add(row, field, clean)
    return clean


def _is_plain(values: Sequence[Any]) -> bool:
    """Whether JSON has all of these values as they are; strings are looked at when they are encoded."""
    kinds = set(map(type, values))
    if not kinds <= _PLAIN:
        return False
    if float not in kinds:
        return True
    floats = values if len(kinds) == 1 else [value for value in values if type(value) is float]
    # one NaN or infinity makes the sum one; the encoder writes null for both, which is right for NaN
    return math.isfinite(sum(floats)) or (math.inf not in floats and -math.inf not in floats)


def _n_rows(form: Form, content: Any) -> int:
    if form == "rows":
        return len(content)
    return max((len(values) for _, values in content), default=0)


def _find_broken_text(form: Form, clean: Any, findings: _Findings) -> None:
    if form == "columns":
        cells = ((row, name, v) for name, vs in clean.items() for row, v in enumerate(vs))
    else:
        rows = clean if form == "rows" else [clean]
        cells = (
            (row, name, value)
            for row, values in enumerate(rows)
            for name, value in (values.items() if isinstance(values, dict) else enumerate(values))
        )
    for row, name, value in cells:
        if isinstance(name, str) and not is_text(name):
            raise MalformedInputError("a name of a feature holds half of a surrogate pair")
        if isinstance(value, str):
            _clean(value, row, name, findings)


_CLEANERS: dict[Form, Callable[[Any, _Findings], Any]] = {
    "features": _clean_row,
    "rows": _clean_rows,
    "columns": _clean_columns,
}
