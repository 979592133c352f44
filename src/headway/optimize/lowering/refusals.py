"""What the native model refuses, written as rules about one feature's own values where that can be.

Invariant: the encoder holds every such rule, so that the caller is told the row, the field and what is
allowed. What hangs on several features at once is told by the graph: its guard is NaN in a row that
the native model refuses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from headway.core.dtypes import INT64_MAX, INT64_MIN, DType
from headway.errors import LoweringError
from headway.optimize.lowering.columns import (
    MAX_FLOAT64,
    Column,
    Trace,
    Values,
    last_at_or_below,
)
from headway.runtimes.encoder import UNKNOWN_CODE, EncoderColumn

if TYPE_CHECKING:
    from headway.contract.model import Feature
    from headway.optimize.graph import GraphBuilder
    from headway.optimize.lowering.columns import Vocabulary
    from headway.optimize.lowering.matrices import Matrices

Accepts = Callable[[Values], NDArray[np.bool_]]

_NATURAL_RANGES = {
    DType.FLOAT: (-np.inf, np.inf),
    DType.INTEGER: (float(INT64_MIN), float(INT64_MAX)),
}
_MISSING = np.array([np.nan])
# A number that nobody has among their categories
_NO_CATEGORY = np.array([0.1234567890123e-37])


@dataclasses.dataclass(slots=True)
class _Rules:
    """What one feature may hold."""

    minimum: float = -np.inf
    maximum: float = np.inf
    one_of: frozenset[float] | None = None
    refuse_missing: bool = False
    checks: list[tuple[Trace, Accepts]] = dataclasses.field(default_factory=list)


class Refusals:
    """Collects the rules of all features.

    Args:
        features: Of the contract.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._features = features
        self._rules = [_Rules() for _ in features]
        self._finite: list[tuple[Column, ...]] = []
        self._finite_or_missing: list[tuple[Column, ...]] = []
        self._present: list[tuple[Column, ...]] = []
        self._between: list[tuple[Column, float, float]] = []

    def require_finite_or_missing(self, columns: Sequence[Column]) -> None:
        """Say that the native step raises on an infinity, also on one that a sum came to."""
        guarded = tuple(column for column in columns if column.is_guarded and not column.is_bounded)
        if guarded:
            self._finite_or_missing.append(guarded)
        for column in columns:
            if column.is_bounded or column.is_guarded:
                continue
            dtype = self._features[column.only_feature].dtype
            if dtype not in _NATURAL_RANGES:
                continue  # no code of a string is an infinity
            least, greatest = _NATURAL_RANGES[dtype]
            low, high = _finite_range(column)
            rules = self._rules[column.only_feature]
            if low > least:
                rules.minimum = max(rules.minimum, low)
            if high < greatest:
                rules.maximum = min(rules.maximum, high)

    def require_finite(self, columns: Sequence[Column]) -> None:
        """Say that the native step raises on an infinity and on a missing value.

        Raises:
            LoweringError: Some step before makes a missing value of any unknown number.
        """
        guarded = tuple(
            column
            for column in columns
            if column.is_guarded and not (column.is_bounded and column.never_misses)
        )
        if guarded:
            self._finite.append(guarded)
        own = [column for column in columns if not column.is_guarded]
        self.require_finite_or_missing(own)
        self.require_present(own)

    def require_present(self, columns: Sequence[Column]) -> None:
        """Say that the native step raises on a missing value, and on no number.

        Raises:
            LoweringError: Some step before makes a missing value of any unknown number.
        """
        guarded = tuple(column for column in columns if column.is_guarded)
        if guarded:
            self._present.append(guarded)
        for column in columns:
            if column.is_guarded:
                continue
            self._check(column, lambda values: ~np.isnan(values))
            if not self._is_coded(column) and np.isnan(column.trace(_NO_CATEGORY)).any():
                raise LoweringError("it refuses what another step makes of an unknown number")

    def require_between(self, column: Column, low: float, high: float) -> None:
        """Say that the native step raises on a number outside of [low, high], and not on missing."""
        if column.is_computed or column.is_guarded or self._is_coded(column):
            self._between.append((column, low, high))
            return
        rules = self._rules[column.only_feature]
        rules.minimum, rules.maximum = max(rules.minimum, low), min(rules.maximum, high)

    def require_one_of(self, column: Column, known: Values) -> None:
        """Say that the native step raises on any value but these; NaN stands for missing.

        Raises:
            LoweringError: The column is computed, so that its values are not the feature's own, or
                mixes several features.
        """
        knows_missing = bool(np.isnan(known).any())
        self._check(column, lambda v: np.isin(v, known) | (np.isnan(v) & knows_missing))
        if self._is_coded(column):
            return
        if column.is_computed:
            raise LoweringError("it refuses unknown numbers in a column that another step computes")
        rules = self._rules[column.only_feature]
        numbers = frozenset(known[~np.isnan(known)].tolist())
        rules.one_of = numbers if rules.one_of is None else rules.one_of & numbers

    def guard(self, graph: GraphBuilder, matrices: Matrices) -> str | None:
        """Return the tensor that is NaN in each row that the native model refuses for several features.

        Returns:
            Shape (n_rows,); `None` where nothing is refused so.
        """
        # zero times a number is zero, times an infinity or a NaN it is NaN
        parts = [
            graph.add("MatMul", matrices.of(columns), graph.constant(np.zeros((len(columns), 1))))
            for columns in dict.fromkeys(self._finite)
        ]
        for operator, refused in (("IsInf", self._finite_or_missing), ("IsNaN", self._present)):
            for columns in dict.fromkeys(refused):
                is_refused = graph.add(operator, matrices.of(columns))
                parts.append(_guard_where(graph, is_refused, len(columns)))
        if self._between:
            columns, lows, highs = zip(*dict.fromkeys(self._between), strict=True)
            values = matrices.of(columns)
            is_below = graph.add("Less", values, graph.constant([lows]))
            is_above = graph.add("Greater", values, graph.constant([highs]))
            parts.append(_guard_where(graph, graph.add("Or", is_below, is_above), len(columns)))
        if not parts:
            return None
        return graph.flat(parts[0] if len(parts) == 1 else graph.add("Sum", *parts))

    def encoder_column(self, position: int, vocabulary: Vocabulary | None) -> EncoderColumn:
        """Return how the feature at `position` is encoded, once every step is lowered."""
        rules, feature = self._rules[position], self._features[position]
        name = feature.name
        if vocabulary is None:
            return EncoderColumn(
                name,
                refuse_missing=rules.refuse_missing,
                one_of=None if rules.one_of is None else tuple(sorted(rules.one_of)),
                minimum=None if np.isinf(rules.minimum) else rules.minimum,
                maximum=None if np.isinf(rules.maximum) else rules.maximum,
            )
        codes = np.arange(len(vocabulary.values), dtype=np.float64)
        domain = np.array([np.nan, UNKNOWN_CODE, *codes])
        accepted = np.ones(len(domain), dtype=np.bool_)
        for trace, accepts in rules.checks:
            accepted &= accepts(trace(domain))
        return EncoderColumn(
            name,
            vocabulary=vocabulary.values,
            unknown_is_missing=vocabulary.is_closed,
            refuse_unknown=bool(not accepted[1] and not vocabulary.is_closed),
            refuse_missing=bool(not accepted[0] and (feature.nullable or vocabulary.is_closed)),
            one_of=None if accepted[2:].all() else tuple(codes[accepted[2:]].tolist()),
        )

    def _check(self, column: Column, accepts: Accepts) -> None:
        rules = self._rules[column.only_feature]
        if self._is_coded(column):
            rules.checks.append((column.trace, accepts))
        elif self._features[column.only_feature].nullable:
            rules.refuse_missing |= not accepts(column.trace(_MISSING)).all()

    def _is_coded(self, column: Column) -> bool:
        feature = self._features[column.only_feature]
        return feature.dtype is DType.STRING or feature.storage == "category"


def _guard_where(graph: GraphBuilder, is_refused: str, n_columns: int) -> str:
    """Return NaN for each row in which one of the columns is refused, else 0; shape (n_rows, 1)."""
    ones = graph.constant(np.ones((n_columns, 1)))
    n_refused = graph.add("MatMul", graph.cast(is_refused, "float64"), ones)
    row = [graph.constant([[number]]) for number in (np.nan, 0.0)]
    return graph.add("Where", graph.add("Greater", n_refused, graph.constant([[0.0]])), *row)


def _finite_range(column: Column) -> tuple[float, float]:
    """Return the least and the greatest value of the feature that the column makes no infinity of.

    Between them lies 0. A column may fall and rise, as a square does.
    """
    greatest = np.array([MAX_FLOAT64])
    # a feature of float32 is rounded, and infinite beyond the greatest of them
    if not column.is_computed and np.isfinite(column.trace(greatest)).all():
        return -MAX_FLOAT64, MAX_FLOAT64
    high = last_at_or_below(lambda values: np.abs(column.trace(values)), greatest)
    low = last_at_or_below(lambda values: np.abs(column.trace(-values)), greatest)
    return -float(low[0]), float(high[0])
