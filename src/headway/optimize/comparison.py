"""Compares the answers of two runtimes, number by number and label by label.

Invariant: a NaN equals only a NaN, an infinity only itself, and nothing is averaged.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.core.prediction import Prediction

_N_BINARY = 2


class Tolerance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Allowed difference from the native answer b: atol + rtol * |b|."""

    rtol: float = 1e-12
    atol: float = 1e-12

    def allows(self, native: NDArray[Any]) -> NDArray[np.float64]:
        """Return the allowed absolute difference for each native number."""
        allowed: NDArray[np.float64] = self.atol + self.rtol * np.abs(native)
        return allowed


EXACT = Tolerance()
# Of forms that compute in float32
SINGLE = Tolerance(rtol=1e-6, atol=1e-6)


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One answer that differs by more than the tolerance.

    Attributes:
        row: Index among the rows compared.
        what: `values`, `probabilities` or `scores`; `shape` where the arrays do not match at all.
        lowered: Lowered answer.
        native: Native answer.
        size: Absolute difference of numbers, infinite for anything else.
        allowed: What the tolerance allows.
    """

    row: int
    what: str
    lowered: str
    native: str
    size: float
    allowed: float


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found.

    Attributes:
        max_abs_difference: Largest absolute difference of two numbers.
        max_tolerance_ratio: Largest share of the tolerance that a difference takes.
        n_label_ties: Labels that differ where the native margin is within the tolerance.
        first: The first difference above the tolerance, `None` where there is none.
    """

    max_abs_difference: float
    max_tolerance_ratio: float
    n_label_ties: int
    first: Difference | None


def compare(
    lowered: Prediction,
    native: Prediction,
    tolerance: Tolerance,
    is_tie: NDArray[np.bool_] | None = None,
) -> Comparison:
    """Compare two answers to one question.

    Args:
        lowered: What is judged.
        native: What it is judged by.
        tolerance: Allowed difference.
        is_tie: By row whether another label is as good, from `label_ties`; `None` for a regression.
    """
    found = _Findings(tolerance)
    for what in ("probabilities", "scores"):
        mine, theirs = getattr(lowered, what), getattr(native, what)
        if (mine is None) != (theirs is None):
            found.mismatch(what, mine, theirs)
        elif mine is not None:
            found.numbers(what, np.asarray(mine), np.asarray(theirs))
    mine, theirs = np.asarray(lowered.values), np.asarray(native.values)
    if is_tie is None and theirs.dtype.kind == "f":
        found.numbers("values", mine, theirs)
    else:
        found.labels(mine, theirs, is_tie)
    return Comparison(
        max_abs_difference=found.max_abs_difference,
        max_tolerance_ratio=found.max_tolerance_ratio,
        n_label_ties=found.n_label_ties,
        first=found.first,
    )


def label_ties(natives: Sequence[Prediction], tolerance: Tolerance) -> NDArray[np.bool_] | None:
    """Return for each row whether its two best classes are nearer than the tolerance.

    Args:
        natives: Answers of the native model to the same rows, by any methods.
        tolerance: Allowed difference.

    Returns:
        Shape (n_rows,); `None` where no answer holds scores or probabilities.
    """
    for native in natives:
        if native.scores is not None and native.scores.ndim == 1:
            scores = np.abs(native.scores)
            return np.asarray(scores <= tolerance.allows(scores))
    for native in natives:
        best = native.scores if native.scores is not None else native.probabilities
        if best is not None and best.ndim > 1 and best.shape[1] >= _N_BINARY:
            ordered = np.sort(best, axis=1)
            return np.asarray(ordered[:, -1] - ordered[:, -2] <= tolerance.allows(ordered[:, -1]))
    return None


class _Findings:
    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self.max_abs_difference = self.max_tolerance_ratio = 0.0
        self.n_label_ties = 0
        self.first: Difference | None = None

    def numbers(self, what: str, lowered: NDArray[Any], native: NDArray[Any]) -> None:
        if lowered.shape != native.shape:
            self.mismatch(what, lowered.shape, native.shape)
            return
        is_same = (lowered == native) | (np.isnan(lowered) & np.isnan(native))
        with np.errstate(invalid="ignore"):
            difference = np.where(is_same, 0.0, np.abs(lowered - native))
        # what is no number by now is a NaN or an infinity against something else
        difference[np.isnan(difference)] = np.inf
        allowed = np.where(np.isfinite(native), self._tolerance.allows(native), 0.0)
        allowed[is_same] = self._tolerance.atol
        with np.errstate(divide="ignore"):
            ratio = (difference / allowed).max(initial=0.0)
        self.max_abs_difference = max(self.max_abs_difference, float(difference.max(initial=0.0)))
        self.max_tolerance_ratio = max(self.max_tolerance_ratio, float(ratio))
        is_above = difference > allowed
        if is_above.any():
            place = tuple(np.argwhere(is_above)[0].tolist())
            self._keep(
                Difference(
                    row=place[0],
                    what=what,
                    lowered=repr(float(lowered[place])),
                    native=repr(float(native[place])),
                    size=float(difference[place]),
                    allowed=float(allowed[place]),
                )
            )

    def labels(
        self, lowered: NDArray[Any], native: NDArray[Any], is_tie: NDArray[np.bool_] | None
    ) -> None:
        mine, theirs = lowered.tolist(), native.tolist()
        if len(mine) != len(theirs):
            self.mismatch("values", len(mine), len(theirs))
            return
        for row in (
            i for i, pair in enumerate(zip(mine, theirs, strict=True)) if pair[0] != pair[1]
        ):
            if is_tie is not None and is_tie[row]:
                self.n_label_ties += 1
                continue
            self._keep(Difference(row, "values", repr(mine[row]), repr(theirs[row]), np.inf, 0.0))

    def mismatch(self, what: str, lowered: Any, native: Any) -> None:
        self._keep(Difference(0, f"shape of {what}", str(lowered), str(native), np.inf, 0.0))

    def _keep(self, difference: Difference) -> None:
        if self.first is None:
            self.first = difference
