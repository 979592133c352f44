"""What stands for the values of private features where a release would carry real ones.

Invariant: what is made up here depends on the contract alone, and never on a value that was seen.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.contract.bounds import integer_range, lower_limit, upper_limit
from headway.contract.row_rules import compile_rules
from headway.contract.values import ValueChecker
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from headway.contract.model import Contract, Feature

    Row = tuple[Any, ...]
    Draw = Callable[[Feature, np.random.Generator], Any]

_SEED = 20_000
_TRIES = 50
_SPAN = 100
_TEXT_CHARS = 12


def private_names(contract: Contract) -> tuple[str, ...]:
    """Return the names of the private features."""
    return tuple(feature.name for feature in contract.features if feature.is_private)


def private_notes(contract: Contract) -> tuple[str, ...]:
    """Return what the owner of a release with private features should know."""
    names = private_names(contract)
    if not names:
        return ()
    listed = ", ".join(f"`{name}`" for name in names)
    learned = "what the model itself learned of them, such as the categories of an encoder"
    return (f"private: {listed}; {learned}, is in its files",)


def disguised(contract: Contract, rows: Sequence[Row]) -> list[Row]:
    """Return the rows with made-up values of private features; those that stay impossible are left out.

    What is missing stays so. A value is one that the contract allows, row rules included.
    """
    random = np.random.default_rng(_SEED)
    rules = compile_rules(contract)
    makers = {
        position: ValueMaker(feature)
        for position, feature in enumerate(contract.features)
        if feature.is_private
    }
    found = []
    for row in rows:
        for tried in _disguises(row, makers, random):
            if not any(rule.breaks(tried) for rule in rules):
                found.append(tried)
                break
    return found


def _disguises(
    row: Row, makers: dict[int, ValueMaker], random: np.random.Generator
) -> Iterator[Row]:
    for _ in range(_TRIES):
        values = list(row)
        for position, maker in makers.items():
            if values[position] is not None:
                values[position] = maker.make(random)
                if values[position] is None and not maker.feature.accepts_null:
                    return
        yield tuple(values)


class ValueMaker:
    """Makes up values of one feature.

    Args:
        feature: The feature.
    """

    def __init__(self, feature: Feature) -> None:
        self.feature = feature
        self._check = ValueChecker(msgspec.structs.replace(feature, policy="refuse")).check
        self._known = feature.constraints.one_of or feature.storage_categories

    def make(self, random: np.random.Generator) -> Any:
        """Return a value that the feature takes, or `None` where none is found."""
        for _ in range(_TRIES):
            value = self._draw(random)
            if not self._check(value)[1]:
                return value
        return None

    def _draw(self, random: np.random.Generator) -> Any:
        if self._known:
            return self._known[int(random.integers(len(self._known)))]
        return _DRAWS[self.feature.dtype](self.feature, random)


def _text(feature: Feature, random: np.random.Generator) -> str:
    least = feature.constraints.min_length or 0
    most = feature.constraints.max_length
    text = random.bytes(max(least, _TEXT_CHARS)).hex()
    return text[: max(least, _TEXT_CHARS) if most is None else min(max(least, _TEXT_CHARS), most)]


def _integer(feature: Feature, random: np.random.Generator) -> int:
    least, greatest = integer_range(feature)
    if lower_limit(feature.constraints, feature.dtype) is None:
        least = max(least, min(0, greatest - _SPAN))
    value = int(random.integers(least, min(greatest, least + _SPAN), endpoint=True))
    step = feature.constraints.multiple_of
    return int(_on_step(value, step)) if step is not None else value


def _float(feature: Feature, random: np.random.Generator) -> float:
    lower = lower_limit(feature.constraints, feature.dtype)
    upper = upper_limit(feature.constraints, feature.dtype)
    if lower is None:
        high = _SPAN if upper is None else upper.value
        low = min(0.0, high - max(_SPAN, abs(high)))
    else:
        low = lower.value
        high = low + max(_SPAN, abs(low)) if upper is None else upper.value
    share = float(random.random())
    value = low * (1 - share) + high * share  # no difference, which could overflow
    step = feature.constraints.multiple_of
    return float(_on_step(value, step)) if step is not None else value


def _on_step(value: float, step: float | str) -> Decimal:
    exact = Decimal(str(step))
    return (Decimal(str(value)) / exact).to_integral_value() * exact


def _boolean(_feature: Feature, random: np.random.Generator) -> bool:
    return bool(random.integers(2))


_DRAWS: dict[DType, Draw] = {
    DType.FLOAT: _float,
    DType.INTEGER: _integer,
    DType.BOOLEAN: _boolean,
    DType.STRING: _text,
}
