"""The contract of a release: what was learned, and what its owner declares on top."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec

from headway.contract.conflicts import training_conflicts
from headway.contract.constraints import declare
from headway.contract.infer import infer_contract
from headway.contract.judging import Judge
from headway.contract.model import UserValidator
from headway.contract.output import declare_output
from headway.contract.pydantic.user_model import read_user_model
from headway.contract.pydantic.validator import PydanticValidator
from headway.errors import InvalidInputError
from headway.releases.cloudpickle import digest_of_class, pickle_class
from headway.releases.private import private_notes
from headway.releases.rows import accepted, array_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headway.contract.declarations import ConstraintSpec, RuleSpec
    from headway.contract.model import Contract, Output
    from headway.contract.output import Answer
    from headway.contract.pydantic.user_model import UserModel
    from headway.releases.rows import LabelledRows

# A validator is Python for each row; so many say enough
_JUDGED_ROWS = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class Declarations:
    """What the owner of a model declares.

    Attributes:
        constraints: By feature, what requests must keep; see `headway.contract.constraints`.
        model: A pydantic model of a row; `None` for none.
        rules: What must hold between the values of one row.
        answer: What is declared of the answers; `None` for nothing.
    """

    constraints: Mapping[str, ConstraintSpec]
    model: Any = None
    rules: Sequence[RuleSpec] = ()
    answer: Answer | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class DeclaredContract:
    """A contract, and what goes with it.

    Attributes:
        contract: As learned and declared.
        notes: What its owner should know.
        validator: The code that it needs, as a file of the bundle; `None` for none.
    """

    contract: Contract
    notes: tuple[str, ...]
    validator: bytes | None = None


def declared_contract(
    rows: LabelledRows,
    output: Output,
    declarations: Declarations,
    feature_names: Sequence[str] | None = None,
) -> DeclaredContract:
    """Learn the contract of rows and declare on it.

    Raises:
        TrainingDataError: Nothing can be learned from the rows.
        ContractError: The declarations do not fit what was learned. Names every problem.
    """
    declared = declare_output(output, declarations.answer)
    inferred = infer_contract(rows.data, declared, feature_names=rows.names or feature_names)
    read = None
    constraints = declarations.constraints
    if declarations.model is not None:
        read = read_user_model(declarations.model, inferred.contract)
        constraints = _joined(read.constraints, constraints)
    contract = declare(inferred.contract, constraints, declarations.rules)
    conflicts = training_conflicts(contract, rows.batch(array_names(contract)))
    notes = (
        *inferred.warnings,
        *(read.notes if read else ()),
        *conflicts,
        *private_notes(contract),
    )
    if read is None or not read.validators:
        return DeclaredContract(contract, notes)
    written = pickle_class(read.model)
    validator = UserValidator(read.model.__name__, read.validators, digest_of_class(written))
    contract = msgspec.structs.replace(contract, validator=validator)
    parts = ", ".join(f"`{part}`" for part in read.validators)
    not_vectorised = (
        f"not vectorised: {parts} of `{validator.model}`, which is Python that runs for each row and "
        "needs trust where the release comes from another registry"
    )
    notes += (not_vectorised, *_verdict(contract, read, rows))
    return DeclaredContract(contract, notes, written)


def _joined(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, ConstraintSpec]
) -> dict[str, ConstraintSpec]:
    """Return what both declare."""
    joined: dict[str, ConstraintSpec] = dict(first)
    for name, spec in second.items():
        parts = list(spec) if isinstance(spec, list | tuple) else [spec]
        joined[name] = [joined[name], *parts] if name in joined else spec  # type: ignore[list-item]
    return joined


def _verdict(contract: Contract, read: UserModel, rows: LabelledRows) -> list[str]:
    """Say what the validators make of training rows."""
    some = rows.part(0, _JUDGED_ROWS).batch(array_names(contract))
    _, batch = accepted(contract, some)
    judge = Judge(contract, PydanticValidator(read, contract))
    n_refused = n_changed = 0
    reason = ""
    for i, row in enumerate(batch.rows()):
        try:
            (passed,) = judge.judged(batch.take([i])).rows()
        except InvalidInputError as error:
            n_refused += 1
            reason = reason or error.violations[0].message
        else:
            n_changed += passed != row
    notes = []
    if n_refused:
        notes.append(
            f"`{read.model.__name__}` refuses {n_refused} of {batch.n_rows} training rows: {reason}"
        )
    if n_changed:
        notes.append(
            f"`{read.model.__name__}` changes {n_changed} of {batch.n_rows} training rows before the "
            "model sees them: was the model fitted on rows that were changed so?"
        )
    return notes
