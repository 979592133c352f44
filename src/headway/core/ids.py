"""Identifiers of requests and predictions."""

from __future__ import annotations

import os


def new_id() -> str:
    """Return 96 random bits as 24 hex digits: unguessable, and unique over processes and machines."""
    return os.urandom(12).hex()
