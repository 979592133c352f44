"""What a run has measured."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.serving.measure import Sample
    from benchmarks.serving.targets import Verdict

    Key = tuple[str, str]


@dataclasses.dataclass
class OurFacts:
    """What is measured of Headway alone.

    Attributes:
        worker_start_s: CPU of the worker until its first answer.
        worker_pss_mb: Memory of one worker after load.
        worker_rss_mb: Likewise, with all that others share; other programs may use the same files.
        early_imports: Watched modules that it had imported when it first answered.
        graph_us: CPU a row of the graph alone, in calls of 1,000 rows.
        two_workers_ratio: CPU a request of two workers, of one worker's; `None` where two did not run.
        two_workers_shares: Of the CPU of both, in percent.
        half_load_p99_ms: By contestant, at half of the highest rate of each.
    """

    worker_start_s: float = float("nan")
    worker_pss_mb: float = float("nan")
    worker_rss_mb: float = float("nan")
    early_imports: tuple[str, ...] = ()
    graph_us: float = float("nan")
    two_workers_ratio: float | None = None
    two_workers_shares: tuple[float, ...] = ()
    half_load_p99_ms: dict[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Results:
    """Everything that a run has measured.

    Attributes:
        load_before: Load average.
        load_after: Likewise.
        samples: Of all turns.
        differences: Largest difference from the model's own probabilities, by contestant and model.
        failures: Why a contestant has no figures.
        start_cpu_s: CPU of the tree until its first answer, of each start.
        pss_mb: Memory of the tree after load.
        ours: Of Headway alone.
    """

    load_before: float
    load_after: float = float("nan")
    samples: list[Sample] = dataclasses.field(default_factory=list)
    differences: dict[Key, float] = dataclasses.field(default_factory=dict)
    failures: dict[Key, str] = dataclasses.field(default_factory=dict)
    start_cpu_s: dict[Key, list[float]] = dataclasses.field(default_factory=dict)
    pss_mb: dict[Key, list[float]] = dataclasses.field(default_factory=dict)
    ours: OurFacts = dataclasses.field(default_factory=OurFacts)

    def of(self, contestant: str, model: str, what: str) -> list[Sample]:
        """Return the samples of one contestant and one kind of load."""
        return [
            sample
            for sample in self.samples
            if (sample.contestant, sample.model, sample.what) == (contestant, model, what)
        ]

    def figures(
        self, contestant: str, model: str, what: str, figure: Callable[[Sample], float]
    ) -> list[float]:
        """Return one figure of each turn."""
        return [figure(sample) for sample in self.of(contestant, model, what)]

    def ratios(self, over: str, under: str, model: str, what: str) -> list[float]:
        """Return the CPU of one contestant over another's, of each round in which both had a turn."""
        below = {sample.round: sample.cpu_us for sample in self.of(under, model, what)}
        return [
            sample.cpu_us / below[sample.round]
            for sample in self.of(over, model, what)
            if sample.round in below
        ]

    def write(self, path: Path, verdicts: Sequence[Verdict]) -> None:
        """Write everything as one JSON document."""
        document = {
            "load": [self.load_before, self.load_after],
            "samples": [dataclasses.asdict(sample) for sample in self.samples],
            "differences": _named(self.differences),
            "failures": _named(self.failures),
            "start_cpu_s": _named(self.start_cpu_s),
            "pss_mb": _named(self.pss_mb),
            "ours": dataclasses.asdict(self.ours),
            "targets": [dataclasses.asdict(verdict) for verdict in verdicts],
        }
        path.write_text(json.dumps(document, indent=1))


def _named(figures: Mapping[Key, object]) -> dict[str, object]:
    return {f"{contestant} {model}": figure for (contestant, model), figure in figures.items()}
