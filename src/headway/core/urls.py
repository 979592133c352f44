"""Which part of a URL is not to be shown."""

from __future__ import annotations

import re
from typing import Any

# up to the last `@` of the authority; where there is none, up to one behind it: `/` in a password is
# often written as it is
_PASSWORD = re.compile(r"(://[^/?#\s:@\[]*):(?:[^/?#\s]*|[^\s@]*)@")
_QUERY_PASSWORD = re.compile(r"([?&](?:password|passwd|pwd)=)[^&#\s]*", re.IGNORECASE)


def mask_passwords(text: str) -> str:
    """Return a text with `***` for the password of each URL in it.

    Examples:
        >>> mask_passwords("postgresql+psycopg://me:secret@db/mlflow")
        'postgresql+psycopg://me:***@db/mlflow'
    """
    return _QUERY_PASSWORD.sub(r"\1***", _PASSWORD.sub(r"\1:***@", text))


def mask_document(document: Any) -> Any:
    """Return a document of JSON in which no string shows the password of a URL."""
    if isinstance(document, str):
        return mask_passwords(document)
    if isinstance(document, dict):
        return {key: mask_document(value) for key, value in document.items()}
    return [mask_document(value) for value in document] if isinstance(document, list) else document
