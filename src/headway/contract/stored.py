"""Reads rows that were stored as JSON back into the values that a batch holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.contract.scalars import WRONG_TYPE
from headway.contract.values import feature_reader
from headway.core.dtypes import PLAIN_DTYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.contract.model import Contract, JsonValue


def stored_rows(
    contract: Contract, names: Sequence[str], rows: Sequence[tuple[JsonValue | None, ...]]
) -> tuple[tuple[Any, ...], ...]:
    """Return rows with the decimals, dates and times that JSON holds as text.

    Args:
        contract: Says what each feature is; a name that it does not know stays as it is.
        names: Features of the rows, in their order.
        rows: As JSON holds them.

    Raises:
        ValueError: A value is of another type than its feature. The message names the feature only.
    """
    readers = {
        i: feature_reader(contract.feature(name))
        for i, name in enumerate(names)
        if name in contract.names and contract.feature(name).dtype not in PLAIN_DTYPES
    }
    if not readers:
        return tuple(rows)
    found = []
    for row in rows:
        values: list[Any] = list(row)
        for i, read in readers.items():
            values[i] = read(values[i])
            if values[i] is WRONG_TYPE:
                raise ValueError(f"a value of another type for `{names[i]}`")
        found.append(tuple(values))
    return tuple(found)
