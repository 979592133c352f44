"""`find_form`: in which form a model is served, and why."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING, Any

import msgspec

from headway.errors import HeadwayError, LoweringError, RuntimeLoadError
from headway.optimize.lowering.lower import lower
from headway.optimize.net_rows import net_probe_rows
from headway.optimize.nets import NetForm, check_alike, lower_module
from headway.optimize.parity import Effort, Pair, check_parity
from headway.optimize.partial import lower_partly
from headway.optimize.probe_rows import probe_rows
from headway.optimize.report import both
from headway.optimize.timing import median_cpu_ratio
from headway.registry.flavor import NETS
from headway.runtimes.onnx import OnnxRuntime
from headway.runtimes.onnx_graph import OnnxGraphRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.bundle.steps import Step
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.core.clock import Clock
    from headway.core.dtypes import Method
    from headway.optimize.lowering.form import LoweredForm
    from headway.optimize.report import ParityReport
    from headway.runtimes.port import Runtime

# As many as a batch job takes at once
_BATCH_ROWS = 1_000
_BEFORE_NATIVE = "a step after it has no lowered form"


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """The form that a release is served in.

    Attributes:
        lowered: What of the model is lowered, which passed the gate; `None` for native.
        report: What the gate found; `None` where there was nothing to compare.
        reason: Which form and why, for people.
        runtime: Executes the form; `None` for native.
        n_native_steps: Of a pipeline, how many of the first steps run natively before `lowered`.
        head_contract: Of what these steps make; `None` where there are none.
        steps: What became of each step of the model.
        is_native_in_batch: Whether the native model takes less time on many rows at once.
    """

    lowered: LoweredForm | NetForm | None
    report: ParityReport | None
    reason: str
    runtime: Runtime | None = None
    n_native_steps: int = 0
    head_contract: Contract | None = None
    steps: tuple[Step, ...] = ()
    is_native_in_batch: bool = False


def find_form(
    model: Any,
    native: Runtime,
    contract: Contract,
    rows: FeatureBatch,
    *,
    clock: Clock,
    time_budget_s: float = 60.0,
) -> Form:
    """Lower a model and hold the result to the native one; native is the answer to any doubt.

    Args:
        model: A fitted model.
        native: Its native runtime.
        contract: Of the release.
        rows: Real rows that the contract accepts, best some that the model was fitted on.
        clock: Measures the budget.
        time_budget_s: Of the parity gate.
    """
    if rows.n_rows == 0:
        return Form(None, None, "native, because there are no rows to compare a lowered form on")
    compare = functools.partial(
        check_parity, clock=clock, effort=Effort(time_budget_s=time_budget_s)
    )
    if native.flavor in NETS:
        return _net_form(native, contract, rows, compare)
    steps: list[Step] = []
    try:
        lowered = lower(model, contract, steps)
        runtime = OnnxRuntime(lowered.graph, lowered.encoder, contract.output)
    except (LoweringError, RuntimeLoadError) as error:
        reason = f"it has no lowered form: {error.message}"
        found = _partly(model, native, contract, rows, compare, reason)
        return dataclasses.replace(found, steps=_as_they_run(steps, found))
    except Exception as error:  # noqa: BLE001 (a model's attributes may raise anything)
        return Form(None, None, f"native, because reading it raised {type(error).__name__}")
    report = compare(
        Pair(native, runtime, contract.output),
        probe_rows(contract, lowered, rows),
        tolerance=lowered.tolerance,
    )
    found = dataclasses.replace(_judged(lowered, runtime, report), steps=tuple(steps))
    is_slower = report.passed and _is_faster(native, runtime, rows, contract.output.methods[0])
    return dataclasses.replace(found, is_native_in_batch=is_slower)


def _net_form(
    native: Runtime,
    contract: Contract,
    rows: FeatureBatch,
    compare: Callable[..., ParityReport],
) -> Form:
    """Return the form of a model that takes tensors."""
    if isinstance(native, OnnxGraphRuntime):
        check_alike(native, contract, rows)
        form = NetForm(None, native.binding)
        return Form(form, None, "lowered: the ONNX file itself, as it was given", native)
    try:
        form, runtime = lower_module(native, contract, rows)
    except (LoweringError, RuntimeLoadError) as error:
        return Form(None, None, f"native, because it has no lowered form: {error.message}")
    pair, probes = Pair(native, runtime, contract.output), net_probe_rows(contract, rows)
    report = compare(pair, probes, tolerance=form.tolerance)
    return _judged(form, runtime, report)


def _judged(lowered: LoweredForm | NetForm, runtime: Runtime, report: ParityReport) -> Form:
    if not report.passed:
        return Form(None, report, _refused(report))
    return Form(lowered, report, f"lowered: {report.reason}", runtime)


def _partly(
    model: Any,
    native: Runtime,
    contract: Contract,
    rows: FeatureBatch,
    compare: Callable[..., ParityReport],
    reason: str,
) -> Form:
    """Return the form of a model that has no lowered form as a whole."""
    try:
        partial = lower_partly(model, contract, rows)
    except Exception:  # noqa: BLE001 (a user's own steps may raise anything)
        return Form(None, None, f"native, because {reason}")
    # over what its own steps make, where rows can lie on every threshold; then from end to end
    tolerance = partial.lowered.tolerance
    report = compare(partial.rest_pair, partial.rest_probes(), tolerance=tolerance)
    if report.passed:
        whole = Pair(native, partial.runtime, contract.output)
        outer = compare(whole, partial.probes(), tolerance=tolerance)
        report = both(outer, report, inner="made by its own steps")
    if not report.passed:
        return Form(None, report, _refused(report))
    steps = ", ".join(partial.native_steps)
    return Form(
        partial.lowered,
        report,
        f"partly lowered, after {steps}, because {reason}: {report.reason}",
        partial.runtime,
        len(partial.native_steps),
        partial.rest_contract,
        partial.steps,
    )


def _as_they_run(tried: Sequence[Step], found: Form) -> tuple[Step, ...]:
    """Return the steps of a model that has no lowered form as a whole."""
    lowered = {step.path for step in found.steps}
    before = [step for step in tried if step.path not in lowered]
    if found.n_native_steps:
        before = [
            msgspec.structs.replace(step, form="native", reason=step.reason or _BEFORE_NATIVE)
            for step in before
        ]
    return (*before, *found.steps)


def _is_faster(native: Runtime, lowered: Runtime, rows: FeatureBatch, method: Method) -> bool:
    """Whether the native model takes less time for many rows; few rows tell nothing."""
    if rows.n_rows < _BATCH_ROWS:
        return False
    batch = rows.take(range(_BATCH_ROWS))
    try:
        return median_cpu_ratio(native, lowered, batch, method) < 1
    except HeadwayError:  # one of these rows is refused, by both
        return False


def _refused(report: ParityReport) -> str:
    return f"native, because the parity gate refused it: {report.reason}"
