"""Reads the rows of a file: JSON of any form that a server takes, JSON lines, or CSV."""

from __future__ import annotations

import collections
import csv
import dataclasses
import io
import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from headway.contract.document import parse_document
from headway.contract.text import listed
from headway.errors import InvalidInputError, MalformedInputError

Format = Literal["json", "jsonl", "csv"]
STDIN = "-"
_SUFFIXES: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_FORMS: dict[Format, str] = {
    "json": 'write {"age": 41, ...} or a list of such rows, or give `--format csv` or `--format jsonl`',
    "jsonl": 'write one row to a line: {"age": 41, ...}',
    "csv": "write the names of the features in the first line, and as many values in each line below",
}
_MISSING = frozenset({"", "na", "nan", "nat", "null"})
_WRITTEN = frozenset({"decimal", "date", "datetime", "time"})
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,99})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBER_HINT = "write a number as 1000, -2.5 or 1e-3"
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def format_of(path: str) -> Format:
    """Return the format that the name of a file stands for; JSON where it says nothing.

    Examples:
        >>> format_of("rows.csv"), format_of("rows.ndjson"), format_of("-")
        ('csv', 'jsonl', 'json')
    """
    return _SUFFIXES.get(Path(path).suffix.lower(), "json")


def read_bytes(path: str) -> bytes:
    """Return the bytes of a file, or of stdin for `-`."""
    return sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()


class FileRows(NamedTuple):
    """What a file holds.

    Attributes:
        rows: Rows as mappings or lists, or a mapping of columns.
        is_single: Whether it is one row that was not written in a list.
    """

    rows: list[Any] | dict[str, Any]
    is_single: bool


def parse_rows(
    content: bytes,
    file_format: Format,
    types: Callable[[], Mapping[str, str]],
    *,
    keeps_digits: bool = False,
) -> FileRows:
    """Return the rows of a file.

    Args:
        content: The bytes of the file.
        file_format: How to read them.
        types: Returns the type of each feature as the contract names it; asked for CSV only, where
            every value is text.
        keeps_digits: Return numbers of JSON as `headway.contract.written.WrittenFloat`, for
            decimals of more digits than a float64 has.

    Raises:
        MalformedInputError: The content is not of that format. Says where.
    """
    try:
        if file_format == "csv":
            return FileRows(_parse_csv(content, types()), is_single=False)
        if file_format == "jsonl":
            return FileRows(_parse_lines(content, keeps_digits=keeps_digits), is_single=False)
        return _read_document(_parse_json(content, keeps_digits=keeps_digits))
    except MalformedInputError as error:
        raise MalformedInputError(error.message, hint=error.hint or _FORMS[file_format]) from error


def _parse_json(content: bytes, *, keeps_digits: bool) -> Any:
    if not content.strip():
        raise MalformedInputError("the file is empty")
    try:
        return parse_document(content, keeps_digits=keeps_digits)
    except MalformedInputError as error:
        # the parser is a server's too, which knows no files
        message = error.message.replace("the body", "the file", 1)
        raise MalformedInputError(message, hint=error.hint) from error


def _read_document(document: Any) -> FileRows:
    if isinstance(document, dict):
        return _read_object(document)
    if isinstance(document, list):
        is_row = bool(document) and not any(isinstance(row, dict | list) for row in document)
        return FileRows([document] if is_row else document, is_single=is_row)
    raise MalformedInputError(
        "the file holds neither a row nor rows",
        hint='write {"age": 41, ...}, a list of such rows, or one row to a line (JSON lines)',
    )


def _read_object(document: dict[str, Any]) -> FileRows:
    """Read a bare row, or the rows in one of the wrappers that a server takes."""
    if len(document) == 1:
        ((key, content),) = document.items()
        if key == "features" and isinstance(content, dict | list):
            return FileRows([content], is_single=True)
        if key == "rows" and isinstance(content, list):
            return FileRows(content, is_single=False)
        if key == "columns" and isinstance(content, dict):
            return FileRows(content, is_single=False)
    return FileRows([document], is_single=True)


def _parse_lines(content: bytes, *, keeps_digits: bool) -> list[Any]:
    rows: list[Any] = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append(_read_line(line, keeps_digits=keeps_digits))
        except MalformedInputError as error:
            raise MalformedInputError(f"line {number}: {error.message}", hint=error.hint) from error
    return rows


def _read_line(line: bytes, *, keeps_digits: bool) -> Any:
    content = _read_document(_parse_json(line, keeps_digits=keeps_digits))
    if not content.is_single or not isinstance(content.rows, list):
        raise MalformedInputError("a line holds one row")
    return content.rows[0]


def _parse_csv(content: bytes, types: Mapping[str, str]) -> list[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedInputError(f"the file is not UTF-8 at byte {error.start}") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if not header:
            raise MalformedInputError("the file is empty")
        _refuse_repeated(header)
        return [_csv_row(header, row, reader.line_num, types) for row in reader if row]
    except csv.Error as error:
        raise MalformedInputError(f"line {reader.line_num}: not CSV: {error}") from error


def _refuse_repeated(header: list[str]) -> None:
    repeated = [name for name, count in collections.Counter(header).items() if count > 1]
    if repeated:
        raise MalformedInputError(
            f"line 1: a name stands more than once: {listed(repeated)}",
            hint="give each column a name of its own",
        )


def _csv_row(
    header: list[str], row: list[str], line: int, types: Mapping[str, str]
) -> dict[str, Any]:
    if len(row) != len(header):
        raise MalformedInputError(
            f"line {line}: {len(row)} values for the {len(header)} names of the first line"
        )
    return {
        name: _csv_value(text, types.get(name, "string"))
        for name, text in zip(header, row, strict=True)
    }


def _csv_value(text: str, type_name: str) -> Any:
    """Return the value of a cell; text that is not of the type stays text, and the contract says so."""
    if type_name == "string":
        return text or None
    word = text.strip().lower()
    if word in _MISSING:
        return None
    if type_name in _WRITTEN:
        return text.strip()
    return _BOOLEANS.get(word, text) if type_name == "boolean" else _number(text, type_name)


def _number(text: str, type_name: str) -> Any:
    """Return a number as JSON would read it, whole or not: what a feature takes is for the contract."""
    if type_name == "tensor":
        try:
            return json.loads(text)
        except ValueError:
            return text
    word = text.strip()
    if type_name == "integer" and _INTEGER.fullmatch(word):
        return int(word)
    number = float(word) if _NUMBER.fullmatch(word) else math.inf
    return number if math.isfinite(number) else text


def tell_of_csv(error: InvalidInputError) -> None:
    """Take hints about quotes, which say nothing in CSV, out of an error."""
    error.violations = tuple(
        dataclasses.replace(violation, hint=_csv_hint(violation.hint))
        for violation in error.violations
    )
    error.hint = _csv_hint(error.hint)


def _csv_hint(hint: str | None) -> str | None:
    return _NUMBER_HINT if hint and "quotes" in hint else hint
