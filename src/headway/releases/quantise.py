"""The use case `optimize --to`: a smaller form of a release that loses no more than it may, as a new version."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Protocol

from headway.errors import AddressError, QuantisationError
from headway.optimize.quantisation.kinds import Kind
from headway.optimize.quantisation.quantise import Order
from headway.registry.address import check_alias
from headway.releases.budget import COSINE, budget_for, check_budget
from headway.releases.build import BuiltRelease
from headway.releases.evaluation import Evaluation, rows_to_keep
from headway.releases.export import model_address
from headway.releases.given_rows import given_batch, given_evaluation
from headway.releases.kept_rows import KeptRows
from headway.releases.lineage import (
    LOSSY_DIGEST_TAG,
    LOSSY_FROM_TAG,
    LOSSY_METHOD_TAG,
    LOSSY_TAG,
    lineage_tags,
)
from headway.releases.loss import (
    Change,
    LossReport,
    differences,
    latencies,
    primary_method,
    request_ms,
)
from headway.releases.lossy_bundle import LossyFacts, golden_of, write_lossy_bundle
from headway.releases.publish import Publication
from headway.releases.register import ignore_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from headway.bundle.bundle import Bundle
    from headway.core.clock import Clock
    from headway.optimize.quantisation.kinds import Engine
    from headway.optimize.quantisation.quantise import LossyForm
    from headway.registry.port import ModelRegistry, ModelVersion
    from headway.releases.kept_rows import EvaluationBatch
    from headway.releases.loss import Loss, Measure
    from headway.releases.publish import Publisher
    from headway.releases.release import Evaluator, Progress, Release
    from headway.releases.resolve import ResolvedRelease, Resolver
    from headway.runtimes.port import Runtime


class Serving(Protocol):
    """Serves bundles over HTTP on this machine, and gives what asks each of them."""

    def __call__(
        self, bundles: Sequence[Bundle], /, *, trust_code: bool
    ) -> AbstractContextManager[Sequence[Runtime]]: ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class QuantiseRequest:
    """Which release is made smaller, and what it may lose.

    Attributes:
        address: `NAME`, `NAME:7` or `NAME@alias` of a version in the registry.
        to: The precision.
        engine: What makes it.
        metric: What is held to the budget; `None` for what stands for the model.
        max_drop: How much worse the metric may become; `None` for the default.
        calibrate: Rows to calibrate by; `None` for those that the release keeps.
        evaluation: Features and labels of rows to measure on; `None` for those that it keeps.
        label: The user's own name of the new version.
        alias: Alias to point to it, `None` for none.
    """

    address: str
    to: Kind
    engine: Engine = "onnxruntime"
    metric: str | None = None
    max_drop: float | None = None
    calibrate: Any = None
    evaluation: tuple[Any, Any] | None = None
    label: str = ""
    alias: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Quantised:
    """A lossy version that kept its budget.

    Attributes:
        release: As it is in the registry.
        report: What it costs and loses.
    """

    release: Release
    report: LossReport


@dataclasses.dataclass(frozen=True, slots=True)
class _Job:
    """What is made of what, and the rows that it is measured on."""

    request: QuantiseRequest
    exact: ResolvedRelease
    parent: ModelVersion
    rows: EvaluationBatch
    n_calibration_rows: int
    form: LossyForm


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Quantiser:
    """Makes lossy versions.

    Attributes:
        registry: Where the exact version is, and the new one will be.
        resolver: Fetches the exact one.
        publisher: Registers the new one.
        quantise: Makes the form.
        load: Makes the runtime of a bundle.
        serve: Serves both, to be measured.
        evaluate: Measures a model on rows with labels.
        measure: Measures what a runtime costs.
        clock: Tells when.
        work_tree: Folder whose git revision is recorded.
    """

    registry: ModelRegistry
    resolver: Resolver
    publisher: Publisher
    quantise: Callable[[Bundle, Order], LossyForm]
    load: Callable[..., Runtime]
    serve: Serving
    evaluate: Evaluator
    measure: Measure
    clock: Clock
    work_tree: Path

    def run(self, request: QuantiseRequest, on_progress: Progress = ignore_progress) -> Quantised:
        """Make a lossy version of a release, and register it where it keeps its budget.

        The form is served on this machine and asked over HTTP, the exact one beside it; what is
        reported was read from these replies.

        Raises:
            AddressError: The address is not that of a release in the registry, or the alias is none.
            QuantisationError: There is no such form of this model, or it is a lossy one already.
            TrainingDataError: It keeps no rows that are needed, or those that were given are of no use.
            ConfigError: That metric was not measured.
            BudgetError: It loses more than it may. Nothing was registered.
            TrustRefusedError: It would run code that is not trusted.
            HeadwayError: As `Resolver.resolve` and `Publisher.publish`.
        """
        if request.alias is not None:
            check_alias(request.alias)
        model_address(request.address)
        on_progress("fetching the release")
        exact = self.resolver.resolve(request.address)
        job = self._job(request, exact, _version_of(exact), on_progress)
        with self.publisher.scratch() as scratch:
            facts = self._facts(job)
            draft = write_lossy_bundle(scratch / "draft", exact.bundle, facts)
            lossy = self.load(draft, trust_code=exact.is_trusted)
            on_progress("serving both, and comparing their replies")
            report = self._measured(job, draft, lossy)
            check_budget(report.loss, report.budget, f"{request.to} of `{job.parent.address}`")
            facts = facts.telling(said(report, job.form.execution.form))
            golden = golden_of(exact.bundle, lossy, request.to.tolerance)
            bundle = write_lossy_bundle(scratch / "bundle", exact.bundle, facts, golden, report)
            kept = self.registry.record(job.parent)
            publication = Publication(
                alias=request.alias,
                params={**kept.params, "lossy": str(request.to)},
                tags=facts.tags,
                policy="keep",
            )
            built = _built(bundle, report, job.rows, facts.notes)
            release = self.publisher.publish(built, publication, on_progress)
        return Quantised(release, report)

    def _job(
        self,
        request: QuantiseRequest,
        exact: ResolvedRelease,
        parent: ModelVersion,
        on_progress: Progress,
    ) -> _Job:
        contract = exact.bundle.contract
        kept, calibration = KeptRows(self.registry), None
        if request.evaluation is None:
            rows = kept.evaluation(parent, contract)
        else:
            rows = given_evaluation(contract, *request.evaluation)
        if request.to.needs_calibration and request.calibrate is None:
            calibration = kept.calibration(parent, contract)
        elif request.to.needs_calibration:
            calibration = given_batch(contract, request.calibrate)
        on_progress(f"making {request.to} of it")
        order = Order(
            kind=request.to,
            engine=request.engine,
            calibration=calibration,
            few=rows.batch,
            trust_code=exact.is_trusted,
        )
        form = self.quantise(exact.bundle, order)
        n_calibration_rows = 0 if calibration is None else calibration.n_rows
        return _Job(request, exact, parent, rows, n_calibration_rows, form)

    def _measured(self, job: _Job, draft: Bundle, lossy: Runtime) -> LossReport:
        exact, form, rows, request = job.exact, job.form, job.rows, job.request
        output, batch = exact.bundle.contract.output, rows.batch
        method = primary_method(output)
        with self.serve([exact.bundle, draft], trust_code=exact.is_trusted) as (old, new):
            metrics = [self.evaluate(runtime, output, batch, rows.labels) for runtime in (old, new)]
            loss = differences(
                old.predict(batch, method), new.predict(batch, method), (metrics[0], metrics[1])
            )
            taken = request_ms(old, new, batch, method)
        return LossReport(
            kind=str(request.to),
            engine=form.method.engine,
            method=form.method.words,
            options=form.method.options,
            parent=job.parent.address,
            parent_digest=exact.bundle.digest,
            n_calibration_rows=job.n_calibration_rows,
            size_bytes=Change(*form.size_bytes),
            latencies=latencies(form.exact, lossy, batch, method, self.measure),
            request_ms=taken,
            loss=loss,
            budget=budget_for(loss, request.metric, request.max_drop),
        )

    def _facts(self, job: _Job) -> LossyFacts:
        request, parent, method = job.request, job.parent, job.form.method
        kept = self.registry.record(parent).tags
        own = {name: text for name, text in kept.items() if not name.startswith(LOSSY_TAG)}
        tags = {
            **own,
            **lineage_tags(self.work_tree),
            LOSSY_TAG: str(request.to),
            LOSSY_FROM_TAG: parent.address,
            LOSSY_DIGEST_TAG: parent.digest or "",
            LOSSY_METHOD_TAG: f"{method.engine}: {method.words}",
        }
        return LossyFacts(
            parent=parent.address,
            label=request.label,
            created_at=self.clock.now().isoformat(timespec="seconds"),
            execution=job.form.execution,
            files=job.form.files,
            tags=tags,
            notes=(f"a lossy form of `{parent.address}`: it is not the model that was trained",),
        )


def _built(
    bundle: Bundle, report: LossReport, rows: EvaluationBatch, notes: tuple[str, ...]
) -> BuiltRelease:
    metrics = {name: change.after for name, change in report.loss.metrics.items()}
    if report.loss.mean_cosine is not None:
        metrics[COSINE] = report.loss.mean_cosine
    kept = rows_to_keep(bundle.contract, rows.batch, rows.labels)
    return BuiltRelease(bundle, Evaluation(metrics, kept, 0), notes)


def said(report: LossReport, form: str) -> str:
    """Return what a lossy form is and loses, for people, in one line."""
    lost = ", ".join(_said(report.loss))
    return f"{form}, {report.kind} (lossy) of {report.parent}: {lost}, {report.size_ratio:.0%} of the size"


def _said(loss: Loss) -> list[str]:
    words = [f"{name} {c.before:.4g} -> {c.after:.4g}" for name, c in loss.metrics.items()]
    if loss.label_changes is not None:
        words.append(f"{loss.label_changes:,} of {loss.n_rows:,} labels changed")
    if loss.max_probability_change is not None:
        words.append(f"probabilities by at most {loss.max_probability_change:.2g}")
    if loss.mean_cosine is not None:
        words.append(f"cosine similarity {loss.mean_cosine:.4f}, at least {loss.least_cosine:.4f}")
    elif loss.max_abs_difference is not None:
        words.append(f"numbers by at most {loss.max_abs_difference:.2g}")
    return words


def _version_of(release: ResolvedRelease) -> ModelVersion:
    version, lossy = release.record, release.bundle.manifest.execution.lossy
    if version is None or version.digest is None:
        raise AddressError(
            f"`{release.name}:{release.version}` is a plain MLflow model and no release",
            hint=f"make one of it: headway adopt models:/{release.name}/{release.version} --data FILE",
        )
    if lossy:
        parent = version.tags.get(LOSSY_FROM_TAG, "the version that it was made of")
        raise QuantisationError(
            f"`{version.address}` is a lossy form already ({lossy})",
            hint=f"make another of the exact one: {parent}",
        )
    return version
