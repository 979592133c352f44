"""Probe rows close to the thresholds of a step behind one that mixes features, in the features' own units.

A threshold cannot be traced to a number of one feature there. But between two real rows that it tells
apart lies a place where it turns: it is searched along the line from one to the other. Rows right at it
would be decided by rounding, which is no mistake; rows a billionth of the way beside it are not, and
they still tell a form that computes in float32 on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method
from headway.optimize.forest import joined
from headway.optimize.graph import columns_graph
from headway.optimize.replaced_rows import Replaced, ReplacedRows, Swap, raw_values
from headway.runtimes.onnx import OnnxRuntime

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.optimize.lowering.columns import Column, Values
    from headway.optimize.lowering.form import LoweredForm, Part
    from headway.runtimes.encoder import Encoder

_MAX_TESTS = 500
_PAIRS_PER_TEST = 4
_N_HALVINGS = 45
_BESIDE = 1e-9


def crossing_rows(
    part: Part,
    form: LoweredForm,
    contract: Contract,
    real: FeatureBatch,
    random: np.random.Generator,
) -> Replaced | None:
    """Return rows on both sides of thresholds; `None` where no real rows lie on two sides of any.

    Args:
        part: The step.
        form: The lowered model.
        contract: Of the model.
        real: Real rows that the model takes.
        random: Draws thresholds and pairs of real rows.
    """
    graph = columns_graph(form.graph, part.places)
    lines = _Lines(contract, real, form.encoder, random)
    if graph is None or not lines.floats or not part.landmarks.ensembles:
        return None
    runtime = OnnxRuntime(graph, form.encoder, part.contract.output)
    tests = _Tests(part, random)
    whole = lines.whole_rows()
    of_real = np.asarray(runtime.predict(real.take(whole), Method.PREDICT).values)
    lines.lay(*(whole[rows] for rows in tests.two_sides(of_real, random)))

    def is_left(share: Values) -> NDArray[np.bool_]:
        return tests.is_left(np.asarray(runtime.predict(lines.at(share), Method.PREDICT).values))

    low, high = np.zeros(len(tests.threshold)), np.ones(len(tests.threshold))
    left_at_start = is_left(low)
    chosen = np.flatnonzero(left_at_start != is_left(high))
    if not len(chosen):
        return None
    lines.keep(chosen)
    tests.keep(chosen)
    low, high, left_at_start = low[chosen], high[chosen], left_at_start[chosen]
    for _ in range(_N_HALVINGS):
        middle = (low + high) / 2
        is_before = is_left(middle) == left_at_start
        low, high = np.where(is_before, middle, low), np.where(is_before, high, middle)
    return lines.replaced([low - _BESIDE, high + _BESIDE])


class _Tests:
    """Tests of the step's trees, drawn, each several times."""

    def __init__(self, part: Part, random: np.random.Generator) -> None:
        self._columns: list[Column] = []
        columns: list[NDArray[np.intp]] = []
        thresholds: list[Values] = []
        for trees, of_trees in part.landmarks.ensembles:
            forest = joined(trees)
            tests = np.setdiff1d(forest.tests, list(forest.members))
            columns.append(forest.column[tests] + len(self._columns))
            thresholds.append(forest.threshold[tests])
            self._columns += of_trees
        column, threshold = np.concatenate(columns), np.concatenate(thresholds)
        drawn = np.tile(random.permutation(len(column))[:_MAX_TESTS], _PAIRS_PER_TEST)
        self.column, self.threshold = column[drawn], threshold[drawn]

    def keep(self, chosen: NDArray[np.intp]) -> None:
        self.column, self.threshold = self.column[chosen], self.threshold[chosen]

    def two_sides(
        self, values: Values, random: np.random.Generator
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Draw for each test a row of either side, by what the step is given; any two where there is none."""
        starts, ends = random.integers(len(values), size=(2, len(self.threshold)))
        for i, (c, threshold) in enumerate(zip(self.column.tolist(), self.threshold, strict=True)):
            column = self._columns[c]
            is_left = column.trace(values[:, column.only_feature]) <= threshold
            if is_left.any() and not is_left.all():
                starts[i] = random.choice(np.flatnonzero(is_left))
                ends[i] = random.choice(np.flatnonzero(~is_left))
        return starts, ends

    def is_left(self, values: Values) -> NDArray[np.bool_]:
        """Return for each test whether its row, what the step is given, is at most the threshold."""
        traced = np.full(len(values), np.nan)
        for c in np.unique(self.column).tolist():
            column, of_column = self._columns[c], self.column == c
            traced[of_column] = column.trace(values[of_column, column.only_feature])
        return np.asarray(traced <= self.threshold)


class _Lines:
    """Lines from one real row to another, along their floats; what else they hold is the first one's."""

    def __init__(
        self,
        contract: Contract,
        real: FeatureBatch,
        encoder: Encoder,
        random: np.random.Generator,
    ) -> None:
        self._contract = contract
        self._real = real
        self._random = random
        of_features = zip(contract.features, encoder.columns, real.columns(), strict=True)
        self.floats = {
            j: raw_values(values, is_float=True)
            for j, (feature, column, values) in enumerate(of_features)
            # nothing lies between two categories
            if feature.dtype is DType.FLOAT and column.vocabulary is None and column.one_of is None
        }
        self._start = self._end = np.empty(0, dtype=np.intp)

    def whole_rows(self) -> NDArray[np.intp]:
        """Return the real rows without a missing float, or all where there are none."""
        whole = np.flatnonzero(~np.isnan(np.stack([*self.floats.values()])).any(axis=0))
        return whole if len(whole) else np.arange(self._real.n_rows)

    def lay(self, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> None:
        """Lay a line from each of some real rows to another."""
        self._start, self._end = starts, ends

    def keep(self, chosen: NDArray[np.intp]) -> None:
        self._start, self._end = self._start[chosen], self._end[chosen]

    def at(self, share: Values) -> FeatureBatch:
        """Return the row of each line that lies at a share of the way."""
        rows = ReplacedRows(self._contract, self._real, self.replaced([share]))
        return rows.take(range(len(share)))

    def replaced(self, shares: list[Values]) -> Replaced:
        """Return the rows at several shares of the way."""
        share, n_times = np.concatenate(shares), len(shares)
        start, end = np.tile(self._start, n_times), np.tile(self._end, n_times)
        swaps = {}
        for j, values in self.floats.items():
            between = values[start] + share * (values[end] - values[start])
            swaps[j] = Swap(np.arange(len(share)), between)
        return Replaced(start, swaps)
