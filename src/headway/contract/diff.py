"""What differs between two contracts, and what that does to a client of the old one.

Invariant: where nothing breaks, every row that the old contract accepts is accepted by the new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.contract.change import KINDS, Change
from headway.contract.feature_diff import diff_feature
from headway.contract.output_diff import diff_output
from headway.contract.text import listed
from headway.core.names import nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headway.contract.change import Kind
    from headway.contract.model import Contract, Feature

_JUDGED = frozenset({"features", "output", "rules", "validator"})
_NOTES = {
    "layout": "the model was fitted on another kind of data: a frame, an array, tensors or a series",
    "n_training_rows": "it was learned from another number of rows",
    "format": "the document of the contract has another version",
}


def diff_contracts(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Return every difference, what breaks a client first; nothing for equal contracts."""
    changes = [
        *_features(old, new),
        *diff_output(old.output, new.output),
        *_rules(old, new),
        *_validator(old, new),
        *_rest(old, new),
    ]
    return tuple(sorted(changes, key=lambda change: KINDS.index(change.kind)))


def breaks(changes: Sequence[Change]) -> bool:
    """Whether one of them breaks a client."""
    return any(change.kind == "breaks" for change in changes)


def _features(old: Contract, new: Contract) -> Iterator[Change]:
    gone = [feature for feature in old.features if feature.name not in new.names]
    added = [feature for feature in new.features if feature.name not in old.names]
    for feature in gone:
        what = "is gone: rows that have it are refused"
        hint = _renamed(feature, added, "it may be called `{}` now")
        yield _whole(feature, what, str(feature.dtype), None, hint)
    for feature in added:
        what = "is new: rows without it are refused"
        hint = _renamed(feature, gone, "it may be what `{}` was")
        yield _whole(feature, what, None, str(feature.dtype), hint)
    kept = [name for name in old.names if name in new.names]
    for name in kept:
        yield from diff_feature(old.feature(name), new.feature(name))
    if kept != [name for name in new.names if name in old.names]:
        yield Change(
            kind="breaks",
            scope="contract",
            name="",
            part="order",
            what="rows and `features` that are lists without names mean other features now",
            old=listed(old.names),
            new=listed(new.names),
            hint="rows by name stay as they are",
        )


def _whole(
    feature: Feature, what: str, old: str | None, new: str | None, hint: str | None
) -> Change:
    return Change("breaks", "feature", feature.name, "feature", what, old, new, hint)


def _renamed(feature: Feature, others: Sequence[Feature], words: str) -> str | None:
    """Return a guess which of the others this is: of the same type, by its values or its name."""
    alike = [other for other in others if other.dtype == feature.dtype]
    same = [other.name for other in alike if other.observed == feature.observed]
    nearest = nearest_name(feature.name, [other.name for other in alike])
    guess = same[0] if len(same) == 1 else nearest
    return None if guess is None else words.format(guess)


def _rules(old: Contract, new: Contract) -> Iterator[Change]:
    before = {rule.name: rule for rule in old.rules}
    after = {rule.name: rule for rule in new.rules}
    for name in before.keys() - after.keys():
        what = "a rule between features is gone: more rows are taken"
        yield Change("widens", "contract", name, "rule", what, before[name].expression, None)
    for name, rule in after.items():
        known = before.get(name)
        if known is None or known.expression != rule.expression:
            what = "a rule between features is new: rows that break it are refused"
            expression = None if known is None else known.expression
            yield Change("breaks", "contract", name, "rule", what, expression, rule.expression)
        elif known.message != rule.message:
            what = "a rule is told in other words"
            yield Change("note", "contract", name, "rule", what, known.message, rule.message)
    moved = [name for name in new.names if name in old.names and _moves_otherwise(old, new, name)]
    if moved and before.keys() & after.keys():
        what = "values are moved to other limits before a rule is asked, which may refuse what was taken"
        yield Change("breaks", "contract", "", "rule", what, None, listed(moved))


def _moves_otherwise(old: Contract, new: Contract, name: str) -> bool:
    before, after = old.feature(name), new.feature(name)
    clips = "clip" in {before.policy, after.policy}
    return clips and (before.policy, before.constraints) != (after.policy, after.constraints)


def _validator(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = old.validator, new.validator
    if before == after:
        return
    if after is None and before is not None:
        what = "rows are no longer asked about by code: more rows are taken"
        yield Change("widens", "contract", before.model, "validator", what, listed(before.parts))
    elif after is not None:
        what = "the code that is asked about rows is not the same, and may refuse what was taken"
        old_parts = None if before is None else listed(before.parts)
        yield Change(
            "breaks", "contract", after.model, "validator", what, old_parts, listed(after.parts)
        )


def _rest(old: Contract, new: Contract) -> Iterator[Change]:
    for field in old.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if field in _JUDGED or before == after:
            continue
        what = _NOTES.get(field, f"`{field}` is changed, which may refuse what was accepted")
        kind: Kind = "note" if field in _NOTES else "breaks"
        yield Change(kind, "contract", "", field, what, before, after)
