"""Moves the thresholds of trees back to the features' own values.

A logarithm of ONNX Runtime and one of numpy differ in the last bit, so that a row on a threshold behind
one takes another way. Where a column never falls (or never rises) as its feature grows, a tree compares
the feature itself instead, with the last value that goes to the same side: no function is computed.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import LoweringError
from headway.optimize.lowering.columns import (
    MAX_FLOAT64,
    Column,
    Monotone,
    following,
    last_at_or_below,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headway.optimize.lowering.columns import Trace, Values
    from headway.optimize.lowering.state import Columns, Lowering
    from headway.optimize.lowering.trees import Tree

_INFINITE = np.array([-np.inf, np.inf])
_ENDS = np.array([-MAX_FLOAT64, MAX_FLOAT64])
_MISSING = np.array([np.nan])
_HALF = np.array([0.5])


@dataclasses.dataclass(frozen=True, slots=True)
class _Move:
    """What becomes of the tests on one column.

    Attributes:
        column: What they look at instead.
        thresholds: Those that they have, ascending, shape (n_thresholds,).
        moved: What they become, shape (n_thresholds,).
        is_rising: Whether left stays left.
        missing: What a missing value was in the column.
    """

    column: Column
    thresholds: Values
    moved: Values
    is_rising: bool
    missing: float


def on_own_values(
    lowering: Lowering, trees: Sequence[Tree], columns: Columns
) -> tuple[tuple[Tree, ...], Columns]:
    """Return trees that do the same, and look at the features themselves where they can.

    Args:
        lowering: In the making.
        trees: They compare in float64.
        columns: What their nodes look at.
    """
    if lowering.n_mixed:
        # such a step is probed alone, through the columns that it is given
        return tuple(trees), columns
    in_sets = {int(tree.column[node]) for tree in trees for node in tree.members}
    moves = {}
    for j, column in enumerate(columns):
        if column.is_computed and isinstance(column.trace, Monotone) and j not in in_sets:
            thresholds = np.unique(np.concatenate([t.threshold[t.column == j] for t in trees]))
            move = _move(lowering, column, thresholds) if len(thresholds) else None
            if move is not None:
                moves[j] = move
    looked_at = tuple(moves[j].column if j in moves else c for j, c in enumerate(columns))
    return tuple(_moved(tree, moves) for tree in trees), looked_at


def _move(lowering: Lowering, column: Column, thresholds: Values) -> _Move | None:
    """Return how tests on a column become tests on its feature, or `None` where they do not."""
    own, is_rising = lowering.features[column.only_feature], column.trace.is_rising  # type: ignore[attr-defined]
    if own.vocabulary is not None:
        return None
    if is_rising:
        bounds, trace = thresholds, column.trace
    else:  # it goes right where its opposite is below
        bounds, trace = np.nextafter(-thresholds, -np.inf), _opposite(column.trace)
    with np.errstate(all="ignore"):
        missing = float(column.trace(_MISSING)[0])
        is_nan_at_end, infinite = np.isnan(trace(_ENDS)), trace(_INFINITE)
        moved = last_at_or_below(trace, bounds)
        moved = np.where(trace(moved) > bounds, -np.inf, moved)
        moved = np.where(infinite[1] <= bounds, np.inf, moved)
    is_beyond = bool((infinite[0] > bounds).any() or (np.isnan(infinite) > is_nan_at_end).any())
    if is_beyond or is_nan_at_end.all() or not (is_rising or np.isfinite(thresholds).all()):
        return None
    if is_nan_at_end.any():
        own, missing = _with_nan(lowering, own, column, is_below=bool(is_nan_at_end[0])), np.nan
    return _Move(own, thresholds, moved, is_rising, missing)


def _opposite(trace: Trace) -> Trace:
    return lambda values: -trace(values)


def _with_nan(lowering: Lowering, own: Column, column: Column, *, is_below: bool) -> Column:
    """Return a feature with NaN for each number that is none in the column.

    Args:
        lowering: In the making.
        own: The feature.
        column: Made from it.
        is_below: Whether the numbers below some bound are NaN there, or those above.
    """
    graph, operator = lowering.graph, "LessOrEqual" if is_below else "Greater"
    # a missing value that was filled before has a way of its own
    filled = column.trace(_MISSING)
    if not np.isnan(filled[0]):
        own = _filled(own, column.trace, filled)
    bound = last_at_or_below(
        lambda values: (np.isnan(column.trace(values)) != is_below).astype(np.float64), _HALF
    )
    values = lowering.matrices.of([own])
    is_nan = graph.add(operator, values, graph.constant([bound]))
    tensor = graph.add("Where", is_nan, graph.constant([[np.nan]]), values)

    def trace(values: Values) -> Values:
        known = own.trace(values)
        return np.where(known <= bound if is_below else known > bound, np.nan, known)

    made = dataclasses.replace(own, trace=following(own.trace, trace), is_computed=True)
    return lowering.computed(tensor, [made])[0]


def _filled(own: Column, trace: Trace, filled: Values) -> Column:
    """Return a feature with a number of its own for missing, which the trace makes `filled` of."""
    is_rising = getattr(trace, "is_rising", True)
    fill = float(last_at_or_below(trace if is_rising else _opposite(trace), filled if is_rising else -filled)[0])  # fmt: skip
    if trace(np.array([fill])) != filled:
        raise LoweringError("it fills a number that no value of the feature gives")
    return dataclasses.replace(
        own,
        fill=fill,
        trace=lambda values: np.where(np.isnan(own.trace(values)), fill, own.trace(values)),
    )


def _moved(tree: Tree, moves: Mapping[int, _Move]) -> Tree:
    """Return a tree with its tests on the columns that are moved."""
    threshold, missing_left = tree.threshold.copy(), tree.missing_left.copy()
    is_turned = np.zeros(len(tree.column), dtype=np.bool_)
    for j, move in moves.items():
        tests = np.flatnonzero(tree.column == j)
        if not np.isnan(move.missing):
            missing_left[tests] = move.missing <= threshold[tests]
        threshold[tests] = move.moved[np.searchsorted(move.thresholds, threshold[tests])]
        is_turned[tests] = not move.is_rising
    return dataclasses.replace(
        tree,
        threshold=threshold,
        missing_left=missing_left != is_turned,
        left=np.where(is_turned, tree.right, tree.left),
        right=np.where(is_turned, tree.left, tree.right),
    )
