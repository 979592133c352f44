"""Finishes the check of rows that the decoder took: what its types have no words for.

Invariant: with the decoder's own checks it accepts the rows that `ColumnChecker` accepts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.contract.notices import Notices
from headway.contract.row_rules import compile_rules
from headway.contract.tensors import element_feature
from headway.contract.values import ValueChecker
from headway.core.dtypes import PLAIN_DTYPES, DType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.contract.model import Contract, Feature

Row = tuple[Any, ...]


class Finisher:
    """Checks the rest of decoded rows. Safe to share between threads.

    Args:
        contract: What they have to keep.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._unfinished = [
            (position, ValueChecker(feature))
            for position, feature in enumerate(contract.features)
            if not is_checked_while_decoding(feature)
        ]
        self._rules = compile_rules(contract)

    def __bool__(self) -> bool:
        """Whether there is anything to check."""
        return bool(self._unfinished or self._rules)

    def rows(self, rows: Sequence[Row]) -> tuple[list[Row], Notices | None] | None:
        """Return the rows as a batch holds them and what was let through; `None` where one is refused."""
        notices = Notices(self._contract)
        finished = []
        for i, row in enumerate(rows):
            values = list(row)
            for position, checker in self._unfinished:
                values[position], refused, noted, read = checker.judge(values[position])
                if refused:
                    return None
                for rule in noted:
                    notices.add(i, position, rule, read)
            for compiled in self._rules:
                if compiled.breaks(values):
                    return None
            finished.append(tuple(values))
        return finished, notices if notices.total else None

    def columns(
        self, columns: Sequence[list[Any]]
    ) -> tuple[list[list[Any]], Notices | None] | None:
        """Return columns as a batch holds them and what was let through; `None` where a row is refused."""
        notices = Notices(self._contract)
        finished = list(columns)
        for position, checker in self._unfinished:
            verdicts = [checker.judge(value) for value in columns[position]]
            if any(verdict.refused for verdict in verdicts):
                return None
            for i, verdict in enumerate(verdicts):
                for rule in verdict.noted:
                    notices.add(i, position, rule, verdict.read)
            finished[position] = [verdict.value for verdict in verdicts]
        if any(compiled.broken(finished).any() for compiled in self._rules):
            return None
        return finished, notices if notices.total else None


def is_checked_while_decoding(feature: Feature) -> bool:
    """Whether the type of `headway.contract.decoder.value_type` checks all of a feature's rules."""
    constraints = feature.constraints
    if feature.dtype is DType.TENSOR and not constraints.unique_items:
        element = element_feature(feature)
        return element.dtype is DType.FLOAT and is_checked_while_decoding(element)
    return (
        feature.dtype in PLAIN_DTYPES
        and feature.policy == "refuse"
        and (constraints.one_of is None or feature.dtype is DType.STRING)
        and constraints.multiple_of is None
        and constraints.min_length is None
        and constraints.max_length is None
        and not constraints.regex
    )
