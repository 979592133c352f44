"""What became of one feature between two contracts, by each of its parts.

Invariant: where no part breaks, every value that the old feature accepts is accepted by the new one. What
this module does not know breaks.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import msgspec

from headway.contract import bounds
from headway.contract.change import Change, Kind, kind_of
from headway.contract.decimals import digits_of
from headway.contract.model import Constraints, Contract, Feature, Output
from headway.contract.rules import enforced
from headway.contract.schema import describe
from headway.contract.temporal import time_span
from headway.contract.tensors import single
from headway.contract.text import listed, literal
from headway.contract.values import ValueChecker
from headway.core.dtypes import DType, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.contract.bounds import Limit

_LIMITS = frozenset({*bounds.LOWER_RULES, *bounds.UPPER_RULES})
_SIDES = {"lower limit": bounds.LOWER_RULES, "upper limit": bounds.UPPER_RULES}
# Rules that refuse more where they are set, and what makes one stricter where both are
_STRICTER = {
    "regex": None,
    "min_length": max,
    "max_length": min,
    "multiple_of": None,
    "unique_items": max,
}
_LENIENCY = ("refuse", "clip", "warn")
# Fields that are judged together with others, and those that refuse nothing
_JUDGED = frozenset({"name", "dtype", "nullable", "storage", "constraints", "policy", "observed"})
_NOTES = {
    "storage_categories": "the categories of the training column are others",
    "storage_is_ordered": "whether the categories of the training column have an order is changed",
    "holds_lists": "whether the training column held lists or arrays is changed",
    "missing_as_none": "the training column held another missing value",
    "is_private": "whether values are kept out of messages and logs is changed",
    "example": "the example is another",
    "description": "the description is another",
}


def diff_feature(old: Feature, new: Feature) -> Iterator[Change]:
    """Yield each part of a feature that differs."""
    for part, kind, what, before, after in _differences(old, new):
        yield Change(kind, "feature", old.name, part, what, before, after)


_Difference = tuple[str, Kind, str, Any, Any]


def _differences(old: Feature, new: Feature) -> Iterator[_Difference]:
    pair, back = _Pair(old, new), _Pair(new, old)
    yield from _type(old, new)
    if old.accepts_null != new.accepts_null:
        what = "null is taken too" if new.accepts_null else "null is refused now"
        kind: Kind = "widens" if new.accepts_null else "breaks"
        yield "null", kind, what, old.accepts_null, new.accepts_null
    elif old.nullable != new.nullable:
        yield "null", "note", "whether training rows missed values", old.nullable, new.nullable
    if old.storage != new.storage:
        kind = kind_of(keeps=pair.keeps_storage(), is_kept_back=back.keeps_storage())
        what = {
            "breaks": "the training column holds fewer values",
            "widens": "the training column holds more values",
        }.get(kind, "the training column has another dtype")
        yield "storage", kind, what, old.storage, new.storage
    yield from _limits(pair, back)
    yield from _one_of(pair, back)
    yield from _other_rules(pair, back)
    if old.policy != new.policy:
        kind = kind_of(keeps=pair.keeps_policy(), is_kept_back=back.keeps_policy())
        yield "policy", kind, "what happens to a value that breaks a rule", old.policy, new.policy
    yield from _rest(old, new)


def _type(old: Feature, new: Feature) -> Iterator[_Difference]:
    if old.dtype != new.dtype:
        is_wider = _is_wider(old, new)
        what = "every number is taken" if is_wider else "values of another type are asked for"
        yield "type", "widens" if is_wider else "breaks", what, str(old.dtype), str(new.dtype)


def _limits(pair: _Pair, back: _Pair) -> Iterator[_Difference]:
    for part, rules in _SIDES.items():
        before, after = (_declared(feature, rules) for feature in (pair.given_old, pair.given_new))
        if before == after:
            continue
        kind = kind_of(keeps=pair.keeps_side(rules), is_kept_back=back.keeps_side(rules))
        what = {"breaks": "fewer values are taken", "widens": "more values are taken"}.get(
            kind, "the same values are taken"
        )
        yield part, kind, what, _limit_text(before), _limit_text(after)


def _one_of(pair: _Pair, back: _Pair) -> Iterator[_Difference]:
    before, after = pair.given_old.constraints.one_of, pair.given_new.constraints.one_of
    if before == after:
        return
    kind = kind_of(keeps=pair.keeps_one_of(), is_kept_back=back.keeps_one_of())
    gone = [value for value in before or () if after is not None and value not in after]
    added = [value for value in after or () if before is not None and value not in before]
    said = [f"{listed(gone, most=5)} no longer taken"] if gone else []
    said += [f"{listed(added, most=5)} taken too"] if added else []
    if before is None:
        said.append(f"only {listed(after or (), most=5)} taken")
    if after is None:
        said.append("every value is taken")
    yield "one_of", kind, ", ".join(said) or "the values are listed otherwise", before, after


def _other_rules(pair: _Pair, back: _Pair) -> Iterator[_Difference]:
    for rule in pair.given_old.constraints.__struct_fields__:
        if rule in _LIMITS or rule in {"one_of", "not_null"}:
            continue
        before, after = (getattr(f.constraints, rule) for f in (pair.given_old, pair.given_new))
        if before != after:
            kind = kind_of(keeps=pair.keeps_rule(rule), is_kept_back=back.keeps_rule(rule))
            what = "the rule is looser" if kind == "widens" else "the rule may refuse more"
            yield rule, kind, what, _or_none(before), _or_none(after)


def _rest(old: Feature, new: Feature) -> Iterator[_Difference]:
    if old.observed != new.observed:
        yield "observed", "note", "training rows held other values", _seen(old), _seen(new)
    for field in old.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if field in _JUDGED or before == after:
            continue
        kind: Kind = "note" if field in _NOTES else "breaks"
        what = _NOTES.get(field, f"`{field}` is changed, which may refuse what was accepted")
        yield field, kind, what, before, after


class _Pair:
    """Answers for each part whether everything that `old` accepts keeps it in `new`."""

    def __init__(self, old: Feature, new: Feature) -> None:
        self.given_old, self.given_new = old, new
        self.old, self.new = enforced(old), enforced(new)
        # what is declared of a tensor is about its elements
        self._before, self._after = single(self.old), single(self.new)
        self._is_kept_by_each = self._keeps_every_listed_value()

    def keeps_storage(self) -> bool:
        if self.new.dtype is DType.DECIMAL:
            return self._is_kept_by_each or _holds_decimals_of(self.new.storage, self.old.storage)
        if self.new.dtype in {DType.DATETIME, DType.TIME}:
            return self._is_kept_by_each or _holds_times_of(self.new.storage, self.old.storage)
        column = msgspec.structs.replace(self._after, constraints=Constraints())
        return self._is_kept_by_each or self._keeps(bounds.tightest_limits(column))

    def keeps_side(self, rules: tuple[str, str]) -> bool:
        return self._is_kept_by_each or self._keeps(_declared(self._after, rules))

    def keeps_one_of(self) -> bool:
        return self._is_kept_by_each or self.new.constraints.one_of is None

    def keeps_rule(self, rule: str) -> bool:
        if rule not in _STRICTER:
            return False
        before, after = (getattr(f.constraints, rule) for f in (self.old, self.new))
        before, after = _or_none(before), _or_none(after)
        is_kept_by_each = self._is_kept_by_each and rule != "unique_items"
        if is_kept_by_each or after is None or before == after:
            return True
        stricter = _STRICTER[rule]
        return before is not None and stricter is not None and stricter(before, after) == before

    def keeps_policy(self) -> bool:
        """Whether the new policy refuses nothing that the old one let through."""
        old, new = self.given_old.policy, self.given_new.policy
        under_old = msgspec.structs.replace(self.given_new, policy=old)
        return _LENIENCY.index(new) >= _LENIENCY.index(old) or enforced(under_old) == self.new

    def _keeps_every_listed_value(self) -> bool:
        old, new = self._before, self._after
        one_of = old.constraints.one_of
        values = (True, False) if one_of is None and old.dtype is DType.BOOLEAN else one_of
        if values is None or (old.dtype != new.dtype and not _is_wider(old, new)):
            return False
        before, after = ValueChecker(old), ValueChecker(new)
        return not any(after.check(v)[1] for v in values if not before.check(v)[1])

    def _keeps(self, limits: tuple[Limit, ...]) -> bool:
        """Whether every value of `old` keeps limits of `new`."""
        old = self._before
        if not limits or bounds.is_empty(old):
            return True
        if not _is_comparable(old, self._after):
            return False
        if old.dtype is DType.INTEGER:
            ends = bounds.integer_range(old)
            # a float feature compares what is left of an integer in 53 bits
            values = ends if self._after.dtype is DType.INTEGER else (*ends, *map(float, ends))
            return all(limit.allows(value) for limit in limits for value in values)
        dtype = old.dtype
        within = bounds.tightest_limits(old)
        if dtype is DType.FLOAT:
            within += _widest()
        return all(
            any(
                _is_same_side(limit, known) and not known.lets_through_more_than(limit, dtype)
                for known in within
            )
            for limit in limits
        )


def _or_none(value: Any) -> Any:
    """Return `None` for a rule that is not set; 0 is set."""
    return None if value is False or value == () else value


def _seen(feature: Feature) -> str | None:
    return describe(Contract((feature,), Output(Task.OTHER)))[0]["observed"] or None


def _is_wider(old: Feature, new: Feature) -> bool:
    return (old.dtype, new.dtype) == (DType.INTEGER, DType.FLOAT)


def _is_comparable(old: Feature, new: Feature) -> bool:
    """Whether values of the two can be held against the limits of one another."""
    kinds = [(feature.dtype, feature.is_zoned) for feature in (old, new)]
    return kinds[0] == kinds[1] or {old.dtype, new.dtype} == {DType.FLOAT, DType.INTEGER}


def _holds_times_of(storage: str, other: str) -> bool:
    """Whether a column holds every date-time that another one holds."""
    span, held = time_span(storage), time_span(other)
    is_as_long = span.least <= held.least and held.greatest <= span.greatest
    return is_as_long and held.step_us % span.step_us == 0


def _holds_decimals_of(storage: str, other: str) -> bool:
    """Whether a column holds every decimal that another one holds."""
    digits, held = digits_of(storage), digits_of(other)
    if digits is None or held is None:
        return digits is None
    return digits[1] >= held[1] and digits[0] - digits[1] >= held[0] - held[1]


def _declared(feature: Feature, rules: tuple[str, str]) -> tuple[Limit, ...]:
    limits = bounds.declared_limits(feature.constraints, feature.dtype)
    return tuple(limit for limit in limits if limit.rule in rules)


def _widest() -> tuple[Limit, Limit]:
    return bounds.Limit("ge", -sys.float_info.max), bounds.Limit("le", sys.float_info.max)


def _is_same_side(limit: Limit, other: Limit) -> bool:
    return (limit.rule in bounds.LOWER_RULES) == (other.rule in bounds.LOWER_RULES)


def _limit_text(limits: tuple[Limit, ...]) -> str | None:
    return ", ".join(f"{limit.rule} {literal(limit.value)}" for limit in limits) or None
