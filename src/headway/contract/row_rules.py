"""What must hold between the values of one row: reads such rules, and checks rows and columns.

A rule with a missing operand is not broken, as a `CHECK` of SQL is not. One whose steps have no finite
result (a division by zero, an overflow) is.

Invariant: a row and the same row within columns get the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from headway.contract import truth
from headway.contract.declarations import Rule
from headway.contract.expressions import read_expression
from headway.contract.findings import RULES
from headway.contract.model import Constraints, RowRule
from headway.contract.text import quoted
from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from headway.contract.declarations import RuleSpec
    from headway.contract.model import Contract

MAX_RULES = 100
_MAX_MESSAGE_CHARS = 1_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_TAKEN = frozenset({*RULES, *Constraints.__struct_fields__})
_BROKEN = np.array([True, False, False, True])
_FORM = "`name: expression`, `Rule(expression, name=...)`, or a dict with `name` and `expression`"


class CompiledRule(NamedTuple):
    """A rule that was read.

    Attributes:
        rule: As it was declared.
        positions: Features that it is about, by position in the contract.
        truth_of: Gives the truth for one row in the contract's order.
        truths_of: Gives the truths of every row of columns in the contract's order.
    """

    rule: RowRule
    positions: tuple[int, ...]
    truth_of: Callable[[Sequence[Any]], int]
    truths_of: Callable[[Sequence[Any]], Any]

    def breaks(self, row: Sequence[Any]) -> bool:
        """Whether a row breaks the rule."""
        return self.truth_of(row) in (truth.FALSE, truth.UNDEFINED)

    def broken(self, columns: Sequence[Any]) -> NDArray[np.bool]:
        """Return which rows break the rule."""
        broken: NDArray[np.bool] = _BROKEN[self.truths_of(columns)]
        return broken


def compile_rules(contract: Contract) -> tuple[CompiledRule, ...]:
    """Return the row rules of a contract, ready to be asked.

    Raises:
        ContractError: One does not fit the features, or there are too many.
    """
    if len(contract.rules) > MAX_RULES:
        raise _too_many(len(contract.rules))
    return tuple(_compiled(contract, rule) for rule in contract.rules)


def read_rules(
    contract: Contract, specs: Iterable[RuleSpec]
) -> tuple[tuple[RowRule, ...], list[ContractError]]:
    """Return the rules that are declared, and what is wrong with those that are none."""
    names = {rule.name for rule in contract.rules}
    rules: list[RowRule] = []
    problems: list[ContractError] = []
    for spec in specs:
        try:
            rule = _rule(spec)
            _refuse_taken(rule, names)
            _compiled(contract, rule)
        except ContractError as error:
            problems.append(error)
            continue
        names.add(rule.name)
        rules.append(rule)
    if len(names) > MAX_RULES:
        problems.append(_too_many(len(names)))
    return tuple(rules), problems


def _too_many(n_rules: int) -> ContractError:
    return ContractError(f"there are {n_rules} rules; at most {MAX_RULES} can be")


def _refuse_taken(rule: RowRule, names: set[str]) -> None:
    if rule.name in names:
        raise ContractError(
            f"there are two rules {quoted(rule.name)}", hint="give each a name of its own"
        )


def broken_words(contract: Contract, compiled: CompiledRule, row: Sequence[Any]) -> str:
    """Say that a row breaks a rule, with the values that are not private."""
    values = [
        f"{quoted(contract.features[position].name)} is {quoted(row[position])}"
        for position in compiled.positions
        if row[position] is not None and not contract.features[position].is_private
    ]
    said = compiled.rule.message or f"{compiled.rule.expression} does not hold"
    if compiled.truth_of(row) == truth.UNDEFINED:
        said += " (a step of it has no finite result)"
    return f"{said}: {', '.join(values)}" if values else said


def _compiled(contract: Contract, rule: RowRule) -> CompiledRule:
    try:
        read = read_expression(contract, rule.expression)
    except ContractError as error:
        raise ContractError(f"rule `{rule.name}`: {error.message}", hint=error.hint) from error
    return CompiledRule(rule, *read)


def _rule(spec: Any) -> RowRule:
    if isinstance(spec, Rule):
        given: Mapping[Any, Any] = {
            "name": spec.name, "expression": spec.expression, "message": spec.message,
        }  # fmt: skip
    elif isinstance(spec, str):
        name, _, expression = spec.partition(":")
        given = {"name": name.strip(), "expression": expression.strip()}
    elif isinstance(spec, Mapping):
        given = spec
    else:
        raise ContractError(f"{quoted(spec)} is no rule", hint=f"write {_FORM}")
    try:
        rule = msgspec.convert(dict(given), RowRule)
    except msgspec.ValidationError as error:
        raise ContractError(f"a rule cannot be read: {error}", hint=f"write {_FORM}") from error
    if not _NAME.fullmatch(rule.name) or rule.name in _TAKEN:
        raise ContractError(
            f"{quoted(rule.name)} cannot be the name of a rule",
            hint=f"begin with a letter, go on with letters, digits, `_`, `-` and `.`; write {_FORM}",
        )
    if len(rule.message) > _MAX_MESSAGE_CHARS:
        raise ContractError(
            f"the message of the rule `{rule.name}` has {len(rule.message)} characters; at most "
            f"{_MAX_MESSAGE_CHARS} are allowed"
        )
    return rule
