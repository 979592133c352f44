"""Reads what is declared about answers as it is typed: `--threshold 0.3 --class-name 0=good --post expm1`."""

from __future__ import annotations

from typing import Any

import click

from headway.contract.output import Answer
from headway.core.names import nearest_name

_LIMITS = ("ge", "gt", "le", "lt")

OUTPUT_OPTIONS = (
    click.option(
        "--classes",
        metavar="LABELS",
        help="Labels that a net tells apart, in the order of its numbers: cat,dog.",
    ),
    click.option(
        "--given-as",
        type=click.Choice(["logits", "probabilities"]),
        help="What a net answers for each of its classes.",
    ),
    click.option(
        "--task",
        type=click.Choice(["regression"]),
        help="What the numbers of a net are, where they are no classes.",
    ),
    click.option(
        "--class-name",
        "class_names",
        multiple=True,
        metavar="CLASS=NAME",
        help="Name that replies hold instead of a class: 0=good. One for each class.",
    ),
    click.option(
        "--threshold",
        type=float,
        metavar="PROBABILITY",
        help="Probability from which on the label is the positive class.",
    ),
    click.option(
        "--positive", metavar="CLASS", help="The positive class of the threshold, or its name."
    ),
    click.option(
        "--post",
        multiple=True,
        metavar="STEP",
        help="What is done with predicted numbers, in order: exp, expm1, log1p, clip=0:100, round=2, "
        "scale=1.5:10.",
    ),
    click.option(
        "--output-range",
        multiple=True,
        metavar="RULES",
        help="What predicted numbers must keep after that: ge=0,le=100.",
    ),
    click.option(
        "--output-policy",
        type=click.Choice(["error", "clip"]),
        default="error",
        help="Whether a number beyond the range fails, or is moved to its bound.",
    ),
)


def parse_output(options: dict[str, Any]) -> Answer | None:
    """Take the options of the output out of `options`, and return what they declare, if anything.

    Raises:
        click.BadParameter: A text is not of its form.

    Examples:
        >>> parse_output({"class_names": ("0=good", "1=bad"), "threshold": 0.3}).class_names
        {'0': 'good', '1': 'bad'}
    """
    limits = _limits(options.pop("output_range", ()))
    declared = Answer(
        task=options.pop("task", None),
        classes=_classes(options.pop("classes", None)),
        given_as=options.pop("given_as", None),
        class_names=_names(options.pop("class_names", ())),
        threshold=options.pop("threshold", None),
        positive=options.pop("positive", None),
        post=tuple(options.pop("post", ())),
        policy=options.pop("output_policy", "error"),
        ge=limits.get("ge"),
        gt=limits.get("gt"),
        le=limits.get("le"),
        lt=limits.get("lt"),
    )
    return None if declared == Answer(class_names={}) else declared


def _classes(text: str | None) -> tuple[int | str, ...]:
    """Return labels as they are typed; whole numbers where all of them are."""
    labels = [label.strip() for label in (text or "").split(",")] if text else []
    try:
        return tuple(int(label) for label in labels)
    except ValueError:
        return tuple(labels)


def _names(texts: tuple[str, ...]) -> dict[str, str]:
    names = {}
    for text in texts:
        label, separator, name = text.partition("=")
        if not separator or label in names:
            fault = "names a class twice" if label in names else "has no name"
            raise click.BadParameter(f"`{text}` {fault}; write CLASS=NAME, as 0=good")
        names[label] = name
    return names


def _limits(texts: tuple[str, ...]) -> dict[str, float]:
    limits: dict[str, float] = {}
    for text in texts:
        for rule in text.split(","):
            name, _, value = rule.strip().partition("=")
            try:
                limits[name] = float(value)
            except ValueError:
                raise click.BadParameter(f"`{rule}` is no rule; write ge=0,le=100") from None
    unknown = [name for name in limits if name not in _LIMITS]
    if unknown:
        nearest = nearest_name(unknown[0], _LIMITS) or "ge"
        raise click.BadParameter(f"`{unknown[0]}` is no rule; did you mean `{nearest}`?")
    return limits
