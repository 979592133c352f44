"""Reads one value as the type of a feature, and says which rules of the contract it breaks.

Invariant: this is the reference. The decoder of JSON, the array checks and the pydantic models must
accept exactly what `ValueChecker` accepts.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from headway.contract.bounds import HOLDS, type_range
from headway.contract.decimals import decimal_reader
from headway.contract.nearest import nearest_allowed
from headway.contract.rules import value_rules
from headway.contract.scalars import WRONG_TYPE, python_scalar
from headway.contract.temporal import temporal_reader
from headway.contract.tensors import TensorReader, element_feature
from headway.contract.text import is_valid_unicode
from headway.core.dtypes import PLAIN_DTYPES, DType

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Feature


class Verdict(NamedTuple):
    """What is said of one value.

    Attributes:
        value: As a batch holds it.
        refused: Rules for which its row is refused.
        noted: Rules that it breaks and that the policy lets it break.
        read: What breaks the noted rules: the value as it was read, before anything moved it.
    """

    value: Any
    refused: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    read: Any = None


class ValueChecker:
    """Checks values of one feature.

    Args:
        feature: The feature.
    """

    __slots__ = ("_accepts_null", "_clipped", "_policy", "_read", "_rules")

    def __init__(self, feature: Feature) -> None:
        self._read = feature_reader(feature)
        self._accepts_null = feature.accepts_null
        self._rules = value_rules(feature)
        self._policy = feature.policy
        self._clipped = functools.partial(nearest_allowed, feature)

    def check(self, value: Any) -> tuple[Any, tuple[str, ...]]:
        """Return the value as a batch holds it, and the rules for which its row is refused."""
        canonical = self._read(value)
        if canonical is None:
            return None, () if self._accepts_null else ("null",)
        if canonical is WRONG_TYPE:
            return value, ("type",)
        if not self._rules:
            return canonical, ()
        broken = self._broken(canonical)
        return self._judged(canonical, broken)[:2] if broken else (canonical, ())

    def judge(self, value: Any) -> Verdict:
        """Return what `check` returns, and beside it the rules that the policy lets the value break."""
        canonical = self._read(value)
        if canonical is None:
            return Verdict(None, () if self._accepts_null else ("null",))
        if canonical is WRONG_TYPE:
            return Verdict(value, ("type",))
        return self._judged(canonical, self._broken(canonical))

    def _broken(self, canonical: Any) -> tuple[str, ...]:
        return tuple([rule.name for rule in self._rules if not rule.allows(canonical)])

    def _judged(self, canonical: Any, broken: tuple[str, ...]) -> Verdict:
        if self._policy == "refuse" or not broken:
            return Verdict(canonical, broken)
        if self._policy == "warn":
            return Verdict(canonical, (), broken, canonical)
        noted = tuple(rule for rule in broken if rule in HOLDS)
        if not noted:
            return Verdict(canonical, broken)
        clipped = self._clipped(canonical)
        return Verdict(clipped, self._broken(clipped), noted, canonical)


def feature_reader(feature: Feature) -> Callable[[Any], Any]:
    """Return what reads a value of a feature as a batch holds it, `None` for missing, or `WRONG_TYPE`."""
    if feature.dtype in PLAIN_DTYPES:
        return value_reader(feature.dtype, feature.storage)
    if feature.dtype is DType.DECIMAL:
        return decimal_reader(feature.storage)
    if feature.dtype is DType.TENSOR:
        read_element = feature_reader(element_feature(feature))
        return TensorReader(feature.shape, feature.element, read_element).read
    return temporal_reader(feature)


def value_reader(dtype: DType, storage: str = "") -> Callable[[Any], Any]:
    """Return what reads a number, boolean or string, as `feature_reader` does.

    A number stays the `int` or `float` that it is, except that a float feature holds floats only.

    Args:
        dtype: A plain type.
        storage: dtype of the training frame's column: a number that it cannot hold is `WRONG_TYPE`.
    """
    if dtype is DType.BOOLEAN:
        return _read_boolean
    if dtype is DType.STRING:
        return _read_string
    read = _read_float if dtype is DType.FLOAT else _read_integer
    return functools.partial(read, *type_range(dtype, storage))


def _read_float(least: float, greatest: float, value: Any) -> Any:
    if type(value) is float and least <= value <= greatest:
        return value
    value = python_scalar(value)
    if value is None:
        return None
    if not _is_number(value):
        return WRONG_TYPE
    try:
        number = float(value)
    except OverflowError:
        return WRONG_TYPE
    return number if least <= number <= greatest else WRONG_TYPE


def _read_integer(least: float, greatest: float, value: Any) -> Any:
    if type(value) is int and least <= value <= greatest:
        return value
    value = python_scalar(value)
    if value is None:
        return None
    if not _is_number(value) or not least <= value <= greatest:
        return WRONG_TYPE
    if value != int(value):
        return WRONG_TYPE
    return float(value) if isinstance(value, float) else value


def _read_boolean(value: Any) -> Any:
    value = python_scalar(value)
    return value if value is None or isinstance(value, bool) else WRONG_TYPE


def _read_string(value: Any) -> Any:
    if type(value) is not str:
        value = python_scalar(value)
        if value is None:
            return None
    return value if isinstance(value, str) and is_valid_unicode(value) else WRONG_TYPE


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
