"""The forms that the body of a predict request can have, and what is read from one.

    {"age": 41, ...}                              one row, by name
    {"features": {...}} or {"features": [...]}    one row, by name or in the contract's order
    {"rows": [{...} or [...], ...]}               several rows
    {"columns": {"age": [...], ...}}              several rows, by column
    one table in Arrow's IPC format               several rows, by column

Invariant: in JSON the key that wraps a form is the only key of its object.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch

WRAPPERS = ("features", "rows", "columns")


class BodyFormat(enum.StrEnum):
    """What the bytes of a body are."""

    JSON = "application/json"
    ARROW_STREAM = "application/vnd.apache.arrow.stream"
    ARROW_FILE = "application/vnd.apache.arrow.file"


class RequestRows(msgspec.Struct, frozen=True):
    """What one request asks about.

    Attributes:
        batch: Its rows, which keep the contract; at least one.
        is_single: Whether the reply is for one row and not a list.
    """

    batch: FeatureBatch
    is_single: bool


def takes_bare_rows(contract: Contract) -> bool:
    """Whether a row may come without a wrapper: no feature is called like one."""
    return not set(WRAPPERS) & set(contract.names)
