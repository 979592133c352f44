"""Post-processing of a regression's numbers: a small closed set of named steps, and no user's code.

Invariant: a step is elementwise, so that a row is answered the same alone and among others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import numpy as np
from typing_extensions import override

from headway.contract.text import listed, literal, quoted
from headway.core.names import nearest_name
from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

MAX_DIGITS = 15


class _Step(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="step"
):
    """One step. `changes_unit` tells whether what was to be predicted has to take it too."""

    changes_unit: ClassVar[bool] = True

    def apply(self, numbers: Numbers) -> Numbers:
        """Return the numbers after this step."""
        raise NotImplementedError

    def problem(self) -> str | None:
        """Return what is wrong with the step itself, or `None`."""
        return None


class Exp(_Step, frozen=True, tag="exp"):
    """Answer e to the power of the number: undoes `log`."""

    @override
    def apply(self, numbers: Numbers) -> Numbers:
        return np.exp(numbers)


class Expm1(_Step, frozen=True, tag="expm1"):
    """Answer `exp(x) - 1`: undoes `log1p`."""

    @override
    def apply(self, numbers: Numbers) -> Numbers:
        return np.expm1(numbers)


class Log1p(_Step, frozen=True, tag="log1p"):
    """Answer `log(1 + x)`: undoes `expm1`."""

    @override
    def apply(self, numbers: Numbers) -> Numbers:
        return np.log1p(numbers)


class Clip(_Step, frozen=True, tag="clip"):
    """Move what lies beyond a bound to that bound.

    Attributes:
        low: Least number that is answered; `None` for no bound.
        high: Greatest number that is answered; `None` for no bound.
    """

    changes_unit: ClassVar[bool] = False
    low: float | None = None
    high: float | None = None

    @override
    def apply(self, numbers: Numbers) -> Numbers:
        return np.clip(numbers, self.low, self.high)

    @override
    def problem(self) -> str | None:
        if self.low is None and self.high is None:
            return "`clip` has neither `low` nor `high`"
        if self.low is not None and self.high is not None and self.low > self.high:
            return f"`clip` has a `low` {quoted(self.low)} above its `high` {quoted(self.high)}"
        return None


class Round(_Step, frozen=True, tag="round"):
    """Round to a number of decimal digits, halves to even.

    Attributes:
        digits: After the point; negative for tens, hundreds, ...
    """

    changes_unit: ClassVar[bool] = False
    digits: int = 0

    @override
    def apply(self, numbers: Numbers) -> Numbers:
        rounded = np.round(numbers, self.digits)
        # numpy shifts the point before it rounds; a number that overflows there has no digits to lose
        return np.where(np.isfinite(rounded), rounded, numbers)

    @override
    def problem(self) -> str | None:
        if abs(self.digits) > MAX_DIGITS:
            return f"`round` has {self.digits} digits; {MAX_DIGITS} at most are allowed"
        return None


class Scale(_Step, frozen=True, tag="scale"):
    """Answer `factor * x + offset`.

    Attributes:
        factor: Any number but 0.
        offset: Added after the multiplication.
    """

    factor: float = 1.0
    offset: float = 0.0

    @override
    def apply(self, numbers: Numbers) -> Numbers:
        return numbers * self.factor + self.offset

    @override
    def problem(self) -> str | None:
        return None if self.factor else "`scale` has the factor 0, so that every answer is the same"


Step = Exp | Expm1 | Log1p | Clip | Round | Scale
_KINDS: dict[str, type[Step]] = {
    "exp": Exp,
    "expm1": Expm1,
    "log1p": Log1p,
    "clip": Clip,
    "round": Round,
    "scale": Scale,
}
_FORMS = "exp, expm1, log1p, round=2, clip=0:100, clip=0:, scale=1.5, scale=1.5:10"


def apply_steps(steps: Sequence[Step], numbers: Numbers, *, only_unit: bool = False) -> Numbers:
    """Return the numbers after each step in order; what overflows becomes an infinity.

    Args:
        steps: In order.
        numbers: Any shape.
        only_unit: Leave out the steps that only limit or round.
    """
    with np.errstate(all="ignore"):
        for step in steps:
            if step.changes_unit or not only_unit:
                numbers = step.apply(numbers)
    return numbers


def checked_step(step: Step | str) -> Step:
    """Return a step whose parameters make sense, read from text where it is text.

    Raises:
        ContractError: Unknown, or with parameters of no use.

    Examples:
        >>> checked_step("clip=0:")
        Clip(low=0.0, high=None)
    """
    if isinstance(step, str):
        step = _read(step)
    elif not isinstance(step, _Step):
        raise ContractError(f"{quoted(step)} is no post-processing", hint=f"known: {_FORMS}")
    numbers = [value for value in msgspec.structs.astuple(step) if value is not None]
    problem = step.problem()
    if not all(map(_is_number, numbers)):
        problem = f"{quoted(step_text(step))} has a parameter that is no finite number"
    if problem is not None:
        raise ContractError(problem, hint=f"write for example {_FORMS}")
    return step


def step_text(step: Step) -> str:
    """Return a step as it is typed.

    Examples:
        >>> step_text(Clip(low=0)), step_text(Round(2)), step_text(Exp())
        ('clip=0:', 'round=2', 'exp')
    """
    name = str(step.__struct_config__.tag)
    values = list(msgspec.structs.astuple(step))
    if isinstance(step, Scale) and not step.offset:
        values.pop()
    shown = ":".join("" if value is None else literal(value) for value in values)
    return f"{name}={shown}" if values else name


def _read(text: str) -> Step:
    name, separator, given = text.strip().partition("=")
    kind = _KINDS.get(name)
    if kind is None:
        nearest = nearest_name(name, _KINDS)
        raise ContractError(
            f"{quoted(text)} is no post-processing",
            hint=f"did you mean `{nearest}`?" if nearest else f"known: {listed(list(_KINDS))}",
        )
    parts = [part.strip() for part in given.split(":")] if separator else []
    try:
        numbers = [_number(kind, part) for part in parts]
        return kind(*numbers)
    except (ValueError, TypeError) as error:
        raise ContractError(
            f"{quoted(text)} cannot be read", hint=f"write for example {_FORMS}"
        ) from error


def _number(kind: type[Step], text: str) -> Any:
    if kind is Clip and not text:
        return None
    return int(text) if kind is Round else float(text)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
