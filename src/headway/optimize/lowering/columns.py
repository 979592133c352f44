"""`Column`: one symbolic column of what flows between two steps of a model.

Invariant: a column that is made from one feature can be traced to the values of that feature which
give it; one that mixes several cannot, and says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from headway.errors import LoweringError

if TYPE_CHECKING:
    from headway.contract.model import Scalar

Values = NDArray[np.float64]
Trace = Callable[[Values], Values]

MAX_FLOAT64 = float(np.finfo(np.float64).max)
# Above it float64 does not tell neighbouring integers apart
MAX_EXACT_INTEGER = 2**53
# Above it a test for membership, which counts in 32 bits, is not safe
MAX_CODE = 2**31 - 1
# What a float64 maps to when floats are counted in their order
_SIGN_BIT = np.int64(np.iinfo(np.int64).min)


@dataclasses.dataclass(frozen=True, slots=True)
class Monotone:
    """A trace that never falls as its number grows, or never rises.

    Numbers at one end may be NaN to it, as those below 0 are to a logarithm.

    Attributes:
        trace: Computes it.
        is_rising: Whether it never falls.
    """

    trace: Trace
    is_rising: bool = True

    def __call__(self, values: Values) -> Values:
        return self.trace(values)


def following(before: Trace, made: Trace, *, is_rising: bool = True) -> Trace:
    """Return `made`, known as monotone where `before` is.

    Args:
        before: What `made` is computed from.
        made: Never falls as `before` grows, or never rises.
        is_rising: Which of the two.
    """
    if not isinstance(before, Monotone):
        return made
    return Monotone(made, before.is_rising == is_rising)


class Vocabulary:
    """The values of one feature that have a code: their positions, in the order of first use.

    Args:
        categories: The only values that a categorical column can hold; `None` for strings of any
            kind. What an imputer puts into such a column has a code beyond them.
    """

    def __init__(self, categories: Iterable[Scalar] | None = None) -> None:
        self._codes = {value: float(code) for code, value in enumerate(categories or ())}
        self.is_closed = categories is not None
        self._n_given = len(self._codes)

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def values(self) -> tuple[Scalar, ...]:
        """Return the values that a request can hold, in the order of their codes."""
        values = tuple(self._codes)
        return values[: self._n_given] if self.is_closed else values

    def code(self, value: Any) -> float:
        """Return the code of a value, giving it one where it has none.

        Raises:
            LoweringError: It is no string, in a column of strings.
        """
        plain = value.item() if isinstance(value, np.generic) else value
        if not self.is_closed and not isinstance(plain, str):
            raise LoweringError(f"the value {plain!r} is no string, in a column of strings")
        return self._codes.setdefault(plain, float(len(self._codes)))


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        tensor: The tensor that it lies in.
        position: Its column there.
        feature: Position in the contract of the feature that it is made from; `None` where it mixes
            several.
        trace: Computes it from the encoded values of the feature. One that mixes several raises
            LoweringError.
        vocabulary: What its codes stand for; `None` where it holds numbers.
        fill: What stands for a missing value, where an imputer precedes that is not in `tensor` yet.
        is_computed: Whether a number in it may differ from the feature's own number.
        is_single: Whether the native model computes it in float32.
        is_code_like: Whether it can only hold integers of 32 bits, or missing.
        is_bounded: Whether it is finite or missing whatever number the feature holds.
        is_sparse: Whether it lies in a sparse matrix, which does not hold its zeros.
        misses_as_none: Whether the model is given `None` for missing, never NaN, where it is given
            objects.
        never_misses: Whether it is never missing, whatever the features hold.
        is_alone: Whether the model is given it as a Series, not as a frame of one column.
        is_partial: Whether it can be missing or infinite for a number somewhere inside of the range
            of those for which it is neither, as a logarithm is for 0 and below.
    """

    tensor: str
    position: int
    feature: int | None
    trace: Trace
    vocabulary: Vocabulary | None = None
    fill: float | None = None
    is_computed: bool = False
    is_single: bool = False
    is_code_like: bool = False
    is_bounded: bool = False
    is_sparse: bool = False
    misses_as_none: bool = False
    never_misses: bool = False
    is_alone: bool = False
    is_partial: bool = False

    @property
    def is_guarded(self) -> bool:
        """Whether no range of one feature says what is refused in it, so that the graph has to."""
        return self.is_mixed or self.is_partial

    @property
    def is_mixed(self) -> bool:
        """Whether it is made from several features."""
        return self.feature is None

    @property
    def only_feature(self) -> int:
        """Position of the one feature that it is made from.

        Raises:
            LoweringError: It is made from several.
        """
        if self.feature is None:
            raise _mixed_error()
        return self.feature


