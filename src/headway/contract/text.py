"""How values are shown in messages, and which text can leave the process at all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_SHOWN_CHARS = 60
_MAX_SHOWN_BITS = 256
# in this order, because a boolean is an `int` too and a date-time a `date`
_SCALAR_WORDS = {
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    Decimal: "decimal",
    dt.datetime: "date-time",
    dt.date: "date",
    dt.time: "time",
}


def is_valid_unicode(text: str) -> bool:
    r"""Whether `text` can be written as UTF-8; JSON can spell half a surrogate pair, `"\ud800"`."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """Return `text` cut to `MAX_SHOWN_CHARS`, with what cannot be printed as an escape."""
    if len(text) > MAX_SHOWN_CHARS:
        text = text[: MAX_SHOWN_CHARS - 1] + "…"
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def json_form(value: Any) -> Any:
    """Return a value of a batch as JSON holds it: decimals, dates and times as their text.

    Examples:
        >>> json_form(dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC)), json_form(Decimal("19.90"))
        ('2026-01-31T09:30:00Z', '19.90')
    """
    if isinstance(value, dt.date | dt.time):
        text = value.isoformat()
        is_utc = getattr(value, "tzinfo", None) is dt.UTC
        return f"{text.removesuffix('+00:00')}Z" if is_utc else text
    return str(value) if isinstance(value, Decimal) else value


def literal(value: Any) -> str:
    """Return a scalar as JSON writes it, but a string without quotes, cut where it is long.

    Examples:
        >>> literal("car"), literal(True), literal(18.0)
        ('car', 'true', '18')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, int) and value.bit_length() > _MAX_SHOWN_BITS:
        return f"an integer of {value.bit_length()} bits"
    return printable(str(json_form(value)))


def quoted(value: Any) -> str:
    """Return a scalar in backticks."""
    return f"`{literal(value)}`"


def described(value: Any) -> str:
    """Return what kind of value this is, and the value where it is a scalar.

    Examples:
        >>> described("41"), described([1])
        ('the string `41`', 'a list')
    """
    word = kind_of(value)
    is_scalar = isinstance(value, tuple(_SCALAR_WORDS))
    return f"{word.replace('a ', 'the ', 1)} {quoted(value)}" if is_scalar else word


def kind_of(value: Any) -> str:
    """Return what kind of value this is.

    Examples:
        >>> kind_of("41"), kind_of([1])
        ('a string', 'a list')
    """
    for kind, word in _SCALAR_WORDS.items():
        if isinstance(value, kind):
            return f"a {word}"
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, dict) else f"a `{type(value).__name__}`"


def listed(values: Sequence[Any], most: int = 20) -> str:
    """Return the first `most` values in backticks, and how many more there are.

    Examples:
        >>> listed(["car", "tv", "radio"], most=2)
        '`car`, `tv` and 1 more'
    """
    shown = ", ".join(quoted(value) for value in values[:most])
    return f"{shown} and {len(values) - most} more" if len(values) > most else shown
