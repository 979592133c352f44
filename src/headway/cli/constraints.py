"""Reads constraints as they are typed: `age='ge=18,le=120'`, `purpose='one_of=car|tv,not_null'`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

FORM = "FEATURE=ge=18,le=120 or FEATURE=one_of=car|tv or FEATURE=not_null"
_BOUNDS = frozenset({"ge", "gt", "le", "lt"})


def parse_constraints(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return constraints by feature, in the form that `headway.register` takes.

    A value of `one_of` is a number or a boolean where it looks like one; quotes make it a string.

    Raises:
        click.BadParameter: A text is not of the form. Says which part.

    Examples:
        >>> parse_constraints(["age=ge=18,le=120", 'floor=one_of=1|2,not_null'])
        {'age': {'ge': 18, 'le': 120}, 'floor': {'one_of': [1, 2], 'not_null': True}}
        >>> parse_constraints(["opened=ge=2020-01-01"])
        {'opened': {'ge': '2020-01-01'}}
    """
    constraints: dict[str, dict[str, Any]] = {}
    for text in texts:
        feature, separator, rules = text.partition("=")
        if not feature or not separator:
            raise click.BadParameter(f"`{text}`: write {FORM}")
        constraints.setdefault(feature, {}).update(_rule(text, rule) for rule in rules.split(","))
    return constraints


def _rule(text: str, rule: str) -> tuple[str, Any]:
    name, _, value = rule.strip().partition("=")
    if name == "not_null" and not value:
        return name, True
    if name == "one_of" and value:
        return name, [_scalar(item) for item in value.split("|")]
    if name in _BOUNDS and _is_bound(bound := _scalar(value)):
        return name, bound
    raise click.BadParameter(f"`{text}`: `{rule}` is no rule; write {FORM}")


def _is_bound(value: Any) -> bool:
    """Whether this is a number, or text that may be a decimal, a date or a time."""
    return not isinstance(value, str) or value[:1].isdigit()


def _scalar(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float) else text
