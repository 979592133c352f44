"""Reads constraints as they are typed: `age='ge=18,le=120'`, `purpose='one_of=car|tv,not_null'`.

A pattern takes the rest of the text, commas and all, so it comes last: `code='max_length=3,regex=[A-Z]{1,3}'`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

FORM = "FEATURE=ge=18,le=120 or FEATURE=one_of=car|tv or FEATURE=not_null or FEATURE=regex=[A-Z]{3}"
_BOUNDS = frozenset({"ge", "gt", "le", "lt", "multiple_of"})
_LENGTHS = frozenset({"min_length", "max_length"})
_FLAGS = frozenset({"not_null", "unique_items", "pii"})
_PATTERN = "regex="


def parse_constraints(texts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return constraints by feature, in the form that `headway.register` takes.

    A value of `one_of` is a number or a boolean where it looks like one; quotes make it a string.

    Raises:
        click.BadParameter: A text is not of the form. Says which part.

    Examples:
        >>> parse_constraints(["age=ge=18,le=120", 'floor=one_of=1|2,not_null'])
        {'age': {'ge': 18, 'le': 120}, 'floor': {'one_of': [1, 2], 'not_null': True}}
        >>> parse_constraints(["code=max_length=9,regex=[a-z]{1,3}(a|b)"])
        {'code': {'max_length': 9, 'regex': '[a-z]{1,3}(a|b)'}}
        >>> parse_constraints(["opened=ge=2020-01-01"])
        {'opened': {'ge': '2020-01-01'}}
    """
    constraints: dict[str, dict[str, Any]] = {}
    for text in texts:
        feature, separator, rules = text.partition("=")
        if not feature or not separator:
            raise click.BadParameter(f"`{text}`: write {FORM}")
        constraints.setdefault(feature, {}).update(_rule(text, rule) for rule in _split(rules))
    return constraints


def _split(rules: str) -> list[str]:
    """Return the rules of a text; a pattern is the rest of it."""
    before, is_pattern, pattern = f",{rules}".partition(f",{_PATTERN}")
    found = before.split(",")[1:]
    return [*found, _PATTERN + pattern] if is_pattern else found


def _rule(text: str, rule: str) -> tuple[str, Any]:
    name, _, value = rule.lstrip().partition("=")
    if name == "regex" and value:
        return name, value
    name, value = name.strip(), value.strip()
    if name in _FLAGS and not value:
        return name, True
    if name == "policy" and value:
        return name, value
    if name == "one_of" and value:
        return name, [_scalar(item) for item in value.split("|")]
    number = _scalar(value)
    if (name in _BOUNDS and _is_bound(number)) or (name in _LENGTHS and _is_number(number)):
        return name, number
    raise click.BadParameter(f"`{text}`: `{rule}` is no rule; write {FORM}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _is_bound(value: Any) -> bool:
    """Whether this is a number, or text that may be a decimal, a date or a time."""
    return _is_number(value) or value[:1].isdigit()


def _scalar(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float) else text
