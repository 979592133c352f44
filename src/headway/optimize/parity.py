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
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import HeadwayError
from headway.optimize.comparison import EXACT, compare, label_ties
from headway.optimize.edge_rows import MAY_RAISE
from headway.optimize.probe_rows import REAL, THRESHOLD
from headway.optimize.report import Coverage, Failure, ParityReport, praise
from headway.optimize.threadpoolctl import one_thread
from headway.optimize.timing import Timing, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.contract.model import Output
    from headway.core.clock import Clock
    from headway.optimize.comparison import Difference, Tolerance
    from headway.optimize.probe_rows import Probe
    from headway.runtimes.port import Runtime

_BLOCK_ROWS = 1_000
_SMALL_BLOCK_ROWS = 8

Answers = dict[Method, Prediction]


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """The two forms of one model.

    Attributes:
        native: The model as it was fitted.
        lowered: What is to stand for it.
        output: What both answer; each of its methods is compared.
    """

    native: Runtime
    lowered: Runtime
    output: Output


@dataclasses.dataclass(frozen=True, slots=True)
class Effort:
    """How much is compared.

    Attributes:
        time_budget_s: After it no further block is begun. The gate passes without the rows on
            thresholds that were left, never without a row of another kind.
        n_single_rows: Rows compared one by one.
        n_small_blocks: Blocks of 8 rows.
        seed: Draws both.
    """

    time_budget_s: float = 60.0
    n_single_rows: int = 32
    n_small_blocks: int = 64
    seed: int = 0


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
        self._clock = clock
        self._deadline_s = deadline_s
        self._effort = effort
        self._random = np.random.default_rng(effort.seed)
        self._tolerance = tolerance
        self._coverage: dict[str, Coverage] = {}
        self._max_abs_difference = self._max_tolerance_ratio = 0.0
        self._n_single = self._n_small = self._n_ties = self._n_refused = 0
        self._answered_real_rows: list[int] = []
        self.failure: Failure | None = None

    def run(self, probes: Sequence[Probe]) -> None:
        """Compare every probe, until the time is up or a row fails."""
        self._coverage = {probe.kind: Coverage(probe.rows.n_rows) for probe in probes}
        for probe in probes:
            if probe.kind != THRESHOLD:
                self._compare_all(probe)
        self._n_single = self._compare_drawn(probes, self._effort.n_single_rows, 1)
        self._n_small = self._compare_drawn(
            [probe for probe in probes if probe.kind not in MAY_RAISE],
            self._effort.n_small_blocks,
            _SMALL_BLOCK_ROWS,
        )
        for probe in probes:
            if probe.kind == THRESHOLD:
                self._compare_all(probe)

    def timings(self, real: Probe) -> tuple[Timing, ...]:
        """Measure both forms on real rows, one at a time and in one block; nothing after a failure."""
        if self._complaint() is not None:
            return ()
        method = self._rich_methods()[0]
        block = real.rows.take(sorted(set(self._answered_real_rows))[:_BLOCK_ROWS])
        single = FeatureBatch.from_rows(block.names, [block.rows()[0]])
        return tuple(
            measure(runtime, batch, method)
            for runtime in (self._pair.native, self._pair.lowered)
            for batch in (single, block)
        )

    def report(self, timings: tuple[Timing, ...], elapsed_s: float) -> ParityReport:
        """Return what was found."""
        complaint = self._complaint()
        return ParityReport(
            passed=complaint is None,
            reason=complaint or self._praise(),
            tolerance=self._tolerance,
            max_abs_difference=_finite(self._max_abs_difference),
            max_tolerance_ratio=_finite(self._max_tolerance_ratio),
            rows=self._coverage,
            single_rows=self._n_single,
            small_blocks=self._n_small,
            label_ties=self._n_ties,
            refused_rows=self._n_refused,
            timings=timings,
            elapsed_s=round(elapsed_s, 3),
            failure=self.failure,
        )

    def _praise(self) -> str:
        n_rows = sum(coverage.compared for coverage in self._coverage.values())
        return praise(n_rows, self._max_tolerance_ratio)

    def _complaint(self) -> str | None:
        failure = self.failure
        if failure is not None:
            return (
                f"on a row of the kind `{failure.kind}`, `{failure.method}` gave {failure.lowered} "
                f"in {failure.what} where the native model gave {failure.native}"
            )
        left = [
            kind
            for kind, coverage in self._coverage.items()
            if coverage.compared < coverage.planned and kind != THRESHOLD
        ]
        if left or self._n_small < self._effort.n_small_blocks:
            kinds = ", ".join(f"`{kind}`" for kind in left) or "blocks of 8"
            return f"the time budget ended before rows were compared: {kinds}"
        return (
            None if self._answered_real_rows else "the native model answers none of the real rows"
        )

    def _compare_all(self, probe: Probe) -> None:
        for start in range(0, probe.rows.n_rows, _BLOCK_ROWS):
            if self._is_over():
                return
            indices = range(start, min(start + _BLOCK_ROWS, probe.rows.n_rows))
            n_rows = self._compare(probe, indices, probe.rows.take(indices), self._rich_methods())
            before = self._coverage[probe.kind]
            self._coverage[probe.kind] = Coverage(before.planned, before.compared + n_rows)

    def _compare_drawn(self, probes: Sequence[Probe], n_blocks: int, n_rows: int) -> int:
        """Compare small blocks, by row as a request's rows come, kinds and methods taking turns."""
        for i in range(n_blocks):
            if self._is_over():
                return i
            probe = probes[i % len(probes)]
            indices = self._random.integers(probe.rows.n_rows, size=n_rows).tolist()
            batch = probe.rows.take(indices)
            by_row = FeatureBatch.from_rows(batch.names, batch.rows())
            method = self._pair.output.methods[i % len(self._pair.output.methods)]
            self._compare(probe, indices, by_row, [method])
        return n_blocks

    def _rich_methods(self) -> tuple[Method, ...]:
        """Return the methods whose answers hold the labels too."""
        methods = tuple(m for m in self._pair.output.methods if m is not Method.PREDICT)
        return methods or (Method.PREDICT,)

    def _is_over(self) -> bool:
        return self.failure is not None or self._clock.monotonic_s() >= self._deadline_s

    def _compare(
        self,
        probe: Probe,
        indices: Sequence[int],
        batch: FeatureBatch,
        methods: Sequence[Method],
    ) -> int:
        """Compare a block; halve it where a form raises, down to the rows that it raises on.

        Returns:
            How many rows were compared before the time was up or a row failed.
        """
        if self._is_over():
            return 0
        native = _answers(self._pair.native, batch, methods)
        lowered = _answers(self._pair.lowered, batch, methods)
        if not isinstance(native, HeadwayError) and not isinstance(lowered, HeadwayError):
            if probe.kind == REAL:
                self._answered_real_rows += indices
            self._compare_answers(probe.kind, indices, lowered, native)
        elif batch.n_rows > 1:
            halves = [half.tolist() for half in np.array_split(np.arange(batch.n_rows), 2)]
            return sum(
                self._compare(probe, [indices[i] for i in half], batch.take(half), methods)
                for half in halves
            )
        elif isinstance(native, HeadwayError) and isinstance(lowered, HeadwayError):
            self._n_refused += 1
        else:
            self.failure = Failure(
                kind=probe.kind,
                row=indices[0],
                method=methods[0],
                what="the answer",
                lowered=_told(lowered),
                native=_told(native),
                difference=None,
                allowed=0.0,
            )
        return batch.n_rows

    def _compare_answers(
        self, kind: str, indices: Sequence[int], lowered: Answers, native: Answers
    ) -> None:
        is_tie = label_ties(list(native.values()), self._tolerance)
        for method, answer in native.items():
            found = compare(lowered[method], answer, self._tolerance, is_tie)
            self._n_ties += found.n_label_ties
            self._max_abs_difference = max(self._max_abs_difference, found.max_abs_difference)
            self._max_tolerance_ratio = max(self._max_tolerance_ratio, found.max_tolerance_ratio)
            if found.first is not None and self.failure is None:
                self.failure = _failure(kind, indices, method, found.first)


def _answers(
    runtime: Runtime, batch: FeatureBatch, methods: Sequence[Method]
) -> Answers | HeadwayError:
    try:
        return {method: runtime.predict(batch, method) for method in methods}
    except HeadwayError as error:
        return error


def _failure(kind: str, indices: Sequence[int], method: Method, first: Difference) -> Failure:
    return Failure(
        kind=kind,
        row=indices[first.row],
        method=method,
        what=first.what,
        lowered=first.lowered,
        native=first.native,
        difference=_finite(first.size),
        allowed=first.allowed,
    )


def _finite(number: float) -> float | None:
    return number if np.isfinite(number) else None


def _told(outcome: Answers | HeadwayError) -> str:
    return "an error" if isinstance(outcome, HeadwayError) else "an answer"
