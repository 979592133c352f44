"""The parity gate: a lowered form is the native model on every row that is compared, or it is nothing.

Invariant: a gate passes only where no row is above the tolerance; no percentage passes. It compares
two runtimes through batches, so that the encoder is compared too.
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING

import numpy as np

from headway.core.batch import FeatureBatch
from headway.errors import HeadwayError
from headway.optimize.block_comparison import BlockComparison
from headway.optimize.comparison import EXACT
from headway.optimize.edge_rows import MAY_RAISE
from headway.optimize.pair import Pair
from headway.optimize.probe_rows import REAL
from headway.optimize.report import Coverage, ParityReport, praise
from headway.optimize.threadpoolctl import one_thread
from headway.optimize.timing import Timing, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.core.clock import Clock
    from headway.optimize.comparison import Tolerance
    from headway.optimize.probe_rows import Probe

__all__ = ["Effort", "Pair", "check_parity"]

_BLOCK_ROWS = 1_000
# What both forms refuse proves little: so many of the real rows must be answered
_ANSWERED_RATIO = 0.1
# Rows asked one by one of which some must be answered; of fewer all may be of kinds that are refused
_MANY_ALONE = 32
_SMALL_BLOCK_ROWS = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Effort:
    """How much is compared.

    Attributes:
        time_budget_s: After it no further block is begun. The gate passes without the rows on
            thresholds that were left, never without a row of another kind.
        n_single_rows: Rows compared one by one.
        n_small_blocks: Blocks of 8 rows.
        seed: Draws both.
        is_timed: Whether both forms are measured where the gate passes.
    """

    time_budget_s: float = 60.0
    n_single_rows: int = 32
    n_small_blocks: int = 64
    seed: int = 0
    is_timed: bool = True


def check_parity(
    pair: Pair,
    probes: Sequence[Probe],
    *,
    clock: Clock,
    effort: Effort,
    tolerance: Tolerance = EXACT,
) -> ParityReport:
    """Compare the two forms on every probe, and measure both.

    Args:
        pair: The two forms.
        probes: From `probe_rows`: the real rows first.
        clock: Measures the budget.
        effort: How much is compared.
        tolerance: What rounding may make of a number, by what the forms compute in.
    """
    started_s = clock.monotonic_s()
    gate = _Gate(pair, tolerance, clock, started_s + effort.time_budget_s, effort)
    with one_thread(), warnings.catch_warnings(), np.errstate(all="ignore"):
        # what a native model warns about at unknown categories is what those rows are made for
        warnings.simplefilter("ignore")
        gate.run(probes)
        elapsed_s = clock.monotonic_s() - started_s
        return gate.report(gate.timings(probes[0]), elapsed_s)


class _Gate:
    """One comparison under way."""

    def __init__(
        self, pair: Pair, tolerance: Tolerance, clock: Clock, deadline_s: float, effort: Effort
    ) -> None:
        self._pair = pair
        self._effort = effort
        self._random = np.random.default_rng(effort.seed)
        self._tolerance = tolerance
        self._blocks = BlockComparison(pair, tolerance, lambda: clock.monotonic_s() >= deadline_s)
        self._coverage: dict[str, Coverage] = {}
        self._may_be_left: set[str] = set()
        self._n_single = self._n_small = 0
        self._tests = Coverage(0)

    def run(self, probes: Sequence[Probe]) -> None:
        """Compare every probe, until the time is up or a row fails."""
        self._coverage = {probe.kind: Coverage(probe.rows.n_rows) for probe in probes}
        on_thresholds = [probe for probe in probes if probe.is_on_thresholds]
        self._may_be_left = {probe.kind for probe in on_thresholds}
        for probe in probes:
            if not probe.is_on_thresholds:
                self._compare_all(probe)
        self._n_single = self._compare_drawn(probes, self._effort.n_single_rows, 1)
        self._n_small = self._compare_drawn(
            [probe for probe in probes if probe.kind not in MAY_RAISE],
            self._effort.n_small_blocks,
            _SMALL_BLOCK_ROWS,
        )
        for probe in on_thresholds:
            self._compare_all(probe)
            self._count_tests(probe)

    def timings(self, real: Probe) -> tuple[Timing, ...]:
        """Measure both forms on real rows, one at a time and in one block; nothing after a failure."""
        if self._complaint() is not None or not self._effort.is_timed:
            return ()
        method = self._pair.rich_methods[0]
        block = real.rows.take(sorted(self._blocks.answered[REAL])[:_BLOCK_ROWS])
        single = FeatureBatch.from_rows(block.names, [block.rows()[0]])
        try:
            return tuple(
                measure(runtime, batch, method)
                for runtime in (self._pair.native, self._pair.lowered)
                for batch in (single, block)
            )
        except HeadwayError:  # by row it may refuse what it answered by column
            return ()

    def report(self, timings: tuple[Timing, ...], elapsed_s: float) -> ParityReport:
        """Return what was found."""
        complaint = self._complaint()
        return ParityReport(
            passed=complaint is None,
            reason=complaint or self._praise(),
            tolerance=self._tolerance,
            max_abs_difference=_finite(self._blocks.max_abs_difference),
            max_tolerance_ratio=_finite(self._blocks.max_tolerance_ratio),
            rows=self._coverage,
            tests=self._tests,
            single_rows=self._n_single,
            small_blocks=self._n_small,
            label_ties=self._blocks.n_ties,
            refused_rows=self._blocks.n_refused,
            timings=timings,
            elapsed_s=round(elapsed_s, 3),
            failure=self._blocks.failure,
        )

    def _praise(self) -> str:
        n_rows = sum(coverage.compared for coverage in self._coverage.values())
        return praise(n_rows, self._blocks.max_tolerance_ratio)

    def _complaint(self) -> str | None:
        failure = self._blocks.failure
        if failure is not None:
            return (
                f"on a row of the kind `{failure.kind}`, `{failure.method}` gave {failure.lowered} "
                f"in {failure.what} where the native model gave {failure.native}"
            )
        left = [
            kind
            for kind, coverage in self._coverage.items()
            if coverage.compared < coverage.planned and kind not in self._may_be_left
        ]
        if left or self._n_small < self._effort.n_small_blocks:
            kinds = ", ".join(f"`{kind}`" for kind in left) or "blocks of 8"
            return f"the time budget ended before rows were compared: {kinds}"
        n_answered = len(self._blocks.answered.get(REAL, ()))
        if n_answered < _ANSWERED_RATIO * self._coverage[REAL].planned:
            return f"the native model answers {n_answered or 'none'} of the real rows"
        if self._n_single >= _MANY_ALONE and not self._blocks.n_answered_alone:
            return "the native model answers no row alone, as a request holds it"
        return None

    def _compare_all(self, probe: Probe) -> None:
        pair = probe.pair or self._pair
        methods = pair.sharp_methods if probe.is_on_thresholds else pair.rich_methods
        for start in range(0, probe.rows.n_rows, _BLOCK_ROWS):
            if self._blocks.is_over():
                return
            indices = range(start, min(start + _BLOCK_ROWS, probe.rows.n_rows))
            n_rows = self._blocks.compare(probe, indices, probe.rows.take(indices), methods)
            before = self._coverage[probe.kind]
            self._coverage[probe.kind] = Coverage(before.planned, before.compared + n_rows)

    def _count_tests(self, probe: Probe) -> None:
        """Count the tests of trees, those of rows that were left in proportion."""
        rows = self._coverage[probe.kind]
        n_tested = probe.n_tests * rows.compared // max(rows.planned, 1)
        self._tests = Coverage(
            self._tests.planned + probe.n_tests_in_all, self._tests.compared + n_tested
        )

    def _compare_drawn(self, probes: Sequence[Probe], n_blocks: int, n_rows: int) -> int:
        """Compare small blocks, by row as a request's rows come, kinds and methods taking turns."""
        for i in range(n_blocks):
            if self._blocks.is_over():
                return i
            probe = probes[i % len(probes)]
            indices = self._random.integers(probe.rows.n_rows, size=n_rows).tolist()
            batch = probe.rows.take(indices)
            by_row = FeatureBatch.from_rows(batch.names, batch.rows())
            methods = (probe.pair or self._pair).output.methods
            self._blocks.compare(probe, indices, by_row, [methods[i % len(methods)]])
        return n_blocks


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None
