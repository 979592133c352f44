"""Asks a user's own code about rows that have kept the rest of the contract.

Invariant: what a private feature holds is in no message, whatever the user's code says about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.contract.findings import Findings, Words
from headway.contract.row_rules import broken_words, compile_rules
from headway.core.batch import FeatureBatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.contract.model import Contract
    from headway.contract.row_validator import RowValidator

_RULE = "validator"
_DISCREET = "the contract's validator refuses it"


class Judge:
    """Asks the user's own code of one contract. Safe to share between threads.

    Args:
        contract: Whose rows are judged.
        validator: The user's code.
    """

    def __init__(self, contract: Contract, validator: RowValidator) -> None:
        self._contract = contract
        self._validator = validator
        self._rules = compile_rules(contract)
        # a validator of one feature sees the whole row, and may say anything of it
        self._is_discreet = any(feature.is_private for feature in contract.features)

    def judged(self, batch: FeatureBatch) -> FeatureBatch:
        """Return the rows as the user's code passes them on to the model.

        Args:
            batch: Rows that keep the contract.

        Raises:
            InvalidInputError: The code refuses rows; with everything that it says.
        """
        findings = Findings(self._contract)
        rows = []
        for i, row in enumerate(batch.rows()):
            verdict = self._validator.judge(row)
            rows.append(tuple(verdict.values))
            for position, message in verdict.complaints:
                words = Words(_DISCREET if self._is_discreet else message)
                findings.add(i, len(batch.names) if position is None else position, _RULE, words)
            if not verdict.complaints and rows[-1] != row:
                self._ask_rules(i, rows[-1], findings)
        findings.raise_any()
        return FeatureBatch.from_rows(batch.names, rows)

    def _ask_rules(self, i: int, row: Sequence[Any], findings: Findings) -> None:
        """Ask the rules between features about a row that the user's code has changed."""
        for rule in self._rules:
            if rule.breaks(row):
                words = Words(broken_words(self._contract, rule, row))
                findings.add(i, len(self._contract.features), rule.rule.name, words)
