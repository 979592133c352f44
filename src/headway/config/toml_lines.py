"""Finds the line of a TOML file that a setting was written on.

`tomllib` keeps no positions. A prefix of the file that it can read, and that has the key, ends at or
after the key; so the parser itself says where a key is, and no second reader of TOML can disagree.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# each line costs one reading of what is above it
_MAX_LINES = 2_000


def line_of(text: str, path: Sequence[str]) -> int | None:
    r"""Return the line, from 1, on which the value at `path` begins; `None` where that is not told.

    Examples:
        >>> line_of("[server]\nport = 1\n", ["server", "port"])
        2
    """
    lines = text.splitlines(keepends=True)
    if len(lines) > _MAX_LINES:
        return None
    first = 1
    for end in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value of several lines
        if _has(document, path):
            return first
        first = end + 1
    return None


def line_in(file: Path, path: Sequence[str]) -> int | None:
    """Return the same for a file; `None` also where it cannot be read any more."""
    try:
        return line_of(file.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError):
        return None


def _has(document: Any, path: Sequence[str]) -> bool:
    for part in path:
        if not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True
