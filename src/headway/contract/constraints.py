"""What a user declares about features: `Range`, `OneOf`, `NotNull`, or the same as plain dicts.

Invariant: a contract that comes out of here contradicts neither itself nor its types, and `tighten`
never lets a value through that was refused before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from headway.contract import bounds
from headway.contract.findings import worded
from headway.contract.model import Constraints, Contract, Feature
from headway.contract.scalars import WRONG_TYPE
from headway.contract.tensors import element_feature
from headway.contract.text import json_form, listed, quoted
from headway.contract.values import ValueChecker, feature_reader, value_reader
from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.core.names import nearest_name
from headway.errors import ContractError

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from headway.contract.model import Scalar

    # text is a decimal, date or time as a request spells it
    Bound = float | str | Decimal | dt.date | dt.time


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """Allow numbers, decimals, dates or times between two bounds.

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


@dataclasses.dataclass(frozen=True, slots=True)
class NotNull:
    """Refuse null, even where training rows had missing values."""


Constraint = Range | OneOf | NotNull
ConstraintSpec = Constraint | Mapping[str, Any] | Sequence[Constraint | Mapping[str, Any]]

_ONLY_TIGHTER = "here constraints may only tighten; declare others when the model is registered"
_KEYS = ("ge", "gt", "le", "lt", "one_of", "not_null")


def declare(contract: Contract, constraints: Mapping[str, ConstraintSpec]) -> Contract:
    """Return the contract with these constraints in place of those of the same features.

    Args:
        contract: As it was inferred.
        constraints: By feature: a constraint, several in a tuple or list, or a plain dict such as
            `{"ge": 18, "le": 120, "one_of": [...], "not_null": true}`.

    Raises:
        ContractError: An unknown feature or key, a constraint that does not fit the type, or one
            that no value can keep. Names every problem.
    """
    return _apply(contract, constraints, _merged)


def tighten(contract: Contract, constraints: Mapping[str, ConstraintSpec]) -> Contract:
    """Return the contract with these constraints on top of its own.

    Raises:
        ContractError: As for `declare`, or a constraint would let through what the contract refuses.
    """
    return _apply(contract, constraints, _tightened)


def training_conflicts(contract: Contract) -> tuple[str, ...]:
    """Return one sentence for each declaration that refuses rows of the training frame."""
    return tuple(
        f"`{feature.name}`: {conflict}, so rows like those of the training frame are refused"
        for feature in contract.features
        for conflict in _conflicts(feature)
    )


def _conflicts(feature: Feature) -> Iterator[str]:
    observed, constraints = feature.observed, feature.constraints
    extremes = (observed.minimum, observed.maximum)
    for limit in bounds.declared_limits(constraints, feature.dtype):
        extreme = bounds.value_of(feature.dtype, extremes[limit.rule in bounds.UPPER_RULES])
        if extreme is not None and not limit.allows(extreme):
            yield f"`{limit.rule}` is {quoted(limit.value)} and {quoted(extreme)} was seen"
    if constraints.one_of is not None:
        seen = observed.categories or ()
        refused = [value for value in seen if value not in constraints.one_of]
        if refused:
            yield f"`one_of` leaves out {listed(refused, most=5)}, which were seen"
    if constraints.not_null and observed.missing_ratio:
        yield f"`not_null` is declared and {observed.missing_ratio:.1%} of the values were missing"


def _apply(
    contract: Contract,
    constraints: Mapping[str, ConstraintSpec],
    settle: Callable[[Feature, list[Constraints]], Constraints],
) -> Contract:
    changed: dict[str, Feature] = {}
    problems: list[ContractError] = []
    for name, spec in constraints.items():
        try:
            feature = _known_feature(contract, name)
            settled = settle(feature, [_checked(feature, part) for part in _parts(spec)])
            changed[name] = msgspec.structs.replace(feature, constraints=settled)
        except ContractError as error:
            problems.append(error)
    if problems:
        hints = dict.fromkeys(problem.hint for problem in problems if problem.hint)
        raise ContractError(
            "; ".join(problem.message for problem in problems), hint="; ".join(hints) or None
        )
    features = tuple(changed.get(feature.name, feature) for feature in contract.features)
    return msgspec.structs.replace(contract, features=features)


def _known_feature(contract: Contract, name: str) -> Feature:
    try:
        return contract.feature(name)
    except KeyError:
        nearest = nearest_name(str(name), contract.names)
        hint = f"did you mean `{nearest}`?" if nearest else f"features: {listed(contract.names)}"
        raise ContractError(f"the model has no feature {quoted(name)}", hint=hint) from None


def _parts(spec: Any) -> list[Any]:
    if isinstance(spec, Sequence) and not isinstance(spec, str):
        return list(spec)
    return [spec]


def _checked(feature: Feature, part: Any) -> Constraints:
    given = _keywords(feature, part)
    for key, value in given.items():
        if key == "one_of":
            given[key] = _allowed_values(feature, value)
        elif key == "not_null":
            _refuse_unless_true(feature, value)
        else:
            given[key] = _limit(feature, key, value)
    return Constraints(**given)


def _refuse_unless_true(feature: Feature, value: Any) -> None:
    if value is not True:
        raise ContractError(
            f"`{feature.name}`: `not_null` is {quoted(value)}, and it can only be `true`",
            hint="leave it out where null stays as it was learned",
        )


