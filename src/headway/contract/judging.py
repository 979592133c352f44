"""Asks a user's own code about rows that have kept the rest of the contract.

Invariant: what a private feature holds is in no message, whatever the user's code says about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.contract.findings import Findings, Words
from headway.core.batch import FeatureBatch

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.contract.row_validator import Complaint, RowValidator

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
    rows = []
    for i, row in enumerate(batch.rows()):
        verdict = validator.judge(row)
        rows.append(tuple(verdict.values))
        for complaint in verdict.complaints:
            position = len(contract.features) if complaint.position is None else complaint.position
            findings.add(i, position, _RULE, Words(_message(contract, complaint)))
    findings.raise_any()
    return FeatureBatch.from_rows(batch.names, rows)


def _message(contract: Contract, complaint: Complaint) -> str:
    features = contract.features
    about = features if complaint.position is None else (features[complaint.position],)
    if any(feature.is_private for feature in about):
        return "the contract's validator refuses it"
    return complaint.message
