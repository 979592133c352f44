"""What a user writes about features: `Range`, `OneOf`, `Text`, ..., or the same as plain dicts.

Each has `keys()`, the plain dict that says the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from headway.contract.model import Policy as PolicyName
    from headway.contract.model import Scalar

    # text is a decimal, a date or a time as a request spells it
    Bound = float | str | Decimal | dt.date | dt.time


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """Allow what lies between two bounds; without bounds, between those of the training frame.

    Of numbers, decimals, dates and times, and of the elements of a tensor.

    Examples:
        >>> Range(18, 120)
        Range(ge=18, le=120, gt=None, lt=None)
        >>> Range(ge="2020-01-01")
        Range(ge='2020-01-01', le=None, gt=None, lt=None)
    """

    ge: Bound | None = None
    le: Bound | None = None
    _: dataclasses.KW_ONLY
    gt: Bound | None = None
    lt: Bound | None = None

    def keys(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, slots=True, init=False)
class OneOf:
    """Allow these values only; without values, those that the training frame held.

    Examples:
        >>> OneOf("car", "education")
        OneOf(values=('car', 'education'))
    """

    values: tuple[Scalar | Decimal | dt.date | dt.time, ...]

    def __init__(self, *values: Scalar | Decimal | dt.date | dt.time) -> None:
        object.__setattr__(self, "values", values)

    def keys(self) -> dict[str, Any]:
        return {"one_of": self.values}


@dataclasses.dataclass(frozen=True, slots=True)
class NotNull:
    """Refuse null, even where training rows had missing values."""

    def keys(self) -> dict[str, Any]:
        return {"not_null": True}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Allow strings that match a pattern from end to end, or that have so many characters.

    Examples:
        >>> Text(regex="[A-Z]{3}", max_length=3)
        Text(regex='[A-Z]{3}', min_length=None, max_length=3)
    """

    regex: str | None = None
    min_length: int | None = None
    max_length: int | None = None

    def keys(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True, slots=True)
class MultipleOf:
    """Allow whole multiples of a number, as people count: 0.3 is one of 0.1."""

    number: float | str | Decimal

    def keys(self) -> dict[str, Any]:
        return {"multiple_of": self.number}


@dataclasses.dataclass(frozen=True, slots=True)
class UniqueItems:
    """Refuse a vector that holds an item twice."""

    def keys(self) -> dict[str, Any]:
        return {"unique_items": True}


@dataclasses.dataclass(frozen=True, slots=True)
class Private:
    """Keep values out of messages, logs, documents and whatever a release carries."""

    def keys(self) -> dict[str, Any]:
        return {"pii": True}


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """Say what happens to a value that breaks what is declared about the feature.

    `refuse` is the default. `warn` answers the row, counts the value and says so in the reply. `clip`
    does that too, and moves a value beyond a limit to the nearest allowed one.
    """

    policy: PolicyName

    def keys(self) -> dict[str, Any]:
        return {"policy": self.policy}


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """Refuse rows whose values do not fit together.

    Args are the expression, such as `"amount <= 10 * income"`, the rule's name in violations, and what
    a violation says where that is not the expression.

    Examples:
        >>> Rule("amount <= 10 * income", name="affordable")
        Rule(expression='amount <= 10 * income', name='affordable', message='')
    """

    expression: str
    _: dataclasses.KW_ONLY
    name: str
    message: str = ""


Constraint = Range | OneOf | NotNull | Text | MultipleOf | UniqueItems | Private | Policy
ConstraintSpec = Constraint | Mapping[str, Any] | Sequence[Constraint | Mapping[str, Any]]
RuleSpec = Rule | Mapping[str, Any] | str
