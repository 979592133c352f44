"""Asks a user's own code about rows that have kept the rest of the contract.

Invariant: what a private feature holds is in no message, whatever the user's code says about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.contract.findings import Findings, Words
from headway.contract.row_rules import broken_words, compile_rules
from headway.core.batch import FeatureBatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headway.contract.model import Contract
    from headway.contract.row_rules import CompiledRule
    from headway.contract.row_validator import RowValidator

_RULE = "validator"


def judged(contract: Contract, validator: RowValidator, batch: FeatureBatch) -> FeatureBatch:
    """Return the rows as a user's code passes them on to the model.

    Args:
        contract: Whose rows these are.
        validator: The user's code.
        batch: Rows that keep the contract.

    Raises:
        InvalidInputError: The code refuses rows; with everything that it says.
    """
    findings = Findings(contract)
    rules = compile_rules(contract)
    # a validator of one feature sees the whole row, and may say anything of it
    is_discreet = any(feature.is_private for feature in contract.features)
    rows = []
    for i, row in enumerate(batch.rows()):
        verdict = validator.judge(row)
        rows.append(tuple(verdict.values))
        for position, message in verdict.complaints:
            words = Words("the contract's validator refuses it" if is_discreet else message)
            findings.add(i, len(batch.names) if position is None else position, _RULE, words)
        if not verdict.complaints and rows[-1] != row:
            _ask_rules(contract, rules, i, rows[-1], findings)
    findings.raise_any()
    return FeatureBatch.from_rows(batch.names, rows)


def _ask_rules(
    contract: Contract,
    rules: Iterable[CompiledRule],
    i: int,
    row: Sequence[Any],
    findings: Findings,
) -> None:
    """Ask the rules between features about a row that the user's code has changed."""
    for rule in rules:
        if rule.breaks(row):
            words = Words(broken_words(contract, rule, row))
            findings.add(i, len(contract.features), rule.rule.name, words)
