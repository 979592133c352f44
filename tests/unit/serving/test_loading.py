from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from crafted import (
    ENCODER,
    ROW,
    crafted_contract,
    crafted_plan,
    crafted_route,
    write_crafted_bundle,
)
from headway.contract.model import Constraints
from headway.contract.output import ServedOutput
from headway.contract.reader import BodyReader
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import (
    BundleCorruptError,
    ContractError,
    HeadwayError,
    RuntimeLoadError,
    TrustRefusedError,
)
from headway.releases.replay import replay_golden
from headway.runtimes.loader import load_runtime
from headway.runtimes.onnx import OnnxRuntime
from headway.runtimes.validator import load_validator
from headway.serving.loading import ReleaseLoader
from headway.serving.plan import ServedModel, ServingPlan

if TYPE_CHECKING:
    from pathlib import Path

    from headway.serving.executor import Executor

LOADER = ReleaseLoader(load_runtime, load_validator, BodyReader, replay_golden, SystemClock())


def load(plan: ServingPlan, loader: ReleaseLoader = LOADER) -> list[Executor]:
    """Load every version of a plan."""
    return [loader.load(model, route) for model in plan.models for route in model.routes]


def test_a_plan_is_loaded_in_its_order(tmp_path: Path) -> None:
    bundle = write_crafted_bundle(tmp_path / "one")
    names = [("b", "3"), ("a", "4")]
    models = [ServedModel(name, (crafted_route(bundle, version),)) for name, version in names]
    plan = ServingPlan(1, tuple(models))
    executors = load(plan)
    assert [(e.release.name, e.release.version) for e in executors] == names
    assert {e.release.variant for e in executors} == {"champion"}
    release = executors[0].release
    assert (release.form, release.reason) == ("lowered", "parity holds")
    assert release.digest == bundle.digest


def test_a_cheap_model_is_measured_as_one(tmp_path: Path) -> None:
    (executor,) = load(crafted_plan(tmp_path))
    assert executor.inline_max_bytes > 0


def test_another_release_than_the_plan_names_is_refused(tmp_path: Path) -> None:
    bundle = write_crafted_bundle(tmp_path / "one")
    route = msgspec.structs.replace(crafted_route(bundle), digest="0" * 64)
    plan = ServingPlan(1, (ServedModel("credit", (route,)),))
    with pytest.raises(BundleCorruptError, match=rf"`credit:3`: .*{bundle.digest[:12]}"):
        load(plan)


def test_a_model_that_answers_otherwise_than_it_was_trained_is_refused(tmp_path: Path) -> None:
    class Other(OnnxRuntime):
        def predict(self, batch: Any, method: Method) -> Any:
            answer = super().predict(batch, method)
            return dataclasses.replace(answer, values=np.full(answer.n_rows, "bad"))

    def load_other(bundle: Any, *, trust_code: bool) -> OnnxRuntime:
        return Other(
            bundle.read_bytes("headway/compiled/graph.onnx"), ENCODER, bundle.contract.output
        )

    loader = dataclasses.replace(LOADER, load_runtime=load_other)
    with pytest.raises(RuntimeLoadError, match=r"`credit:3`: .*golden rows"):
        load(crafted_plan(tmp_path), loader)


def test_what_the_plan_declares_tightens_the_contract(tmp_path: Path) -> None:
    bundle = write_crafted_bundle(tmp_path / "one")
    model = ServedModel("credit", (crafted_route(bundle),), constraints={"age": Constraints(ge=21)})
    (executor,) = load(ServingPlan(1, (model,)))
    assert executor.release.contract.feature("age").constraints.ge == 21
    assert executor.release.contract.feature("age").constraints.le == 120


@pytest.mark.parametrize("constraints", [{"agee": Constraints(ge=1)}, {"age": Constraints(ge=1)}])
def test_what_would_loosen_it_or_is_unknown_is_refused(
    tmp_path: Path, constraints: dict[str, Constraints]
) -> None:
    bundle = write_crafted_bundle(tmp_path / "one")
    model = ServedModel("credit", (crafted_route(bundle),), constraints=constraints)
    with pytest.raises(ContractError, match="`credit:3`"):
        load(ServingPlan(1, (model,)))


def test_the_error_keeps_its_class_and_its_hint(tmp_path: Path) -> None:
    bundle = write_crafted_bundle(tmp_path / "one")

    def refuse(_bundle: Any, *, trust_code: bool) -> Any:
        raise TrustRefusedError("no", hint="give `--trust`")

    loader = dataclasses.replace(LOADER, load_runtime=refuse)
    with pytest.raises(HeadwayError) as caught:
        load(ServingPlan(1, (ServedModel("credit", (crafted_route(bundle),)),)), loader)
    assert isinstance(caught.value, TrustRefusedError)
    assert str(caught.value) == caught.value.message == "`credit:3`: no"
    assert caught.value.hint == "give `--trust`"


def test_the_contract_of_the_bundle_is_served_where_nothing_is_declared(tmp_path: Path) -> None:
    (executor,) = load(crafted_plan(tmp_path))
    assert executor.release.contract == crafted_contract()


def test_the_threshold_of_the_plan_decides_and_is_told(tmp_path: Path) -> None:
    bundle = write_crafted_bundle(tmp_path / "one")
    body = msgspec.json.encode(ROW)
    labels = set()
    for threshold in (1e-9, 1.0):
        changes = ServedOutput(threshold=threshold, positive="good")
        model = ServedModel("credit", (crafted_route(bundle),), output=changes)
        (executor,) = load(ServingPlan(1, (model,)))
        release = executor.release
        assert release.contract.output.rules.threshold == threshold
        assert release.changes == (f"threshold {threshold:g} instead of the model's own label",)
        labels.add(release.predict(body, Method.PREDICT, "").prediction)
    assert labels == {"bad", "good"}


def test_a_plan_without_changes_serves_the_runtime_as_it_is(tmp_path: Path) -> None:
    (executor,) = load(crafted_plan(tmp_path))
    assert isinstance(executor.release.runtime, OnnxRuntime)
    assert executor.release.changes == ()


def test_limits_of_labels_are_refused(tmp_path: Path) -> None:
    bundle = write_crafted_bundle(tmp_path / "one")
    model = ServedModel("credit", (crafted_route(bundle),), output=ServedOutput(ge=0))
    with pytest.raises(ContractError, match=r"`credit:3`: .*classification"):
        load(ServingPlan(1, (model,)))
