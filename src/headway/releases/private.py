"""What stands for the values of private features where a release would carry real ones.

Invariant: what is made up here depends on the contract alone, and never on a value that was seen.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.contract.bounds import integer_range, lower_limit, upper_limit
from headway.contract.decimals import digits_of, least_step
from headway.contract.row_rules import compile_rules
from headway.contract.temporal import time_span
from headway.contract.tensors import element_feature
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
_DAYS = 10_000
_USUAL = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


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

    def make(self, random: np.random.Generator) -> Any:
        """Return a value that the feature takes, or `None` where none is found."""
        for _ in range(_TRIES):
            value, broken = self._check(_drawn(self.feature, random))
            if not broken:
                return value
        return None


def _drawn(feature: Feature, random: np.random.Generator) -> Any:
    if feature.dtype is DType.TENSOR:
        return _tensor(feature, random)
    known = feature.constraints.one_of
    if known:
        return known[int(random.integers(len(known)))]
    return _DRAWS[feature.dtype](feature, random)


def _tensor(feature: Feature, random: np.random.Generator) -> Any:
    element, length = element_feature(feature), feature.shape[0]
    if len(feature.shape) > 1:
        rows = msgspec.structs.replace(feature, shape=feature.shape[1:])
        return [_tensor(rows, random) for _ in range(length)]
    items = [_drawn(element, random) for _ in range(length)]
    if feature.constraints.unique_items and element.dtype is DType.INTEGER:
        # so few of them are there that some are drawn twice
        least = min(items)
        return [least + i for i in range(length)]
    return items


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


def _decimal(feature: Feature, random: np.random.Generator) -> Decimal:
    lower = lower_limit(feature.constraints, feature.dtype)
    upper = upper_limit(feature.constraints, feature.dtype)
    if lower is None:
        high = Decimal(_SPAN) if upper is None else upper.value
        low = min(Decimal(0), high - max(_SPAN, abs(high)))
    else:
        low = lower.value
        high = low + max(_SPAN, abs(low)) if upper is None else upper.value
    if (digits := digits_of(feature.storage)) is not None:
        most = Decimal(10) ** (digits[0] - digits[1])
        low, high = max(low, -most), min(high, most)
    value = low + (high - low) * Decimal(int(random.integers(1, _SPAN))) / _SPAN
    step = feature.constraints.multiple_of or least_step(feature.storage)
    return _on_step(value, step) if step is not None else +value


def _date(feature: Feature, random: np.random.Generator) -> dt.date:
    least, greatest = _ends(feature, dt.date.min, dt.date.max)
    n_days = min((greatest - least).days, _DAYS)
    day: dt.date = least + dt.timedelta(days=int(random.integers(n_days, endpoint=True)))
    return day


def _datetime(feature: Feature, random: np.random.Generator) -> dt.datetime:
    span = time_span(feature.storage)
    zone = dt.UTC if feature.is_zoned else None
    least, greatest = _ends(
        feature, span.least.replace(tzinfo=zone), span.greatest.replace(tzinfo=zone)
    )
    step = dt.timedelta(microseconds=span.step_us)
    n_steps = min(greatest - least, dt.timedelta(days=_DAYS)) // step
    moment: dt.datetime = least + int(random.integers(n_steps, endpoint=True)) * step
    return moment


def _time(feature: Feature, random: np.random.Generator) -> dt.time:
    zone = dt.UTC if feature.is_zoned else None
    lower, upper = (side(feature.constraints, feature.dtype) for side in (lower_limit, upper_limit))
    least, greatest = (
        dt.datetime.combine(_USUAL.date(), end if limit is None else limit.value, tzinfo=zone)
        for limit, end in ((lower, dt.time.min), (upper, dt.time.max))
    )
    step = dt.timedelta(microseconds=time_span(feature.storage).step_us)
    n_steps = max(greatest - least, dt.timedelta()) // step
    return (least + int(random.integers(n_steps, endpoint=True)) * step).timetz()


def _ends(feature: Feature, first: Any, last: Any) -> tuple[Any, Any]:
    """Return the first and the last day or instant to choose from, of usual ones where many fit."""
    lower, upper = (side(feature.constraints, feature.dtype) for side in (lower_limit, upper_limit))
    greatest = last if upper is None else upper.value
    if lower is not None:
        return lower.value, max(lower.value, greatest)
    is_instant = isinstance(first, dt.datetime)
    usual = _USUAL.replace(tzinfo=first.tzinfo) if is_instant else _USUAL.date()
    if usual <= greatest:
        return usual, greatest
    return greatest - min(greatest - first, dt.timedelta(days=_DAYS)), greatest


def _on_step(value: float | Decimal, step: float | str | Decimal) -> Decimal:
    exact = Decimal(str(step))
    return (Decimal(str(value)) / exact).to_integral_value() * exact


def _boolean(_feature: Feature, random: np.random.Generator) -> bool:
    return bool(random.integers(2))


_DRAWS: dict[DType, Draw] = {
    DType.FLOAT: _float,
    DType.INTEGER: _integer,
    DType.BOOLEAN: _boolean,
    DType.STRING: _text,
    DType.DECIMAL: _decimal,
    DType.DATE: _date,
    DType.DATETIME: _datetime,
    DType.TIME: _time,
}
