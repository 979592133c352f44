"""The declared rules of one feature, as questions about a value that has the feature's type.

Invariant: this is the one place that says which values a declaration allows; every checker either
asks here or is held to the same answers by a test.
"""

from __future__ import annotations

import decimal
import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from headway.contract.bounds import LOWER_RULES, UPPER_RULES, declared_limits, value_of
from headway.contract.model import Constraints
from headway.contract.tensors import all_elements, element_feature
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Feature

# A longer string is not looked at: it breaks the rule
MAX_MATCHED_CHARS = 10_000

# Enough digits for the quotient of any two float64, so that a remainder is exact
_EXACT = decimal.Context(prec=1_000)


class ValueRule(NamedTuple):
    """One rule; `allows` is asked with a canonical value that is not missing."""

    name: str
    allows: Callable[[Any], Any]


def value_rules(feature: Feature) -> tuple[ValueRule, ...]:
    """Return what is declared about a feature, in the order in which violations are listed.

    Rules of a tensor hold for each of its elements, but for `unique_items`.
    """
    if feature.dtype is DType.TENSOR:
        return _tensor_rules(feature)
    constraints = feature.constraints
    rules = [
        ValueRule(limit.rule, limit.allows) for limit in declared_limits(constraints, feature.dtype)
    ]
    if constraints.one_of is not None:
        allowed = frozenset(value_of(feature.dtype, value) for value in constraints.one_of)
        rules.append(ValueRule("one_of", allowed.__contains__))
    if constraints.multiple_of is not None:
        is_whole = feature.dtype is DType.INTEGER
        allows = functools.partial(is_multiple, of=constraints.multiple_of, is_whole=is_whole)
        rules.append(ValueRule("multiple_of", allows))
    least, most = constraints.min_length, constraints.max_length
    if least is not None:
        rules.append(ValueRule("min_length", lambda text: len(text) >= least))
    if most is not None:
        rules.append(ValueRule("max_length", lambda text: len(text) <= most))
    if constraints.regex:
        rules.append(ValueRule("regex", matcher(constraints.regex)))
    return tuple(rules)


def _tensor_rules(feature: Feature) -> tuple[ValueRule, ...]:
    rules = [
        ValueRule(rule.name, functools.partial(all_elements, rule.allows))
        for rule in value_rules(element_feature(feature))
    ]
    if feature.constraints.unique_items:
        rules.append(ValueRule("unique_items", has_unique_items))
    return tuple(rules)


def enforced(feature: Feature) -> Feature:
    """Return the feature with those constraints only that refuse a row, so that all of them do."""
    constraints = feature.constraints
    if feature.policy == "warn":
        constraints = Constraints(not_null=constraints.not_null)
    elif feature.policy == "clip":
        unlimited = dict.fromkeys((*LOWER_RULES, *UPPER_RULES))
        constraints = msgspec.structs.replace(constraints, **unlimited)
    return msgspec.structs.replace(feature, constraints=constraints, policy="refuse")


def is_multiple(value: Any, of: float | str, *, is_whole: bool) -> bool:
    """Whether a number is a whole multiple of another, both read as they are written in decimal.

    Examples:
        >>> is_multiple(0.3, 0.1, is_whole=False), is_multiple(2**62 + 1, 2, is_whole=True)
        (True, False)

    Args:
        value: A finite number, or its text.
        of: A positive number, or its text.
        is_whole: Whether values are integers, which may come as the `float` that is equal.
    """
    number = decimal.Decimal(int(value) if is_whole else str(value))
    return not _EXACT.remainder(number, decimal.Decimal(str(of)))


def matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Return what tells whether a string matches every pattern.

    Raises:
        ContractError: One is no pattern.
    """
    # only a contract that declares a pattern pays for the engine
    from headway.contract.pydantic_core import full_match  # noqa: PLC0415

    matches = [full_match(pattern) for pattern in patterns]

    def allows(text: str) -> bool:
        return len(text) <= MAX_MATCHED_CHARS and all(match(text) for match in matches)

    return allows


def has_unique_items(vector: Any) -> bool:
    """Whether no two items of a list or array are equal; the items of a matrix are its rows."""
    array = np.asarray(vector)
    return len(np.unique(array, axis=0)) == len(array)
