"""Reads decimals digit by digit: from JSON numbers, from strings that hold one, from Python's numbers.

Invariant: no digit is lost between the bytes of a request and the `decimal.Decimal` in a batch.
"""

from __future__ import annotations

import functools
import math
import re
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from headway.contract.scalars import WRONG_TYPE, python_scalar
from headway.contract.written import WrittenFloat

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DIGITS = 38  # as `DECIMAL(38, s)` of SQL
MAX_EXPONENT = 308  # of the first digit, as float64
# of the last digit: the least float64 has this one
MIN_EXPONENT = -324
# a string holds what a JSON number could be
PATTERN = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_NUMBER = re.compile(PATTERN)
_STORAGE = re.compile(r"decimal[0-9]+\(([0-9]+), (-?[0-9]+)\)")
# more digits than any decimal that is read
_ALL_DIGITS = Context(prec=1_000)
# longer text has more digits than the exponents leave room for
_MAX_CHARS = 1_000
_MAX_BITS = 1_100


def digits_of(storage: str) -> tuple[int, int] | None:
    """Return how many digits a training column holds, and how many of them after the point.

    Examples:
        >>> digits_of("decimal128(9, 2)"), digits_of("object")
        ((9, 2), None)
    """
    match = _STORAGE.fullmatch(storage)
    return (int(match[1]), int(match[2])) if match else None


def decimal_reader(storage: str) -> Callable[[Any], Any]:
    """Return what reads a value as `read_decimal` does, but only what the training column could hold."""
    digits = digits_of(storage)
    return functools.partial(_read_bounded, *digits) if digits else read_decimal


def least_step(storage: str) -> Decimal | None:
    """Return how far apart the decimals of a column are; `None` where there is no such number."""
    digits = digits_of(storage)
    return Decimal(1).scaleb(-digits[1]) if digits else None


def read_decimal(value: Any) -> Any:
    """Return a finite decimal, `None` for missing, or `WRONG_TYPE`.

    Examples:
        >>> read_decimal("19.90"), read_decimal(0.1), read_decimal("nineteen") is WRONG_TYPE
        (Decimal('19.90'), Decimal('0.1'), True)
    """
    if type(value) is not Decimal:
        value = _as_decimal(python_scalar(value))
        if value is None or value is WRONG_TYPE:
            return value
    if value.is_nan():
        return None
    return value if _is_bounded(value) else WRONG_TYPE


def _read_bounded(precision: int, scale: int, value: Any) -> Any:
    value = read_decimal(value)
    if value is None or value is WRONG_TYPE or not value:
        return value
    short = value.normalize(_ALL_DIGITS)
    fits = short.as_tuple().exponent >= -scale and short.adjusted() < precision - scale
    return value if fits else WRONG_TYPE


def _as_decimal(value: Any) -> Any:
    if isinstance(value, WrittenFloat):
        return _parsed(value.text)
    if isinstance(value, str):
        return _parsed(value) if _NUMBER.fullmatch(value[: _MAX_CHARS + 1]) else WRONG_TYPE
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _exactly(value)
    return value if value is None or isinstance(value, Decimal) else WRONG_TYPE


def _exactly(value: float) -> Any:
    if isinstance(value, int):
        return Decimal(value) if value.bit_length() <= _MAX_BITS else WRONG_TYPE
    # the digits that Python shows, and not the 50 of the nearest binary fraction
    return Decimal(repr(float(value))) if math.isfinite(value) else WRONG_TYPE


def _parsed(text: str) -> Any:
    if len(text) > _MAX_CHARS:
        return WRONG_TYPE
    try:
        return Decimal(text)
    except ArithmeticError:  # an exponent of more digits than `decimal` counts
        return WRONG_TYPE


def _is_bounded(value: Decimal) -> bool:
    if not value.is_finite() or value.adjusted() > MAX_EXPONENT:
        return False
    digits, exponent = value.as_tuple()[1:]
    if not isinstance(exponent, int) or not MIN_EXPONENT <= exponent <= MAX_EXPONENT:
        return False
    return len(digits) <= MAX_DIGITS or len("".join(map(str, digits)).rstrip("0")) <= MAX_DIGITS