def _keywords(feature: Feature, part: Any) -> dict[str, Any]:
    if isinstance(part, Range):
        part = dataclasses.asdict(part)
    elif isinstance(part, OneOf):
        part = {"one_of": part.values or _learned_categories(feature)}
    elif isinstance(part, NotNull):
        part = {"not_null": True}
    elif not isinstance(part, Mapping):
        raise ContractError(
            f"`{feature.name}`: {quoted(part)} is no constraint",
            hint="give `Range`, `OneOf`, `NotNull`, or a dict with " + listed(_KEYS),
        )
    for key in part:
        if key not in _KEYS:
            nearest = nearest_name(str(key), _KEYS)
            raise ContractError(
                f"`{feature.name}`: unknown key {quoted(key)}",
                hint=f"did you mean `{nearest}`?" if nearest else f"keys: {listed(_KEYS)}",
            )
    return {key: value for key, value in part.items() if value is not None}


def _learned_categories(feature: Feature) -> tuple[Scalar, ...]:
    categories = feature.observed.categories
    if not categories:
        raise ContractError(
            f"`{feature.name}`: no categories were learned that `OneOf()` could declare",
            hint="list the values, `OneOf('a', 'b')`",
        )
    return categories


def _single(feature: Feature) -> Feature:
    """Return the feature that declared values belong to: of a tensor, its elements."""
    return element_feature(feature) if feature.dtype is DType.TENSOR else feature


def _limit(feature: Feature, rule: str, value: Any) -> float | str:
    feature = _single(feature)
    if feature.dtype not in PLAIN_DTYPES:
        return _written_limit(feature, rule, value)
    if feature.dtype not in (DType.FLOAT, DType.INTEGER):
        raise ContractError(
            f"`{feature.name}`: `{rule}` is for numbers, and this feature is a {feature.dtype}",
            hint="use `one_of` to allow some values only",
        )
    number = value_reader(DType.FLOAT)(value)
    if number is None or number is WRONG_TYPE or number != value:
        raise ContractError(
            f"`{feature.name}`: `{rule}` is {quoted(value)}, not a finite number that a float64 holds"
        )
    limit: float = number
    return limit


def _written_limit(feature: Feature, rule: str, value: Any) -> str:
    read = feature_reader(feature)(value)
    if read is None or read is WRONG_TYPE:
        words = worded(feature, "type", value)
        raise ContractError(f"`{feature.name}`: `{rule}`: {words.message}", hint=words.hint)
    text: str = json_form(read)
    return text


def _allowed_values(feature: Feature, values: Any) -> tuple[Scalar, ...]:
    feature = _single(feature)
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise ContractError(f"`{feature.name}`: `one_of` is a list of at least one value")
    allowed = list(map(feature_reader(feature), values))
    wrong = [
        value
        for value, read in zip(values, allowed, strict=True)
        if read is None or read is WRONG_TYPE
    ]
    if wrong:
        raise ContractError(
            f"`{feature.name}`: `one_of` holds {listed(wrong)}, which a feature of type "
            f"{feature.dtype} never is",
            hint=f"it has to fit the training column, which was `{feature.storage}`",
        )
    if feature.dtype is DType.INTEGER:
        allowed = [int(value) for value in allowed]
    return tuple(map(json_form, dict.fromkeys(allowed)))


def _tightened(feature: Feature, parts: list[Constraints]) -> Constraints:
    for part in parts:
        _refuse_looser(feature, part)
    return _merged(feature, [feature.constraints, *parts])


def _refuse_looser(feature: Feature, part: Constraints) -> None:
    present = feature.constraints
    for side in (bounds.lower_limit, bounds.upper_limit):
        new, old = side(part, feature.dtype), side(present, feature.dtype)
        if new and old and new.lets_through_more_than(old, feature.dtype):
            raise ContractError(
                f"`{feature.name}`: `{new.rule}` {quoted(new.value)} is looser than the contract's "
                f"`{old.rule}` {quoted(old.value)}",
                hint=_ONLY_TIGHTER,
            )
    checker = ValueChecker(_single(feature))
    added = [value for value in part.one_of or () if checker.check(value)[1]]
    if added:
        raise ContractError(
            f"`{feature.name}`: `one_of` adds {listed(added)}, which the contract refuses",
            hint=_ONLY_TIGHTER,
        )


def _merged(feature: Feature, parts: list[Constraints]) -> Constraints:
    """Return the constraints that let through what every part lets through."""
    limits: dict[str, Any] = {}
    # as declared, so not rounded to the integers of an integer feature
    dtype = DType.FLOAT if feature.dtype is DType.INTEGER else feature.dtype
    for side in (bounds.lower_limit, bounds.upper_limit):
        sides = [limit for part in parts if (limit := side(part, dtype))]
        if sides:
            tightest = max(sides, key=lambda limit: limit.tightness)
            limits[tightest.rule] = json_form(tightest.value)
    merged = Constraints(**limits, not_null=any(part.not_null for part in parts))
    lists = [part.one_of for part in parts if part.one_of is not None]
    if lists:
        checker = ValueChecker(msgspec.structs.replace(_single(feature), constraints=merged))
        known = [{bounds.value_of(dtype, value) for value in values} for values in lists]
        one_of = tuple(
            value
            for value in lists[0]
            if all(bounds.value_of(dtype, value) in other for other in known)
            and not checker.check(value)[1]
        )
        merged = msgspec.structs.replace(merged, one_of=one_of)
    if merged.one_of == () or bounds.is_empty(msgspec.structs.replace(feature, constraints=merged)):
        raise ContractError(f"`{feature.name}`: no value keeps all of its constraints")
    return merged
