"""Identifiers of requests and predictions."""

from __future__ import annotations

import os


def new_id() -> str:
    """Return 96 random bits as 24 hex digits: unguessable, and unique over processes and machines."""
    return os.urandom(12).hex()


def new_ids(count: int) -> list[str]:
    """Return `count` ids, each as `new_id` makes them, at the price of one."""
    digits = os.urandom(12 * count).hex()
    return [digits[start : start + 24] for start in range(0, len(digits), 24)]
