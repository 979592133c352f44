"""The declared rules of one feature, as questions about a value that has the feature's type.

Invariant: this is the one place that says which values a declaration allows; every checker either
asks here or is held to the same answers by a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from headway.contract.bounds import declared_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Feature


class ValueRule(NamedTuple):
    """One rule; `allows` is asked with a canonical value that is not missing."""

    name: str
    allows: Callable[[Any], Any]


def value_rules(feature: Feature) -> tuple[ValueRule, ...]:
    """Return what is declared about a feature, in the order in which violations are listed."""
    constraints = feature.constraints
    rules = [
        ValueRule(limit.rule, limit.allows) for limit in declared_limits(constraints, feature.dtype)
    ]
    if constraints.one_of is not None:
        rules.append(ValueRule("one_of", frozenset(constraints.one_of).__contains__))
    return tuple(rules)
