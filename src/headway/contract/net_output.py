"""What the numbers of a net mean, as its owner declares it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headway.contract.text import is_valid_unicode, listed, quoted
from headway.core.dtypes import Method, Task
from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.contract.model import Output, Scalar

_BINARY = 2


def net_output(
    output: Output, task: str | None, classes: Sequence[Scalar], given_as: str | None
) -> Output:
    """Return the output of a net as it is declared; any other model says itself what it answers.

    Args:
        output: As it was read from the model.
        task: `regression`, or `None`.
        classes: Labels in the order of the numbers, empty for none.
        given_as: `logits` or `probabilities`, `None` without classes.

    Raises:
        ContractError: The model is no net, or the declaration does not fit it.
    """
    if task is None and not classes and given_as is None:
        return output
    if output.given_as != "numbers":
        raise ContractError(
            "`task`, `classes` or `given_as` is declared and the model says itself what it answers",
            hint="these are for modules of PyTorch and for ONNX files",
        )
    if task is not None:
        return _regression(output, task, is_classification=bool(classes) or given_as is not None)
    labels = tuple(classes)
    _check_classes(labels, output.n_outputs)
    if given_as == "logits" or given_as == "probabilities":  # noqa: PLR1714 - mypy reads this one
        return msgspec.structs.replace(
            output,
            task=Task.CLASSIFICATION,
            methods=(Method.PREDICT, Method.PREDICT_PROBA),
            classes=labels,
            n_outputs=1,
            given_as=given_as,
        )
    shown = "is missing" if given_as is None else f"is {quoted(given_as)}"
    raise ContractError(
        f"`classes` are declared and `given_as` {shown}",
        hint="say whether the net answers `logits` or `probabilities`",
    )


def _regression(output: Output, task: str, *, is_classification: bool) -> Output:
    if task != Task.REGRESSION:
        raise ContractError(
            f"`task` is {quoted(task)}; it is `regression` or nothing",
            hint="declare `classes` and `given_as` for a classification",
        )
    if is_classification:
        raise ContractError(
            "`task` is `regression` and classes are declared", hint="give one of both"
        )
    return msgspec.structs.replace(output, task=Task.REGRESSION)


def _check_classes(classes: tuple[Scalar, ...], width: int) -> None:
    odd = [label for label in classes if not _is_label(label)]
    if odd:
        raise ContractError(
            f"`classes` has what is no label: {listed(odd)}",
            hint="a class is a string, a number or a boolean",
        )
    if len(set(classes)) < len(classes) or len(classes) < _BINARY:
        raise ContractError(
            f"`classes` has {len(classes)} labels, {len(set(classes))} of them different",
            hint="give each class once, in the order of the net's numbers",
        )
    if width != len(classes) and not (width == 1 and len(classes) == _BINARY):
        raise ContractError(
            f"`classes` has {len(classes)} labels and the net answers {width} numbers a row",
            hint="give one label for each number, or two where there is one number",
        )


def _is_label(label: object) -> bool:
    if isinstance(label, str):
        return bool(label.strip()) and is_valid_unicode(label)
    return isinstance(label, bool | int | float) and label == label  # noqa: PLR0124 - NaN is none
