"""Digests of files and of JSON documents."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_DIGEST = re.compile("[0-9a-f]{64}")


def sha256_of_file(path: Path) -> str:
    """Return the hex sha256 of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_bytes(data: bytes) -> str:
    """Return the hex sha256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def is_digest(text: str) -> bool:
    """Whether `text` is a hex sha256 as the functions above write it.

    Examples:
        >>> is_digest("0" * 64), is_digest("../../home"), is_digest("")
        (True, False, False)
    """
    return _DIGEST.fullmatch(text) is not None


def canonical_json(document: Any) -> bytes:
    """Return the one JSON text of a document: sorted keys, no spaces, UTF-8, no NaN.

    Raises:
        ValueError: The document holds a NaN or an infinity.

    Examples:
        >>> canonical_json({"b": 1, "a": [True, None]})
        b'{"a":[true,null],"b":1}'
    """
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
