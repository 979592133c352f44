"""Measures servers under load: one, two in turns, or one for the highest rate that keeps objectives."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.testing.load.arrivals import due_times_s
from headway.testing.load.comparison import MIN_ROUNDS, Round, compare
from headway.testing.load.objectives import judge, verdict_of
from headway.testing.load.percentiles import needed_samples
from headway.testing.load.process_tree import cpu_s, memory_bytes
from headway.testing.load.report import BenchReport, Measurement
from headway.testing.load.samples import Samples, joined, samples_of
from headway.testing.load.search import find_rate
from headway.testing.load.wire import Load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.core.clock import Clock
    from headway.testing.load.bodies import Bodies
    from headway.testing.load.objectives import Objective, Verdict
    from headway.testing.load.plan import LoadPlan
    from headway.testing.load.process import GeneratorProcess
    from headway.testing.load.target import Target

_ROUND_S = 2.0
_MOST_ROUNDS = 30
# a round begins with connections that are open; the server's caches are not warm for it
_ROUND_WARM_UP_S = 0.2
_MEMORY_EVERY_S = 2.0
# beside the samples that a percentile needs, so that chance arrivals do not leave too few
_MARGIN = 1.2
_BAR_WIDTH = 24


class Bench:
    """Measures.

    Args:
        generator: Makes the load.
        bodies: What is sent.
        plan: How, and how long.
        objectives: What must be kept.
        clock: Tells how far a run is.
        on_progress: Is told that, a few times in a second.
    """

    def __init__(
        self,
        generator: GeneratorProcess,
        bodies: Bodies,
        plan: LoadPlan,
        objectives: Sequence[Objective],
        clock: Clock,
        on_progress: Callable[[str], object],
    ) -> None:
        self._generator = generator
        self._bodies = bodies
        self._plan = plan
        self._objectives = tuple(objectives)
        self._clock = clock
        self._on_progress = on_progress

    def measure(self, target: Target) -> BenchReport:
        """Measure one version at the rate of the plan."""
        return BenchReport(self._plan, (self._at(target, self._plan.rate_per_s),))

    def compare(self, first: Target, second: Target) -> BenchReport:
        """Measure two versions in turns: the same rows at the same times, round after round."""
        plan, rate = self._plan, self._plan.rate_per_s
        n_rounds = min(max(MIN_ROUNDS, round(plan.duration_s / _ROUND_S)), _MOST_ROUNDS)
        length_s = plan.duration_s / n_rounds
        rounds, peaks = [], [0, 0]
        for k in range(n_rounds):
            warm_up_s = max(plan.warm_up_s, _ROUND_WARM_UP_S) if k == 0 else _ROUND_WARM_UP_S
            runs = [self._run(t, rate, length_s, warm_up_s, k) for t in (first, second)]
            rounds.append(
                Round(runs[0].samples, runs[1].samples, runs[0].cpu_s or 0, runs[1].cpu_s or 0)
            )
            peaks = [
                max(peak, run.memory_bytes or 0) for peak, run in zip(peaks, runs, strict=True)
            ]
        sides = (
            (first, joined([one.first for one in rounds]), sum(one.first_cpu_s for one in rounds)),
            (second, joined([one.second for one in rounds]), sum(o.second_cpu_s for o in rounds)),
        )
        measurements = tuple(
            self._judged(target, rate, _Run(samples, cpu or None, peak or None))
            for (target, samples, cpu), peak in zip(sides, peaks, strict=True)
        )
        return BenchReport(plan, measurements, comparison=compare(rounds))

    def find(self, target: Target) -> BenchReport:
        """Find the highest rate that keeps the objectives, of which there is at least one.

        The report has the last long run, or the last short one where it never came to that.
        """
        last: list[Measurement] = []

        def measure(rate_per_s: float, *, is_long: bool) -> Verdict:
            length_s = self._plan.duration_s if is_long else self._step_s(rate_per_s)
            measurement = self._at(target, rate_per_s, length_s)
            last[:] = [measurement]
            return verdict_of(measurement.judgements)

        found = find_rate(measure, self._plan.rate_per_s)
        return BenchReport(self._plan, tuple(last), found=found)

    def _step_s(self, rate_per_s: float) -> float:
        """Return a length with enough requests for every percentile of the objectives."""
        shares = [o.share for o in self._objectives if o.share is not None and o.share < 1]
        n_needed = max((needed_samples(share) for share in shares), default=1)
        return max(self._plan.step_s, n_needed * _MARGIN / rate_per_s)

    def _at(self, target: Target, rate_per_s: float, length_s: float | None = None) -> Measurement:
        length_s = length_s or self._plan.duration_s
        run = self._run(target, rate_per_s, length_s, self._plan.warm_up_s)
        return self._judged(target, rate_per_s, run)

    def _judged(self, target: Target, rate_per_s: float, run: _Run) -> Measurement:
        return Measurement(
            label=target.label,
            rate_per_s=rate_per_s,
            samples=run.samples,
            cpu_s=run.cpu_s,
            memory_bytes=run.memory_bytes,
            judgements=tuple(judge(self._objectives, run.samples, rate_per_s)),
        )

    def _run(
        self, target: Target, rate_per_s: float, length_s: float, warm_up_s: float, turn: int = 0
    ) -> _Run:
        plan, end_s = self._plan, warm_up_s + length_s
        due_s = due_times_s(rate_per_s, end_s, plan.arrivals, plan.seed + turn)
        load = Load(
            host=target.host,
            port=target.port,
            requests=self._bodies.requests(target),
            order=self._bodies.order(plan.mix, len(due_s), plan.seed + turn).tobytes(),
            due_s=due_s.tobytes(),
            mark_s=warm_up_s,
            timeout_s=plan.timeout_s,
            max_connections=plan.max_connections,
        )
        watch = _Watch(target.pid, self._clock)
        head = f"{target.label}: {rate_per_s:,.4g} requests/s"
        outcome = self._generator.run(
            load, watch.begin, lambda: self._on_progress(f"{head} {watch.tick(end_s)}")
        )
        spent_s = watch.cpu_s()
        samples = samples_of(load, outcome, np.array(self._bodies.n_rows), end_s)
        return _Run(samples, spent_s, watch.peak_bytes or None)


@dataclasses.dataclass(frozen=True, slots=True)
class _Run:
    samples: Samples
    cpu_s: float | None
    memory_bytes: int | None


class _Watch:
    """Looks at the processes of a server while it is under load."""

    def __init__(self, pid: int | None, clock: Clock) -> None:
        self._pid = pid
        self._clock = clock
        self._started_s = clock.monotonic_s()
        self._looked_s = self._started_s
        self._cpu_before_s = 0.0
        self.peak_bytes = 0

    def begin(self) -> None:
        if self._pid is not None:
            self._cpu_before_s = cpu_s(self._pid)

    def tick(self, end_s: float) -> str:
        """Look, where it is time to, and return how far the run is."""
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s > _MEMORY_EVERY_S:
            self._looked_s = now_s
            self._look()
        passed_s = min(now_s - self._started_s, end_s)
        bar = "#" * int(_BAR_WIDTH * passed_s / end_s)
        return f"[{bar:.<{_BAR_WIDTH}}] {passed_s:.0f} of {end_s:.0f} s"

    def cpu_s(self) -> float | None:
        """Return the CPU time since the beginning; the last look at the memory is taken, too."""
        if self._pid is None:
            return None
        spent_s = cpu_s(self._pid) - self._cpu_before_s
        self._look()
        return spent_s

    def _look(self) -> None:
        if self._pid is not None:
            self.peak_bytes = max(self.peak_bytes, memory_bytes(self._pid))
