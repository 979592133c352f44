"""What a user declares about a model's answers: `Answer`, and what settings may change where it is served.

Invariant: an output that comes out of here contradicts neither itself nor its model, and settings never
let an answer through that was refused before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from headway.contract.constraints import declare, tighten
from headway.contract.model import Constraints, Contract, Feature, Output, OutputRules, Scalar
from headway.contract.net_output import net_output
from headway.contract.post import checked_step
from headway.contract.problems import raise_all
from headway.contract.text import is_valid_unicode, listed, literal, quoted
from headway.core.dtypes import DType, Method, Task
from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.post import Step

Part = TypeVar("Part")

_BINARY = 2
_OPEN = ("gt", "lt")
# what limits are called in messages
_NUMBER = Feature("prediction", DType.FLOAT, nullable=False, storage="float64")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a model's answers are shaped, and what they must keep.

    Attributes:
        task: `regression` for a net whose numbers are estimates; labels of other rows measure it then.
        classes: Labels that a net tells apart, in the order of the numbers that it answers. A net of
            one number tells two classes apart, the second of which the number is for.
        given_as: Whether these numbers are `logits` or `probabilities`.
        class_names: Names that replies hold instead of the classes: by class, or a list in the order
            of the model's classes.
        threshold: Probability of `positive` from which on the label is `positive`.
        positive: A class or its name; without it the greater of two classes that are numbers or
            booleans.
        post: What is done with the numbers of a regression, in order: `"exp"`, `"expm1"`, `"log1p"`,
            `Clip`, `Round`, `Scale`, or these as text: `"round=2"`, `"clip=0:100"`, `"scale=1.5:10"`.
        ge: Least number that may be answered, after `post`.
        gt: Bound that a number must be above.
        le: Greatest number that may be answered.
        lt: Bound that a number must be below.
        policy: What happens to a number beyond these: the request fails with `OutputContractError`, or
            (`clip`) the bound is answered.

    Examples:
        >>> Answer(threshold=0.3, positive="bad").positive
        'bad'
    """

    task: Literal["regression"] | None = None
    classes: Sequence[Scalar] = ()
    given_as: Literal["logits", "probabilities"] | None = None
    class_names: Mapping[Any, str] | Sequence[str] = ()
    threshold: float | None = None
    positive: Scalar | None = None
    post: Sequence[Step | str] = ()
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    policy: Literal["error", "clip"] = "error"


