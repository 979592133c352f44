"""The port to a user's own code that judges whole rows.

It is Python that runs for each row: what it says cannot be put into a schema, and it needs trust
where the code comes from a registry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Complaint(NamedTuple):
    """One thing that a user's code finds wrong with a row.

    Attributes:
        position: Position of the feature; `None` where it is about the row.
        message: In the words of the code.
    """

    position: int | None
    message: str


class RowVerdict(NamedTuple):
    """What a user's code says of one row.

    Attributes:
        values: The row as the model shall see it, in the contract's order.
        complaints: What is wrong with it.
    """

    values: Sequence[Any]
    complaints: tuple[Complaint, ...] = ()


class RowValidator(Protocol):
    """Judges rows whose types and constraints have been checked. Safe to share between threads."""

    def judge(self, values: Sequence[Any]) -> RowVerdict:
        """Return what is wrong with a row.

        Args:
            values: In the contract's order, missing as `None`. They are not changed.
        """
        ...
