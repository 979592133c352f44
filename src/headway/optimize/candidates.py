"""`find_form`: whether a model is served lowered, and why."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from headway.errors import LoweringError, RuntimeLoadError
from headway.optimize.lowering.lower import lower
from headway.optimize.net_rows import net_probe_rows
from headway.optimize.nets import NetForm, lower_module, net_tolerance
from headway.optimize.parity import Effort, Pair, check_parity
from headway.optimize.probe_rows import probe_rows
from headway.runtimes.onnx import OnnxRuntime
from headway.runtimes.onnx_graph import OnnxGraphRuntime

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.core.clock import Clock
    from headway.optimize.lowering.form import LoweredForm
    from headway.optimize.report import ParityReport
    from headway.runtimes.port import Runtime


@dataclasses.dataclass(frozen=True, slots=True)
class Form:
    """The form that a release is served in.

    Attributes:
        lowered: The lowered form, which passed the gate; `None` for native.
        report: What the gate found; `None` where there was nothing to compare.
        reason: Which form and why, for people.
        runtime: Executes the lowered form; `None` for native.
    """

    lowered: LoweredForm | NetForm | None
    report: ParityReport | None
    reason: str
    runtime: Runtime | None = None


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
    if native.flavor == "torch":
        return _module_form(native, contract, rows, clock, time_budget_s)
    if isinstance(native, OnnxGraphRuntime):
        form = NetForm(None, native.binding)
        return Form(form, None, "lowered: the ONNX file itself, as it was given", native)
    try:
        lowered = lower(model, contract)
        runtime = OnnxRuntime(lowered.graph, lowered.encoder, contract.output)
    except (LoweringError, RuntimeLoadError) as error:
        return Form(None, None, f"native, because it has no lowered form: {error.message}")
    except Exception as error:  # noqa: BLE001 (a model's attributes may raise anything)
        return Form(None, None, f"native, because reading it raised {type(error).__name__}")
    report = check_parity(
        Pair(native, runtime, contract.output),
        probe_rows(contract, lowered, rows),
        clock=clock,
        effort=Effort(time_budget_s=time_budget_s),
    )
    if not report.passed:
        return Form(None, report, f"native, because the parity gate refused it: {report.reason}")
    return Form(lowered, report, f"lowered: {report.reason}", runtime)


def _module_form(
    native: Runtime, contract: Contract, rows: FeatureBatch, clock: Clock, time_budget_s: float
) -> Form:
    """As `find_form`, of a module of PyTorch."""
    try:
        form, runtime = lower_module(native, contract, rows)
    except (LoweringError, RuntimeLoadError) as error:
        return Form(None, None, f"native, because it has no lowered form: {error.message}")
    report = check_parity(
        Pair(native, runtime, contract.output),
        net_probe_rows(contract, rows),
        clock=clock,
        effort=Effort(time_budget_s=time_budget_s),
        tolerance=net_tolerance(form.binding),
    )
    if not report.passed:
        return Form(None, report, f"native, because the parity gate refused it: {report.reason}")
    return Form(form, report, f"lowered: {report.reason}", runtime)