class ServedOutput(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What settings change of an output where it is served.

    Attributes:
        threshold: Instead of the declared one.
        positive: As in `Answer`; needed only where the release declares none.
        ge: As in `Answer`; the limits may only tighten.
        gt: As in `Answer`.
        le: As in `Answer`.
        lt: As in `Answer`.
    """

    threshold: float | None = None
    positive: Scalar | None = None
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None


def declare_output(output: Output, answer: Answer | None) -> Output:
    """Return the output with what is declared.

    Args:
        output: As it was read from the model.
        answer: `None` declares nothing.

    Raises:
        ContractError: It does not fit the model or contradicts itself. Names every problem.
    """
    if answer is None:
        return output
    if not isinstance(answer, Answer):
        raise ContractError(
            f"`output` is a `{type(answer).__name__}`", hint="give `headway.Answer(...)`"
        )
    output = net_output(output, answer.task, answer.classes, answer.given_as)
    problems = _Problems()
    names = problems.unless_raised((), lambda: _class_names(output, answer.class_names))
    named = msgspec.structs.replace(output, rules=OutputRules(class_names=names))
    threshold, positive = problems.unless_raised(
        (None, None), lambda: _threshold(named, answer.threshold, answer.positive)
    )
    post = problems.unless_raised((), lambda: _post(output, answer.post))
    limits = problems.unless_raised(Constraints(), lambda: _limits(output, answer))
    policy = problems.unless_raised("error", lambda: _policy(answer))
    raise_all(problems.errors)
    rules = OutputRules(names, threshold, positive, post, limits, policy)
    return msgspec.structs.replace(output, rules=rules)


def served_output(output: Output, changes: ServedOutput) -> tuple[Output, tuple[str, ...]]:
    """Return the output with what settings change, and what that is, one phrase each.

    Raises:
        ContractError: A threshold that the model cannot have, or limits that are looser than its own.
            Names every problem.
    """
    rules = output.rules
    problems = _Problems()
    threshold, positive = problems.unless_raised(
        (rules.threshold, rules.positive), lambda: _changed_threshold(output, changes)
    )
    limits = problems.unless_raised(rules.limits, lambda: _tightened(output, changes))
    raise_all(problems.errors)
    changed = msgspec.structs.replace(rules, threshold=threshold, positive=positive, limits=limits)
    said = []
    if (threshold, positive) != (rules.threshold, rules.positive):
        before = "the model's own label" if rules.threshold is None else literal(rules.threshold)
        said.append(f"threshold {literal(threshold)} instead of {before}")
    if limits != rules.limits:
        said.append("tighter limits of the prediction")
    return msgspec.structs.replace(output, rules=changed), tuple(said)


class _Problems:
    """Collects what is wrong, so that all of it is told at once."""

    def __init__(self) -> None:
        self.errors: list[ContractError] = []

    def unless_raised(self, otherwise: Any, part: Callable[[], Part]) -> Part:
        try:
            return part()
        except ContractError as error:
            self.errors.append(error)
            fallback: Part = otherwise
            return fallback


def _class_names(output: Output, given: Mapping[Any, str] | Sequence[str]) -> tuple[str, ...]:
    if not given:
        return ()
    classes = output.classes
    if not classes:
        raise ContractError(
            "`class_names` are declared and the model has no classes",
            hint="class names are for classifications of one output",
        )
    if not isinstance(given, Mapping):
        if isinstance(given, str) or len(given) != len(classes):
            n_names = "a text" if isinstance(given, str) else f"{len(given)} names"
            raise ContractError(
                f"`class_names` is {n_names} for {len(classes)} classes: {listed(classes)}",
                hint="give one for each class, in this order",
            )
        given = dict(zip(classes, given, strict=True))
    return _by_class(classes, given)


def _by_class(classes: tuple[Scalar, ...], given: Mapping[Any, Any]) -> tuple[str, ...]:
    found = {key: _class_of(classes, key) for key in given}
    names = {found[key]: name for key, name in given.items() if found[key] is not None}
    known = [names[i] for i in range(len(classes)) if i in names]
    faults = {
        "names of no class": [key for key, i in found.items() if i is None],
        "classes without a name": [c for i, c in enumerate(classes) if i not in names],
        "names that are no text": [name for name in known if not _is_name(name)],
        "names of several classes": sorted({n for n in map(str, known) if known.count(n) > 1}),
        "classes that are named twice": [
            classes[i] for i in range(len(classes)) if list(found.values()).count(i) > 1
        ],
    }
    told = [f"{fault}: {listed(what)}" for fault, what in faults.items() if what]
    if told:
        raise ContractError(
            "`class_names` has " + "; ".join(told), hint=f"the classes are {listed(classes)}"
        )
    return tuple(known)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(name.strip()) and is_valid_unicode(name)


def _class_of(labels: Sequence[Scalar], given: Any) -> int | None:
    """Return the position of a label, which may be given as the text that messages show."""
    for i, label in enumerate(labels):
        if label == given:
            return i
    texts = [literal(label) for label in labels]
    return texts.index(given) if isinstance(given, str) and given in texts else None


def _threshold(
    output: Output, threshold: float | None, positive: Scalar | None
) -> tuple[float | None, Scalar | None]:
    if threshold is None:
        if positive is not None:
            raise ContractError(
                f"`positive` is {quoted(positive)} and there is no `threshold`",
                hint="give both, or neither",
            )
        return None, None
    if len(output.classes) != _BINARY or Method.PREDICT_PROBA not in output.methods:
        has = f"has {len(output.classes)} classes" if output.classes else f"is a {output.task}"
        lacks = "" if Method.PREDICT_PROBA in output.methods else " and no `predict_proba`"
        raise ContractError(
            f"`threshold` is {quoted(threshold)} and the model {has}{lacks}",
            hint="a threshold needs two classes and their probabilities",
        )
    if not _is_number(threshold) or not 0 < threshold <= 1:
        raise ContractError(
            f"`threshold` is {quoted(threshold)}; it must be above 0 and at most 1",
            hint="from this probability on, the label is the positive class",
        )
    return float(threshold), output.classes[_positive(output, positive)]


def _positive(output: Output, given: Scalar | None) -> int:
    if given is None:
        # scikit-learn sorts classes, and calls the greater number or True the positive one
        if all(isinstance(label, bool | int | float) for label in output.classes):
            return 1
        raise ContractError(
            "`threshold` needs to know which class is the positive one",
            hint=f"give `positive`: one of {listed(output.labels)}",
        )
    named = _class_of(output.labels, given)
    found = _class_of(output.classes, given) if named is None else named
    if found is None:
        raise ContractError(
            f"`positive` is {quoted(given)}, which is no class",
            hint=f"the classes are {listed(output.labels)}",
        )
    return found


def _post(output: Output, given: Sequence[Step | str]) -> tuple[Step, ...]:
    if isinstance(given, str):
        given = [given]
    if given and output.task is Task.CLASSIFICATION:
        raise ContractError(
            "`post` is declared and the model is a classification",
            hint="post-processing is for numbers",
        )
    problems = _Problems()
    steps: list[Step] = []
    for step in given:
        steps += problems.unless_raised([], lambda: [checked_step(step)])  # noqa: B023 - called at once
    raise_all(problems.errors)
    return tuple(steps)


def _limits(output: Output, answer: Answer | ServedOutput) -> Constraints:
    given = _given_limits(output, answer)
    return declare(_of_number(Constraints()), {"prediction": given}).features[0].constraints


def _tightened(output: Output, changes: ServedOutput) -> Constraints:
    given = _given_limits(output, changes)
    if output.rules.policy == "clip" and not given.keys().isdisjoint(_OPEN):
        raise _no_bound()
    limits = output.rules.limits
    return tighten(_of_number(limits), {"prediction": given}).features[0].constraints


def _given_limits(output: Output, answer: Answer | ServedOutput) -> dict[str, float]:
    given = {rule: getattr(answer, rule) for rule in ("ge", "gt", "le", "lt")}
    given = {rule: limit for rule, limit in given.items() if limit is not None}
    if given and output.task is Task.CLASSIFICATION:
        raise ContractError(
            f"the limits {listed(list(given))} are declared and the model is a classification",
            hint="limits are for numbers",
        )
    return given


def _of_number(limits: Constraints) -> Contract:
    number = msgspec.structs.replace(_NUMBER, constraints=limits)
    return Contract((number,), Output(Task.REGRESSION))


def _policy(answer: Answer) -> Literal["error", "clip"]:
    if answer.policy not in {"error", "clip"}:
        raise ContractError(f"`policy` is {quoted(answer.policy)}; it is `error` or `clip`")
    is_open = any(getattr(answer, rule) is not None for rule in _OPEN)
    if answer.policy == "clip" and (is_open or (answer.ge is None and answer.le is None)):
        raise _no_bound()
    return answer.policy


def _no_bound() -> ContractError:
    return ContractError(
        "`policy` is `clip` and there is no bound to answer instead",
        hint="give `ge` or `le`; `gt` and `lt` leave their bound out",
    )


def _changed_threshold(output: Output, changes: ServedOutput) -> tuple[float | None, Scalar | None]:
    rules = output.rules
    if changes.threshold is None and changes.positive is None:
        return rules.threshold, rules.positive
    threshold = rules.threshold if changes.threshold is None else changes.threshold
    positive = rules.positive if changes.positive is None else changes.positive
    if changes.positive is None and positive is not None:
        positive = output.labels[output.classes.index(positive)]
    return _threshold(output, threshold, positive)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
