"""Turns rows, as people hold them, into the body of a request, and answers back into the same kind.

numpy and pandas are recognised by what their objects can do, so that neither is imported here.

Invariant: a value either arrives as it was, or it is refused here with its place; NaN becomes null,
and an infinity, for which JSON has no word, never becomes null.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from headway.errors import InvalidInputError, MalformedInputError, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["row", "rows", "frame", "array"]
Rows = Any  # a mapping, a sequence, a numpy array, a pandas frame, or a row of one

_MATRIX_DIMENSIONS = 2
_EXACT = frozenset({str, int, bool, type(None)})
_MISSING = frozenset({"NAType", "NaTType"})  # of pandas
_JSON_KINDS = "fiubU"  # of numpy's dtypes
_REFUSED = object()


@dataclasses.dataclass(frozen=True, slots=True)
class EncodedRows:
    """Rows as the body of a request.

    Attributes:
        body: JSON.
        kind: `row` for one row, else what the rows came as.
        rows: The rows as they came, from which answers take their type and their index.
    """

    body: bytes
    kind: Kind
    rows: Rows = dataclasses.field(repr=False)

    def restore(self, values: Any, columns: Sequence[Any] = ()) -> Any:
        """Give answers the type that the rows had.

        Args:
            values: One answer, or one for each row; an answer is a scalar or a list.
            columns: Names for the columns where each answer is a list.

        Returns:
            A frame's answers as a Series or a DataFrame with the frame's index, an array's as an
            array, any others as they came.
        """
        if self.kind == "array":
            return self.rows.__array_namespace__().asarray(values)
        if self.kind != "frame":
            return values
        frame, index = type(self.rows), self.rows.index
        if values and isinstance(values[0], list):
            return frame(values, index=index, columns=list(columns) or None)
        return frame({"prediction": values}, index=index)["prediction"]


def encode_rows(rows: Rows) -> EncodedRows:
    """Encode rows as the body of a request.

    Args:
        rows: One row as a mapping, a Series, a one-dimensional array or a sequence of scalars; or
            several as a DataFrame, a two-dimensional array, a mapping of columns, or a sequence of
            rows.

    Raises:
        MalformedInputError: None of these.
        InvalidInputError: Values that JSON cannot hold. Each is named with its row and field.
    """
    kind, form, content = _recognise(rows)
    violations: list[Violation] = []
    document = {form: _clean_form(form, content, violations)}
    if violations:
        raise InvalidInputError(violations)
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return EncodedRows(body.encode(), kind, rows)


def _recognise(rows: Rows) -> tuple[Kind, str, Any]:
    """Return the kind of the rows, the form of the body, and plain containers for that form."""
    if hasattr(rows, "columns") and hasattr(rows, "index"):
        return "frame", "columns", _frame_columns(rows)
    if hasattr(rows, "__array_namespace__") and rows.ndim in {1, _MATRIX_DIMENSIONS}:
        several = rows.ndim == _MATRIX_DIMENSIONS
        return ("array", "rows", rows.tolist()) if several else ("row", "features", rows.tolist())
    if _is_mapping(rows):
        return _recognise_mapping(_as_dict(rows))
    if _is_list(rows):
        is_row = len(rows) and not any(_is_list(row) or _is_mapping(row) for row in rows)
        return ("row", "features", rows) if is_row else ("rows", "rows", rows)
    raise MalformedInputError(
        f"a `{type(rows).__name__}` holds no rows",
        hint="give a dict, a list of dicts, a DataFrame or an array",
    )


def _recognise_mapping(content: dict[Any, Any]) -> tuple[Kind, str, Any]:
    if content and all(_is_list(value) for value in content.values()):
        return "rows", "columns", content
    return "row", "features", content


def _frame_columns(frame: Rows) -> dict[Any, list[Any]]:
    names = list(frame.columns)
    if len(set(names)) != len(names):
        raise MalformedInputError("the frame has several columns of one name")
    return {name: frame[name].tolist() for name in names}


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping) or hasattr(value, "to_dict")


def _is_list(value: Any) -> bool:
    if isinstance(value, str | bytes):
        return False
    return isinstance(value, Sequence) or getattr(value, "ndim", 0) == 1


def _as_dict(row: Any) -> dict[Any, Any]:
    return dict(row) if isinstance(row, Mapping) else row.to_dict()


def _clean_form(form: str, content: Any, violations: list[Violation]) -> Any:
    if form == "features":
        return _clean_row(content, 0, violations)
    if form == "columns":
        return {
            str(name): [
                _clean(value, row, name, violations) for row, value in enumerate(_as_list(column))
            ]
            for name, column in content.items()
        }
    return [_clean_row(values, row, violations) for row, values in enumerate(content)]


def _clean_row(values: Any, row: int, violations: list[Violation]) -> Any:
    if _is_mapping(values):
        return {
            str(name): _clean(value, row, name, violations)
            for name, value in _as_dict(values).items()
        }
    if _is_list(values):
        return [
            _clean(value, row, position, violations)
            for position, value in enumerate(_as_list(values))
        ]
    return _clean(values, row, None, violations)


def _as_list(values: Any) -> Iterable[Any]:
    return values.tolist() if hasattr(values, "tolist") else values  # type: ignore[no-any-return]


def _clean(value: Any, row: int, field: Any, violations: list[Violation]) -> Any:
    """Return a value as JSON has it, or note that JSON has no such value."""
    cleaned = _json_value(value)
    if cleaned is not _REFUSED:
        return cleaned
    shown = "an infinity" if isinstance(value, float) else f"a `{type(value).__name__}`"
    violations.append(
        Violation(
            row=row,
            field=None if field is None else str(field),
            rule="type",
            message=f"{shown} cannot be sent as JSON",
            hint="send a number, a string, a boolean, or null for a missing value",
        )
    )
    return None


def _json_value(value: Any) -> Any:
    kind = type(value)
    if kind in _EXACT:
        return value
    if kind is float:
        return _json_float(value)
    if getattr(value, "ndim", None) == 0 and value.dtype.kind in _JSON_KINDS:
        # an extended float is its own `item`
        return _json_float(float(value)) if value.dtype.kind == "f" else _json_value(value.item())
    if isinstance(value, str):
        return str(value)
    return None if kind.__name__ in _MISSING else _REFUSED


def _json_float(value: float) -> Any:
    if math.isfinite(value):
        return value
    return None if math.isnan(value) else _REFUSED
