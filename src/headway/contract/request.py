"""The forms that the body of a predict request can have, and what is read from one.

    {"age": 41, ...}                              one row, by name
    {"features": {...}} or {"features": [...]}    one row, by name or in the contract's order
    {"rows": [{...} or [...], ...]}               several rows
    {"columns": {"age": [...], ...}}              several rows, by column

Invariant: the key that wraps a form is the only key of its object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.contract.notices import Notices
    from headway.core.batch import FeatureBatch

WRAPPERS = ("features", "rows", "columns")


class RequestRows(msgspec.Struct, frozen=True, gc=False):
    """What one request asks about.

    Attributes:
        batch: Its rows, which keep the contract; at least one.
        is_single: Whether the reply is for one row and not a list.
        notices: What was let through by a policy; `None` for nothing.
    """

    batch: FeatureBatch
    is_single: bool
    notices: Notices | None = None


def takes_bare_rows(contract: Contract) -> bool:
    """Whether a row may come without a wrapper: no feature is called like one."""
    return not set(WRAPPERS) & set(contract.names)