def mixed_columns(
    tensor: str, n_columns: int, *, is_bounded: bool = False, never_misses: bool = False
) -> list[Column]:
    """Return columns of numbers each of which is made from several features.

    Args:
        tensor: They lie in it side by side.
        n_columns: How many.
        is_bounded: Whether they are finite or missing whatever numbers the features hold.
        never_misses: Whether they are never missing.
    """
    first = Column(
        tensor,
        0,
        None,
        _untraceable,
        is_computed=True,
        is_bounded=is_bounded,
        never_misses=never_misses,
    )
    return [dataclasses.replace(first, position=j) for j in range(n_columns)]


def require_numbers(columns: Iterable[Column]) -> None:
    """Check that every column holds float64 numbers.

    Raises:
        LoweringError: One holds strings or categories, or is computed in float32.
    """
    for column in columns:
        if column.vocabulary is not None:
            raise LoweringError("it is given strings or categories where numbers are expected")
        if column.is_single:
            raise LoweringError(
                "it is given float32 columns, on which scikit-learn computes in float32",
                hint="fit on float64 columns: `X.astype('float64')`",
            )


def rounded_to_float32(values: Values) -> Values:
    """Return each number as the nearest float32, infinite beyond the greatest of them."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32).astype(np.float64)


def last_at_or_below(trace: Trace, bounds: Values) -> Values:
    """Return for each bound the greatest float64 whose trace is not above it.

    Args:
        trace: Never falls as its argument grows. Where the least numbers are NaN to it, all that are
            come before those that are not.
        bounds: Shape (n,).

    Returns:
        Shape (n,); the least finite float64 where every trace is above the bound.
    """
    low = np.full(bounds.shape, _order_of(np.array(-MAX_FLOAT64)))
    high = np.full(bounds.shape, _order_of(np.array(MAX_FLOAT64)))
    with np.errstate(all="ignore"):
        is_missing_below = bool(np.isnan(trace(np.array([-MAX_FLOAT64]))[0]))
        while (high > low).any():
            # rounded up, and free of the overflow of low + high
            middle = (low >> 1) + (high >> 1) + ((low | high) & 1)
            traced = trace(_number_at(middle))
            is_below = (traced <= bounds) | (np.isnan(traced) & is_missing_below)
            low = np.where(is_below, middle, low)
            high = np.where(is_below, high, np.maximum(middle - 1, low))
    return _number_at(low)


def _order_of(numbers: Values) -> NDArray[np.int64]:
    """Return integers that are ordered as the numbers are, one apart for neighbouring numbers."""
    bits = np.asarray(numbers, dtype=np.float64).view(np.int64)
    return np.where(bits < 0, _SIGN_BIT - bits, bits)


def _number_at(order: NDArray[np.int64]) -> Values:
    bits = np.where(order < 0, _SIGN_BIT - order, order)
    return bits.view(np.float64)


def _untraceable(values: Values) -> Values:  # noqa: ARG001 - every trace is called so
    raise _mixed_error()


def _mixed_error() -> LoweringError:
    return LoweringError("it is given columns that are made of several features each")
