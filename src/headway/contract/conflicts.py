"""Which rows of the training frame a declaration refuses: what its owner should know."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.findings import worded
from headway.contract.row_rules import compile_rules
from headway.contract.rules import value_rules
from headway.contract.values import ValueChecker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.contract.model import Contract, Feature
    from headway.contract.values import Verdict
    from headway.core.batch import Column, FeatureBatch

_SO = {
    "refuse": "rows like these are refused",
    "warn": "rows like these are answered with a warning",
    "clip": "such values are moved to the nearest limit",
}
_OF_EVERY_FEATURE = ("null", "type")


def training_conflicts(contract: Contract, batch: FeatureBatch) -> tuple[str, ...]:
    """Return one sentence for each declaration that rows of the training frame break.

    Args:
        contract: With what is declared.
        batch: The rows, unchecked, in the contract's order of features.
    """
    rules = compile_rules(contract)
    named = {position for compiled in rules for position in compiled.positions}
    conflicts: list[str] = []
    columns: list[list[Any]] = []
    for position, feature in enumerate(contract.features):
        is_declared = bool(value_rules(feature)) or feature.constraints.not_null
        verdicts = []
        if is_declared or position in named:
            verdicts = list(map(ValueChecker(feature).judge, _values(batch.columns()[position])))
        columns.append([_usable(verdict) for verdict in verdicts])
        if is_declared:
            conflicts += _of_feature(feature, verdicts)
    for compiled in rules:
        n_broken = int(np.count_nonzero(compiled.broken(columns)))
        if n_broken:
            words = f"{compiled.rule.expression} does not hold"
            conflicts.append(
                _sentence(f"rule `{compiled.rule.name}`", n_broken, batch.n_rows, words, "refuse")
            )
    return tuple(conflicts)


def _of_feature(feature: Feature, verdicts: list[Verdict]) -> Iterator[str]:
    counts: Counter[str] = Counter()
    first: dict[str, Any] = {}
    for verdict in verdicts:
        told = [(rule, verdict.value) for rule in verdict.refused]
        told += [(rule, verdict.read) for rule in verdict.noted]
        for rule, value in told:
            counts[rule] += 1
            first.setdefault(rule, value)
    for rule, count in counts.items():
        if rule not in _OF_EVERY_FEATURE or (rule == "null" and feature.nullable):
            words = worded(feature, rule, first[rule]).message
            is_noted = any(rule in verdict.noted for verdict in verdicts)
            policy = feature.policy if is_noted else "refuse"
            yield _sentence(f"`{feature.name}`", count, len(verdicts), words, policy)


def _sentence(subject: str, n_broken: int, n_rows: int, words: str, policy: str) -> str:
    return f"{subject}: in {n_broken} of {n_rows} training rows {words}, so {_SO[policy]}"


def _usable(verdict: Verdict) -> Any:
    """Return a value as a rule sees it; one of a wrong type is refused anyway, so it is missing here."""
    return None if verdict.refused else verdict.value


def _values(column: Column) -> list[Any]:
    # `tolist` turns a datetime64 of nanoseconds into a plain integer
    is_counted = isinstance(column, np.ndarray) and column.dtype.kind != "M"
    return list(column.tolist() if is_counted else column)
