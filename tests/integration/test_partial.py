"""A release whose first step is the user's own, and whose other steps are lowered."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from conformance.frames import credit, credit_target
from conformance.partly import features_then_columns
from headway.bundle import layout
from headway.contract.columns import ColumnChecker
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import TrustRefusedError
from headway.optimize.candidates import find_form
from headway.releases.release import RegisterRequest, Release
from headway.releases.replay import replay_golden
from headway.runtimes.loader import load_native_runtime, load_runtime
from registries import embedded_registry
from workshop import Workshop

if TYPE_CHECKING:
    from headway.bundle.bundle import Bundle

FRAME = credit(200)
MODEL = features_then_columns().fit(FRAME, credit_target(FRAME))


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    home = tmp_path_factory.mktemp("home")
    find = functools.partial(find_form, clock=SystemClock(), time_budget_s=60.0)
    return Workshop(home, embedded_registry(home), find)


@pytest.fixture(scope="module")
def release(workshop: Workshop) -> Release:
    return workshop.registrar.register(
        RegisterRequest(name="credit", model=MODEL, X=FRAME, y=credit_target(FRAME))
    )


@pytest.fixture(scope="module")
def bundle(workshop: Workshop, release: Release) -> Bundle:
    return workshop.resolver.resolve("credit").bundle


def test_it_says_which_step_runs_natively_and_why(release: Release) -> None:
    assert release.form == "partial"
    assert release.reason.startswith("partly lowered, after `own` (FunctionTransformer), because")


def test_the_bundle_holds_both_and_the_record_names_the_form(
    workshop: Workshop, bundle: Bundle
) -> None:
    assert {layout.GRAPH, layout.ENCODER, layout.HEAD, "model.pkl"} <= set(bundle.manifest.files)
    assert bundle.manifest.execution.n_native_steps == 1
    assert workshop.registry.versions("credit")[-1].form == "partial"


def test_its_code_runs_only_where_it_is_trusted(bundle: Bundle) -> None:
    with pytest.raises(TrustRefusedError, match="runs partly natively, which runs code"):
        load_runtime(bundle, trust_code=False)


def test_it_answers_its_golden_rows_and_whatever_the_native_model_does(bundle: Bundle) -> None:
    runtime, native = (
        load_runtime(bundle, trust_code=True),
        load_native_runtime(bundle, trust_code=True),
    )
    assert (runtime.form, native.form) == ("partial", "native")
    golden = bundle.golden_rows()
    assert golden is not None
    replay_golden(runtime, golden)
    asked = credit(40, seed=3)
    columns = {name: asked[name].where(asked[name].notna(), None).tolist() for name in asked}
    batch = ColumnChecker(bundle.contract).check_columns(columns)
    answered, expected = (one.predict(batch, Method.PREDICT_PROBA) for one in (runtime, native))
    assert answered.values.tolist() == expected.values.tolist()
    np.testing.assert_allclose(answered.probabilities, expected.probabilities, 1e-12, 1e-12)
