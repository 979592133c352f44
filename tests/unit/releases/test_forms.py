from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import pytest
from sklearn.base import clone

from headway.bundle import layout
from headway.bundle.manifest import Execution
from headway.core.clock import SystemClock
from headway.errors import ModelNotFoundError
from headway.optimize.candidates import find_form
from headway.optimize.timing import Timing
from headway.releases.forms import SIZES, FormsReporter
from headway.releases.lossy_bundle import LossyFacts, write_lossy_bundle
from headway.releases.register import ignore_progress
from headway.releases.release import RegisterRequest
from headway.runtimes.loader import load_native_runtime, load_runtime
from registries import MemoryRegistry
from workshop import Workshop, credit_frame, credit_model

if TYPE_CHECKING:
    from headway.core.batch import FeatureBatch
    from headway.core.dtypes import Method
    from headway.runtimes.port import Runtime

FRAME, LABELS = credit_frame(120)
REQUEST = RegisterRequest(
    name="credit", model=clone(credit_model()).fit(FRAME, LABELS), X=FRAME, y=LABELS
)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    home = tmp_path_factory.mktemp("home")
    find = functools.partial(find_form, clock=SystemClock(), time_budget_s=60.0)
    workshop = Workshop(home, MemoryRegistry(home / "registry"), find)
    workshop.registrar.register(REQUEST)
    workshop.registrar.register(dataclasses.replace(REQUEST, rows="none"))
    return workshop


def ask(runtime: Runtime, batch: FeatureBatch, method: Method) -> Timing:
    """Answer a batch, which a test has no need to time."""
    assert runtime.predict(batch, method).n_rows == batch.n_rows
    assert batch.is_by_row == (batch.n_rows < 1_000)
    return Timing(runtime.form, batch.n_rows, 1.5)


def reporter(workshop: Workshop) -> FormsReporter:
    return FormsReporter(workshop.resolver, load_runtime, load_native_runtime, ask)


def test_both_forms_are_measured_at_every_size_the_served_one_first(workshop: Workshop) -> None:
    told: list[str] = []
    forms = reporter(workshop).report("credit:1", told.append)
    assert (forms.address, forms.form, forms.batch_form) == ("credit:1", "lowered", "lowered")
    assert [candidate.form for candidate in forms.candidates] == ["lowered", "native"]
    for candidate in forms.candidates:
        assert candidate.cpu_us_per_row == dict.fromkeys(SIZES, 1.5)
        assert candidate.size_bytes > 500
        assert candidate.problem == ""
    assert told[0] == "measuring the lowered form on 1 rows"
    assert len(told) == 2 * len(SIZES)


def test_a_graph_that_is_served_as_it_is_has_no_other_form(workshop: Workshop) -> None:
    bundle = workshop.resolver.resolve("credit:1").bundle
    graph = Execution("lowered", "onnx", layout.GRAPH, "lowered, int8 (lossy)", lossy="int8")
    facts = LossyFacts(
        parent="credit:1",
        label="",
        created_at="",
        execution=graph,
        files={name: bundle.read_bytes(name) for name in (layout.GRAPH, layout.ENCODER)},
        tags={},
        notes=(),
    )
    golden = bundle.golden_rows()
    lossy = write_lossy_bundle(workshop.home / "lossy", bundle, facts, golden)
    forms = reporter(workshop).report(str(lossy.path), ignore_progress)
    assert [candidate.form for candidate in forms.candidates] == ["lowered"]
    assert forms.candidates[0].cpu_us_per_row == dict.fromkeys(SIZES, 1.5)


def test_every_step_and_what_was_compared_come_from_the_bundle(workshop: Workshop) -> None:
    forms = reporter(workshop).report("credit:1", ignore_progress)
    assert forms.steps[0].name == "model"
    assert {step.form for step in forms.steps} == {"lowered"}
    assert forms.parity is not None
    assert forms.parity["passed"] is True


def test_without_rows_nothing_is_measured_and_it_is_said_why(workshop: Workshop) -> None:
    forms = reporter(workshop).report("credit:2", ignore_progress)
    assert [candidate.cpu_us_per_row for candidate in forms.candidates] == [{}, {}]
    assert "keeps no rows" in forms.candidates[0].problem


def test_a_native_form_that_is_not_trusted_is_told_and_the_other_measured(
    workshop: Workshop,
) -> None:
    stranger = dataclasses.replace(workshop, is_trusted=False)
    forms = reporter(stranger).report("credit:1", ignore_progress)
    served, native = forms.candidates
    assert served.cpu_us_per_row
    assert native.cpu_us_per_row == {}
    assert "not trusted" in native.problem


def test_a_model_that_is_not_there_is_an_error(workshop: Workshop) -> None:
    with pytest.raises(ModelNotFoundError):
        reporter(workshop).report("other", ignore_progress)
