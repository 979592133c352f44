"""Holds random pipelines to the gate, and counts what became of them."""

from __future__ import annotations

import dataclasses
import sys
import time

from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from conformance.pipelines import Plan, plans
from conformance.trained import Trained
from headway.core.clock import SystemClock
from headway.errors import LoweringError
from headway.optimize.lowering.form import LoweredForm
from headway.optimize.parity import Effort, Pair, check_parity
from headway.optimize.probe_rows import probe_rows
from headway.optimize.report import ParityReport
from headway.optimize.threadpoolctl import one_thread

EFFORT = Effort(time_budget_s=60, n_single_rows=1, n_small_blocks=1, is_timed=False)
_SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
# Of those that scikit-learn fits, how many may have no lowered form
_MAX_SHARE_NATIVE = 0.2
# The suite compares each other kind of rows on every fifth pipeline, the nightly run on all
_N_TURNS = 5
_PROGRESS_S = 20.0
# Near the greatest float64 a sum overflows in one order and not in another: served natively
_OVERFLOWING = frozenset({"greatest"})
IS_NIGHTLY = settings.get_current_profile_name() == "nightly"
# None in the nightly run, which takes what it takes
TIMEOUT_S = 0 if IS_NIGHTLY else 240


@dataclasses.dataclass
class Tally:
    """What became of the pipelines so far."""

    name: str
    n_passed: int = 0
    n_not_fitted: int = 0
    native: list[str] = dataclasses.field(default_factory=list)
    _told_s: float = dataclasses.field(default_factory=time.monotonic)

    def check(self, plan: Plan) -> None:
        """Fit, lower, and compare on every row that the gate has."""
        try:
            model = plan.fitted()
        except (ValueError, TypeError, ArithmeticError):
            self.n_not_fitted += 1
            reject()
        try:
            form = model.lower()
        except LoweringError as error:
            self.native.append(str(error))
            return
        report = self._compared(model, form)
        if report.failure is not None and report.failure.kind in _OVERFLOWING:
            self.native.append(report.reason)
            return
        # in the message itself: what Hypothesis prints of a plan leaves out its later rows
        assert report.passed, f"{report.reason}\nseed {plan.seed}: {plan!r}"
        self.n_passed += 1

    def _compared(self, model: Trained, form: LoweredForm) -> ParityReport:
        """Run the gate: on the real rows, those on thresholds, and the kinds whose turn it is."""
        probes = probe_rows(model.contract, form, model.rows)
        taken = [
            probe
            for i, probe in enumerate(probes)
            if i == 0 or probe.is_on_thresholds or IS_NIGHTLY or (i + self.n_passed) % _N_TURNS == 0
        ]
        return check_parity(
            Pair(model.native, model.runtime(form), model.contract.output),
            taken,
            clock=SystemClock(),
            effort=EFFORT,
            tolerance=form.tolerance,
        )

    def tell(self) -> None:
        """Say now and then how far it is."""
        if time.monotonic() - self._told_s > _PROGRESS_S:
            self._told_s = time.monotonic()
            print(self, file=sys.stderr, flush=True)  # noqa: T201 - this is for people who wait

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.n_passed} passed, {len(self.native)} without a lowered form, "
            f"{self.n_not_fitted} not fitted"
        )

    def assert_few_native(self) -> None:
        """Check that nearly every pipeline was compared."""
        n_fitted = self.n_passed + len(self.native)
        assert len(self.native) <= _MAX_SHARE_NATIVE * n_fitted, "\n".join(sorted(set(self.native)))


def check_pipelines(*tasks: str, n_examples: int) -> None:
    """Check random pipelines for some tasks: always the same ones, or fresh ones in the nightly run."""
    tally = Tally(" and ".join(tasks))
    chosen = settings(
        max_examples=settings().max_examples if IS_NIGHTLY else n_examples,
        derandomize=not IS_NIGHTLY,
        database=None,
        deadline=None,
        suppress_health_check=_SLOW,
        phases=tuple(Phase) if IS_NIGHTLY else (Phase.generate,),
    )

    @chosen
    @given(st.sampled_from(tasks).flatmap(plans))
    def check(plan: Plan) -> None:
        tally.check(plan)
        if IS_NIGHTLY:
            tally.tell()

    with one_thread():
        check()
    if IS_NIGHTLY:
        print(tally, file=sys.stderr)  # noqa: T201 - this is for people who wait
    else:
        assert tally.n_passed + len(tally.native) == n_examples, str(tally)
    tally.assert_few_native()
