"""What became of a model's answers between two contracts, for whoever reads its replies.

Invariant: where nothing breaks, whoever understands every reply that the old contract allows understands
every reply that the new one allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.contract.change import Change, Kind
from headway.contract.feature_diff import diff_feature
from headway.contract.model import Feature, Output, OutputRules
from headway.contract.post import step_text
from headway.contract.text import quoted
from headway.core.dtypes import DType, Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.contract.model import Scalar

# what a model gives itself is seen by no client
_JUDGED = frozenset({"task", "methods", "classes", "n_outputs", "given_as", "rules"})
_JUDGED_RULES = frozenset({"class_names", "threshold", "positive", "post", "limits", "policy"})
_POSITIONAL = {Method.PREDICT_PROBA, Method.DECISION_FUNCTION}


def diff_output(old: Output, new: Output) -> Iterator[Change]:
    """Yield each part of the output that differs."""
    if old.task != new.task:
        yield _change("breaks", "task", "answers are of another kind", str(old.task), str(new.task))
    if old.n_outputs != new.n_outputs:
        what = "a row has another number of answers"
        yield _change("breaks", "n_outputs", what, old.n_outputs, new.n_outputs)
    yield from _methods(old, new)
    yield from _labels(old, new)
    yield from _shape(old.rules, new.rules)
    yield from _limits(old.rules, new.rules)
    yield from _unknown(old, new, _JUDGED)
    yield from _unknown(old.rules, new.rules, _JUDGED_RULES)


def _methods(old: Output, new: Output) -> Iterator[Change]:
    for method in Method:
        before, after = method in old.methods, method in new.methods
        name = str(method)
        if before and not after:
            yield _change("breaks", "method", f"{quoted(name)} is gone", name, None, name)
        elif after and not before:
            yield _change("new", "method", f"{quoted(name)} can be asked for", None, name, name)


def _labels(old: Output, new: Output) -> Iterator[Change]:
    before, after = _keys(old.labels), _keys(new.labels)
    if before == after:
        if _keys(old.classes) != _keys(new.classes):
            what = "the model itself knows the classes by other values"
            yield _change("note", "native classes", what, old.classes, new.classes)
    elif _keys(old.classes) == _keys(new.classes):
        for was, now in zip(old.labels, new.labels, strict=True):
            if _key(was) != _key(now):
                yield _change("breaks", "class", "a class has another name", was, now)
    elif set(before) == set(after):
        yield _order(old, new)
    else:
        yield from _come_and_gone(old, new)


def _come_and_gone(old: Output, new: Output) -> Iterator[Change]:
    before, after = _keys(old.labels), _keys(new.labels)
    for label in old.labels:
        if _key(label) not in after:
            yield _change("breaks", "class", f"{quoted(label)} is gone", label, None)
    for label in new.labels:
        if _key(label) not in before:
            what = f"{quoted(label)} may be answered, which no client has met"
            yield _change("breaks", "class", what, None, label)


def _order(old: Output, new: Output) -> Change:
    is_shown = bool(_POSITIONAL & {*old.methods, *new.methods})
    what = (
        "probabilities and scores by position are of other classes"
        if is_shown
        else "the classes have another order, which no reply shows"
    )
    return _change("breaks" if is_shown else "note", "class order", what, old.labels, new.labels)


def _shape(old: OutputRules, new: OutputRules) -> Iterator[Change]:
    if (old.threshold, old.positive) != (new.threshold, new.positive):
        what = "labels are decided otherwise"
        yield _change("note", "threshold", what, _threshold_text(old), _threshold_text(new))
    if old.post != new.post:
        before, after = ([step_text(step) for step in rules.post] for rules in (old, new))
        what = "numbers are post-processed otherwise: do they keep their unit?"
        yield _change("note", "post", what, before or None, after or None)


def _limits(old: OutputRules, new: OutputRules) -> Iterator[Change]:
    """Compare limits the other way round: a client is harmed by answers that it never saw."""
    for change in diff_feature(_number(new), _number(old)):
        if change.kind == "breaks":
            yield _change(
                "breaks", change.part, "numbers beyond it may be answered", change.new, change.old
            )
        else:
            yield _change(
                "note", change.part, "fewer numbers may be answered", change.new, change.old
            )
    if old.policy != new.policy:
        what = "a number beyond the limits is answered by the limit, or fails"
        yield _change("note", "policy", what, old.policy, new.policy)


def _unknown(old: Any, new: Any, judged: frozenset[str]) -> Iterator[Change]:
    for field in old.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if field not in judged and before != after:
            yield _change("breaks", field, f"`{field}` is changed", before, after)


def _number(rules: OutputRules) -> Feature:
    return Feature(
        "prediction", DType.FLOAT, nullable=False, storage="float64", constraints=rules.limits
    )


def _threshold_text(rules: OutputRules) -> str | None:
    if rules.threshold is None:
        return None
    return f"{rules.positive} from {rules.threshold:g} on"


def _keys(labels: tuple[Scalar, ...]) -> list[tuple[str, Scalar]]:
    return [_key(label) for label in labels]


def _key(label: Scalar) -> tuple[str, Scalar]:
    # 1, 1.0 and true are equal in Python and not in JSON
    return type(label).__name__, label


def _change(kind: Kind, part: str, what: str, old: Any, new: Any, name: str = "") -> Change:
    return Change(kind, "output", name, part, what, old, new)
