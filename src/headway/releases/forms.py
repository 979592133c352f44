"""The use case `optimize` without an aim: in which forms a release can run, and what each costs.

What the parity gate found lies in the bundle; the times are measured now, on this machine.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from headway.bundle import layout
from headway.core.batch import FeatureBatch
from headway.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.bundle.bundle import Bundle
    from headway.bundle.steps import Step
    from headway.core.dtypes import Method
    from headway.releases.release import Progress
    from headway.releases.resolve import ResolvedRelease, Resolver
    from headway.runtimes.port import Runtime

SIZES = (1, 8, 64, 1_000, 100_000)


class Timed(Protocol):
    """What a call of so many rows costs."""

    @property
    def cpu_us_per_row(self) -> float: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """One form that a release can run in.

    Attributes:
        form: `lowered`, `partial` or `native`.
        cpu_us_per_row: By rows of a call, CPU microseconds a row; empty where it was not measured.
        size_bytes: Of its files.
        problem: Why it was not measured, empty where it was.
    """

    form: str
    cpu_us_per_row: dict[int, float]
    size_bytes: int
    problem: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseForms:
    """The forms of a release.

    Attributes:
        address: `NAME:VERSION`.
        form: The one that is served, at every size.
        reason: Why.
        batch_form: The one that a batch job takes where its libraries are installed.
        steps: What became of each step of the model; empty where it was not recorded.
        candidates: The form that is served first.
        parity: What the gate found, as the bundle holds it; `None` where nothing was compared.
    """

    address: str
    form: str
    reason: str
    batch_form: str
    steps: tuple[Step, ...]
    candidates: tuple[Candidate, ...]
    parity: dict[str, Any] | None


class FormsReporter:
    """Tells and measures the forms of releases.

    Args:
        resolver: Finds releases.
        load_served: Loads the form that is served.
        load_native: Loads the native model, whichever form is served.
        measure: Measures a runtime on one batch.
    """

    def __init__(
        self,
        resolver: Resolver,
        load_served: Callable[..., Runtime],
        load_native: Callable[..., Runtime],
        measure: Callable[[Runtime, FeatureBatch, Method], Timed],
    ) -> None:
        self._resolver = resolver
        self._load_served = load_served
        self._load_native = load_native
        self._measure = measure

    def report(self, address: str, on_progress: Progress) -> ReleaseForms:
        """Return the forms of a release.

        Raises:
            HeadwayError: As `Resolver.resolve`. A form that does not load here is told, not raised.
        """
        release = self._resolver.resolve(address)
        bundle, execution = release.bundle, release.bundle.manifest.execution
        candidates = [self._candidate(release, execution.form, self._load_served, on_progress)]
        # a graph that is served as it is, such as a lossy one, has no other form here
        if execution.form != "native" and execution.flavor != "onnx":
            candidates.append(self._candidate(release, "native", self._load_native, on_progress))
        return ReleaseForms(
            address=f"{release.name}:{release.version}",
            form=execution.form,
            reason=execution.reason,
            batch_form="native" if execution.is_native_in_batch else execution.form,
            steps=bundle.steps(),
            candidates=tuple(candidates),
            parity=bundle.parity(),
        )

    def _candidate(
        self,
        release: ResolvedRelease,
        form: str,
        load: Callable[..., Runtime],
        on_progress: Progress,
    ) -> Candidate:
        bundle = release.bundle
        size_bytes = _size_bytes(bundle, form)
        golden = bundle.golden_rows()
        if golden is None or not golden.rows:
            return Candidate(form, {}, size_bytes, "the release keeps no rows to measure it on")
        method = bundle.contract.output.methods[-1]
        measured: dict[int, float] = {}
        try:
            runtime = load(bundle, trust_code=release.is_trusted)
            for n_rows in SIZES:
                on_progress(f"measuring the {form} form on {n_rows:,} rows")
                batch = _rows(golden.names, golden.rows, n_rows)
                measured[n_rows] = self._measure(runtime, batch, method).cpu_us_per_row
        except HeadwayError as error:
            return Candidate(form, measured, size_bytes, error.message)
        return Candidate(form, measured, size_bytes)


def _rows(names: tuple[str, ...], rows: Sequence[tuple[Any, ...]], n_rows: int) -> FeatureBatch:
    """Return so many rows, by row as a request holds few of them, by column as a file holds many."""
    known = FeatureBatch.from_rows(names, rows)
    batch = known.take(np.resize(np.arange(len(rows)), n_rows).tolist())
    if n_rows < SIZES[-2]:
        return FeatureBatch.from_rows(names, batch.rows())
    return FeatureBatch.from_columns(names, batch.columns())


def _size_bytes(bundle: Bundle, form: str) -> int:
    compiled = layout.GRAPH.rpartition("/")[0] + "/"
    native = bundle.manifest.execution.native_path
    return sum(
        entry.size_bytes
        for name, entry in bundle.manifest.files.items()
        if (form != "native" and name.startswith(compiled))
        or (form != "lowered" and (name == native or name.startswith(f"{native}/")))
    )
