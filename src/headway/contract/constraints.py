"""Declares constraints on a contract, and tightens a contract that has some.

Invariant: a contract that comes out of here contradicts neither itself nor its types, and `tighten`
never lets a value through that was refused before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from headway.contract import bounds
from headway.contract.declared import is_learned, read_declaration
from headway.contract.model import Constraints, Contract, Declaration, Feature, Observed
from headway.contract.nearest import is_unreachable
from headway.contract.problems import raise_all
from headway.contract.row_rules import read_rules
from headway.contract.rules import is_multiple
from headway.contract.tensors import single
from headway.contract.text import json_form, listed, quoted
from headway.contract.values import ValueChecker
from headway.core.dtypes import DType
from headway.core.names import nearest_name
from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headway.contract.declarations import ConstraintSpec, RuleSpec

_ONLY_TIGHTER = "here constraints may only tighten; declare others when the model is registered"
_CONTINUOUS = frozenset({DType.FLOAT, DType.DECIMAL})


def declare(
    contract: Contract,
    constraints: Mapping[str, ConstraintSpec],
    rules: Iterable[RuleSpec] = (),
) -> Contract:
    """Return the contract with these constraints in place of those of the same features.

    Args:
        contract: As it was inferred.
        constraints: By feature: a constraint, several in a tuple or list, or a plain dict such as
            `{"ge": 18, "le": 120, "one_of": [...], "not_null": true}`.
        rules: What must hold between the values of one row; they come after those that there are.

    Raises:
        ContractError: An unknown feature or key, a constraint that does not fit the type, one that
            no value can keep, or a rule that is none. Names every problem.
    """
    return _apply(contract, constraints, _declared, rules)


def tighten(
    contract: Contract,
    constraints: Mapping[str, ConstraintSpec],
    rules: Iterable[RuleSpec] = (),
) -> Contract:
    """Return the contract with these constraints and rules on top of its own.

    Raises:
        ContractError: As for `declare`, or a constraint would let through what the contract refuses.
    """
    return _apply(contract, constraints, _tightened, rules)


def _apply(
    contract: Contract,
    constraints: Mapping[str, ConstraintSpec],
    settle: Callable[[Feature, list[Declaration]], Feature],
    rules: Iterable[RuleSpec],
) -> Contract:
    changed: dict[str, Feature] = {}
    problems: list[ContractError] = []
    for name, spec in constraints.items():
        try:
            feature = _known_feature(contract, name)
            parts = _parts(spec)
            settled = settle(feature, [read_declaration(feature, part) for part in parts])
            _check(settled, is_partly_learned=any(map(is_learned, parts)))
            changed[name] = settled
        except ContractError as error:
            problems.append(error)
    features = tuple(changed.get(feature.name, feature) for feature in contract.features)
    contract = msgspec.structs.replace(contract, features=features)
    added, faults = read_rules(contract, rules)
    problems += faults
    raise_all(problems)
    return msgspec.structs.replace(contract, rules=(*contract.rules, *added))


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


def _check(feature: Feature, *, is_partly_learned: bool) -> None:
    if feature.is_private and is_partly_learned:
        raise ContractError(
            f"`{feature.name}`: it is private, and learned values would be shown to everybody",
            hint="give the bounds or the values that may be known",
        )
    if feature.policy == "clip":
        _check_clip(feature)


def _check_clip(feature: Feature) -> None:
    if not bounds.declared_limits(feature.constraints, DType.FLOAT):
        raise ContractError(
            f"`{feature.name}`: the policy is `clip`, and there is no limit to move a value to",
            hint="declare one, such as `Range(0, 100)`, or take the policy `warn`",
        )
    is_open = feature.constraints.gt is not None or feature.constraints.lt is not None
    if is_open and single(feature).dtype in _CONTINUOUS:
        raise ContractError(
            f"`{feature.name}`: the policy is `clip`, and no {single(feature).dtype} is the nearest to a "
            "bound that is left out",
            hint="give `ge` or `le` with the value to move to; `gt` and `lt` leave their bound out",
        )
    for rule in ("one_of", "multiple_of"):
        if getattr(feature.constraints, rule) is not None:
            raise ContractError(
                f"`{feature.name}`: the policy is `clip`, and a limit need not be allowed by `{rule}`",
                hint="take the policy `warn` or `refuse`",
            )


def _declared(feature: Feature, parts: list[Declaration]) -> Feature:
    policies = list(dict.fromkeys(part.policy for part in parts if part.policy is not None))
    if len(policies) > 1:
        raise ContractError(f"`{feature.name}`: it has the policies {listed(policies)}; choose one")
    constraints = _merged(feature, [*map(_constraints, parts)])
    declared = msgspec.structs.replace(
        feature, constraints=constraints, policy=policies[0] if policies else "refuse"
    )
    return as_private(declared) if any(part.pii for part in parts) else declared


def as_private(feature: Feature) -> Feature:
    """Return the feature as a private one, without the values that were learned of it.

    Raises:
        ContractError: Its column cannot be rebuilt without values that were seen.
    """
    if feature.storage_categories is not None:
        raise ContractError(
            f"`{feature.name}`: it is private, and its training column is a `{feature.storage}`, whose "
            "values every contract holds",
            hint=f'fit the model on strings: `X["{feature.name}"] = X["{feature.name}"].astype(str)`',
        )
    observed = Observed(missing_ratio=feature.observed.missing_ratio)
    return msgspec.structs.replace(feature, is_private=True, observed=observed, example=None)


def _tightened(feature: Feature, parts: list[Declaration]) -> Feature:
    present = feature.constraints
    for part in parts:
        _refuse_looser(feature, part)
    constraints = _merged(feature, [present, *map(_constraints, parts)])
    policy = "refuse" if any(part.policy == "refuse" for part in parts) else feature.policy
    tightened = msgspec.structs.replace(feature, constraints=constraints, policy=policy)
    return as_private(tightened) if any(part.pii for part in parts) else tightened


def _constraints(part: Declaration) -> Constraints:
    return Constraints(**{name: getattr(part, name) for name in Constraints.__struct_fields__})


def _refuse_looser(feature: Feature, part: Declaration) -> None:
    present, dtype = feature.constraints, single(feature).dtype
    for side in (bounds.lower_limit, bounds.upper_limit):
        new, old = side(part, dtype), side(present, dtype)
        if new and old and new.lets_through_more_than(old, dtype):
            raise _looser(feature, new.rule, new.value, old.rule, old.value)
    for rule, is_looser in (("min_length", int.__lt__), ("max_length", int.__gt__)):
        length, known = getattr(part, rule), getattr(present, rule)
        if length is not None and known is not None and is_looser(length, known):
            raise _looser(feature, rule, length, rule, known)
    checker = ValueChecker(msgspec.structs.replace(single(feature), policy="refuse"))
    added = [value for value in part.one_of or () if checker.check(value)[1]]
    if added:
        raise ContractError(
            f"`{feature.name}`: `one_of` adds {listed(added)}, which the contract refuses",
            hint=_ONLY_TIGHTER,
        )
    if part.policy not in (None, "refuse", feature.policy):
        raise _looser(feature, "policy", part.policy, "policy", feature.policy)


def _looser(feature: Feature, rule: str, value: Any, known_rule: str, known: Any) -> ContractError:
    return ContractError(
        f"`{feature.name}`: `{rule}` {quoted(value)} is looser than the contract's "
        f"`{known_rule}` {quoted(known)}",
        hint=_ONLY_TIGHTER,
    )


def _merged(feature: Feature, parts: list[Constraints]) -> Constraints:
    """Return the constraints that let through what every part lets through."""
    least = [part.min_length for part in parts if part.min_length is not None]
    most = [part.max_length for part in parts if part.max_length is not None]
    merged = Constraints(
        **_merged_limits(feature, parts),
        multiple_of=_merged_steps(feature, parts),
        regex=tuple(dict.fromkeys(pattern for part in parts for pattern in part.regex)),
        min_length=max(least, default=None),
        max_length=min(most, default=None),
        unique_items=any(part.unique_items for part in parts),
        not_null=any(part.not_null for part in parts),
    )
    lists = [part.one_of for part in parts if part.one_of is not None]
    if lists:
        one = single(msgspec.structs.replace(feature, constraints=merged, policy="refuse"))
        checker = ValueChecker(one)
        known = [{bounds.value_of(one.dtype, value) for value in values} for values in lists]
        one_of = tuple(
            value
            for value in lists[0]
            if all(bounds.value_of(one.dtype, value) in values for values in known)
            and not checker.check(value)[1]
        )
        merged = msgspec.structs.replace(merged, one_of=one_of)
    if _is_contradiction(msgspec.structs.replace(feature, constraints=merged)):
        raise ContractError(f"`{feature.name}`: no value keeps all of its constraints")
    return merged


def _merged_limits(feature: Feature, parts: list[Constraints]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    # as declared, so not rounded to the integers of an integer feature
    dtype = DType.FLOAT if feature.dtype is DType.INTEGER else feature.dtype
    for side in (bounds.lower_limit, bounds.upper_limit):
        sides = [limit for part in parts if (limit := side(part, dtype))]
        if sides:
            tightest = max(sides, key=lambda limit: limit.tightness)
            limits[tightest.rule] = json_form(tightest.value)
    return limits


def _merged_steps(feature: Feature, parts: list[Constraints]) -> Any:
    """Return the one step whose multiples are multiples of every other."""
    steps: list[Any] = [part.multiple_of for part in parts if part.multiple_of is not None]
    for step in steps:
        if all(is_multiple(step, other, is_whole=False) for other in steps):
            return step
    if not steps:
        return None
    raise ContractError(
        f"`{feature.name}`: `multiple_of` is {' and '.join(map(quoted, steps))}, and neither is a "
        "multiple of the other",
        hint="give a number that is a multiple of each",
    )


def _is_contradiction(feature: Feature) -> bool:
    constraints = feature.constraints
    least, most = constraints.min_length, constraints.max_length
    is_empty_range = least is not None and most is not None and least > most
    return constraints.one_of == () or is_empty_range or is_unreachable(feature)
