"""The declared rules of one feature, as questions about a value that has the feature's type.

Invariant: this is the one place that says which values a declaration allows; every checker either
asks here or is held to the same answers by a test.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from headway.contract.bounds import declared_limits, value_of
from headway.contract.tensors import all_elements, element_feature
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Feature


class ValueRule(NamedTuple):
    """One rule; `allows` is asked with a canonical value that is not missing."""

    name: str
    allows: Callable[[Any], Any]


def value_rules(feature: Feature) -> tuple[ValueRule, ...]:
    """Return what is declared about a feature, in the order in which violations are listed.

    Rules of a tensor hold for each of its elements.
    """
    if feature.dtype is DType.TENSOR:
        return tuple(
            ValueRule(rule.name, functools.partial(all_elements, rule.allows))
            for rule in value_rules(element_feature(feature))
        )
    constraints = feature.constraints
    rules = [
        ValueRule(limit.rule, limit.allows) for limit in declared_limits(constraints, feature.dtype)
    ]
    if constraints.one_of is not None:
        allowed = frozenset(value_of(feature.dtype, value) for value in constraints.one_of)
        rules.append(ValueRule("one_of", allowed.__contains__))
    return tuple(rules)
