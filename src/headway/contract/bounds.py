"""The declared limits of one feature, as every checker needs them.

Invariant: on an integer feature a limit is a whole number that lets the same integers through as the
declared one, so that nobody compares an integer with a rounded float.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, NamedTuple

from headway.core.dtypes import INT64_MAX, INT64_MIN, DType

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Constraints

LOWER_RULES = ("ge", "gt")
UPPER_RULES = ("le", "lt")
HOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}
_TO_WHOLE = {"ge": math.ceil, "gt": math.floor, "le": math.floor, "lt": math.ceil}


class Limit(NamedTuple):
    """One declared limit; `rule` is `ge`, `gt`, `le` or `lt`."""

    rule: str
    value: float

    def allows(self, value: Any) -> Any:
        """Whether `value` keeps the limit; elementwise for an array."""
        return HOLDS[self.rule](value, self.value)

    def lets_through_more_than(self, other: Limit, dtype: DType) -> bool:
        """Whether some value keeps this limit and breaks `other`, a limit of the same side."""
        if dtype is DType.INTEGER:
            return not other.allows(int(self.value) + (self.rule == "gt") - (self.rule == "lt"))
        return self.tightness < other.tightness

    @property
    def tightness(self) -> tuple[float, bool]:
        """Grows as fewer values pass; comparable among limits of one side."""
        side = self.value if self.rule in LOWER_RULES else -self.value
        return side, self.rule in {"gt", "lt"}


def declared_limits(constraints: Constraints, dtype: DType) -> tuple[Limit, ...]:
    """Return the limits in the order `ge`, `gt`, `le`, `lt`."""
    limits = []
    for rule in (*LOWER_RULES, *UPPER_RULES):
        value = getattr(constraints, rule)
        if value is not None:
            limits.append(Limit(rule, _TO_WHOLE[rule](value) if dtype is DType.INTEGER else value))
    return tuple(limits)


def lower_limit(constraints: Constraints, dtype: DType) -> Limit | None:
    """Return the tightest of `ge` and `gt`, or `None`."""
    return _tightest(constraints, dtype, LOWER_RULES)


def upper_limit(constraints: Constraints, dtype: DType) -> Limit | None:
    """Return the tightest of `le` and `lt`, or `None`."""
    return _tightest(constraints, dtype, UPPER_RULES)


def integer_range(constraints: Constraints) -> tuple[int, int]:
    """Return the least and the greatest allowed integer of 64 bits; an empty range is (1, 0)."""
    least, greatest = INT64_MIN, INT64_MAX
    for rule, value in declared_limits(constraints, DType.INTEGER):
        if rule in LOWER_RULES:
            least = max(least, int(value) + (rule == "gt"))
        else:
            greatest = min(greatest, int(value) - (rule == "lt"))
    return (least, greatest) if least <= greatest else (1, 0)


def is_empty(constraints: Constraints, dtype: DType) -> bool:
    """Whether no number at all keeps the limits."""
    if dtype is DType.INTEGER:
        return integer_range(constraints) == (1, 0)
    lower, upper = lower_limit(constraints, dtype), upper_limit(constraints, dtype)
    if lower is None or upper is None:
        return False
    return not (lower.allows(upper.value) and upper.allows(lower.value))


def _tightest(constraints: Constraints, dtype: DType, rules: tuple[str, str]) -> Limit | None:
    limits = [limit for limit in declared_limits(constraints, dtype) if limit.rule in rules]
    return max(limits, key=lambda limit: limit.tightness, default=None)
