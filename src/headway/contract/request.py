"""The forms that the body of a predict request can have, and what is read from one.

    {"age": 41, ...}                              one row, by name
    {"features": {...}} or {"features": [...]}    one row, by name or in the contract's order
    {"rows": [{...} or [...], ...]}               several rows
    {"columns": {"age": [...], ...}}              several rows, by column
    one table in Arrow's IPC format               several rows, by column

A model with a feature called `features`, `rows` or `columns` takes the wrapped forms only.

- Every feature is a key of the row; `null` says that its value is missing, where the contract allows that.
- A float takes `5` and `5.0`; an integer takes `5` and `5.0` and refuses `5.5`, `"5"` and `true`.
- A number fits the column that the model was trained on: 200 is refused for a column of `int8`, 1e300 for one
  of `float32`. Other integers fit 64 bits.
- A boolean takes `true` and `false`, a string takes strings.
- `NaN`, infinities, numbers beyond float64, keys that come twice, and keys that belong to no feature are
  refused.

Invariant: in JSON the key that wraps a form is the only key of its object.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.contract.notices import Notices
    from headway.core.batch import FeatureBatch

WRAPPERS = ("features", "rows", "columns")


class BodyFormat(enum.StrEnum):
    """What the bytes of a body are."""

    JSON = "application/json"
    ARROW_STREAM = "application/vnd.apache.arrow.stream"
    ARROW_FILE = "application/vnd.apache.arrow.file"


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
