"""Models that plain MLflow put into the registry: served as they are, and adopted."""

from __future__ import annotations

import functools
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import lightgbm
import mlflow.lightgbm
import mlflow.onnx
import mlflow.pytorch
import mlflow.xgboost
import numpy as np
import pandas as pd
import pytest
import xgboost
from onnx import helper

from headway.contract.columns import ColumnChecker
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import AliasNotFoundError, ModelFileError, TrustRefusedError
from headway.optimize.candidates import find_form
from headway.releases.adopt import AdoptRequest
from headway.releases.replay import replay_golden
from headway.runtimes.loader import load_runtime
from nets import mlp
from onnx_files import adding_proto, model, tensor
from registries import embedded_registry
from workshop import Workshop, credit_frame, credit_model

FRAME, LABELS = credit_frame()
LOG_PLAIN = """
import sys, warnings
warnings.simplefilter("ignore")
import mlflow, mlflow.sklearn
from mlflow.models import infer_signature
from workshop import credit_frame, credit_model
uri, artifacts = sys.argv[1:]
mlflow.set_tracking_uri(uri)
mlflow.set_experiment(experiment_id=mlflow.create_experiment("by hand", artifact_location=artifacts))
frame, _ = credit_frame()
with mlflow.start_run():
    mlflow.sklearn.log_model(
        credit_model(), name="model", registered_model_name="plain", pip_requirements=[],
        serialization_format="cloudpickle", signature=infer_signature(frame),
    )
"""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A registry that holds `plain:1`, logged by a program that knows MLflow only."""
    home = tmp_path_factory.mktemp("home")
    registry = embedded_registry(home)
    done = subprocess.run(
        [sys.executable, "-c", LOG_PLAIN, registry.uri, str(home / "by hand")],
        env={"PYTHONPATH": f"{Path(__file__).parents[2] / 'src'}:{Path(__file__).parents[1]}"},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    find = functools.partial(find_form, clock=SystemClock(), time_budget_s=60.0)
    return Workshop(home, registry, find)


def test_it_is_served_with_the_contract_of_its_signature(workshop: Workshop) -> None:
    found = workshop.resolver.resolve("models:/plain/1")
    assert found.bundle.contract.names == tuple(FRAME.columns)
    assert found.bundle.manifest.execution.form == "native"
    assert {"golden", "profile"} <= set(found.bundle.manifest.absent)
    columns = {name: FRAME[name].tolist() for name in FRAME}
    batch = ColumnChecker(found.bundle.contract).check_columns(columns)
    given = load_runtime(found.bundle, trust_code=found.is_trusted).predict(
        batch, Method.PREDICT_PROBA
    )
    np.testing.assert_allclose(given.probabilities, credit_model().predict_proba(FRAME), rtol=1e-12)


def test_it_has_no_champion_and_says_what_to_write(workshop: Workshop) -> None:
    with pytest.raises(AliasNotFoundError) as caught:
        workshop.resolver.resolve("plain")
    assert "`plain:1`" in str(caught.value.hint)


def test_another_registry_has_to_be_trusted(workshop: Workshop) -> None:
    careful = Workshop(workshop.home / "careful", workshop.registry, is_trusted=False)
    with pytest.raises(TrustRefusedError):
        careful.resolver.resolve("plain:1")
    with pytest.raises(TrustRefusedError):
        careful.adopter.adopt(AdoptRequest(source="plain:1", data=FRAME))


def test_it_becomes_a_lowered_release_without_training(workshop: Workshop) -> None:
    sample = FRAME.head(200).assign(label=LABELS[:200])
    release = workshop.adopter.adopt(AdoptRequest(source="plain:1", data=sample, y=LABELS[:200]))
    assert (release.address, release.form, release.aliases) == ("plain:2", "lowered", ("champion",))
    found = workshop.resolver.resolve("plain:2")
    assert found.bundle.digest == release.digest
    golden = found.bundle.golden_rows()
    assert golden is not None
    replay_golden(load_runtime(found.bundle, trust_code=False), golden)
    assert found.record is not None
    assert found.record.tags["headway.adopted_from"] == "plain:1"
    first, second = reversed(workshop.registry.versions("plain"))
    assert first.digest is None
    assert second.digest == release.digest
    assert second.tags["headway.adopted_run"] == first.run_id


def test_a_run_is_adopted_under_a_name(workshop: Workshop) -> None:
    run_id = workshop.registry.versions("plain")[-1].run_id
    request = AdoptRequest(source=f"runs:/{run_id}/model", data=FRAME, name="from-run")
    assert workshop.adopter.adopt(request).address == "from-run:1"
    assert workshop.resolver.resolve("from-run").version == "1"


def save_plain(kind: str, folder: Path) -> Any:
    """Save a net or a booster as plain MLflow does by default, and return rows like its own."""
    rows = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    frame, labels = pd.DataFrame(rows.astype(float), columns=list("abcd")), rows[:, 0] > 0
    options: dict[str, Any] = {"pip_requirements": []}
    if kind == "torch":
        mlflow.pytorch.save_model(mlp(), folder, serialization_format="pickle", **options)
    elif kind in {"onnx", "onnx in one piece"}:
        weights = {"w": np.ones((4, 300), np.float32)}
        node, given = helper.make_node("MatMul", ["x", "w"], ["y"]), [tensor("x", ["n", 4])]
        proto = model([node], given, [tensor("y", ["n", 300])], weights)
        mlflow.onnx.save_model(proto, folder, save_as_external_data=kind == "onnx", **options)
    elif kind == "xgboost":
        booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(frame, labels), 3)
        mlflow.xgboost.save_model(booster, folder, **options)
    else:
        data = lightgbm.Dataset(frame, labels)
        mlflow.lightgbm.save_model(
            lightgbm.train({"objective": "binary", "verbose": -1}, data, 3), folder, **options
        )
    return frame if kind in {"xgboost", "lightgbm"} else rows


@pytest.mark.parametrize("kind", ["torch", "onnx", "onnx in one piece", "xgboost", "lightgbm"])
def test_a_model_of_another_library_becomes_a_lowered_release(
    workshop: Workshop, kind: str, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # MLflow's advice about its formats
        rows = save_plain(kind, tmp_path / "plain")
    name = kind.replace(" ", "-")
    request = AdoptRequest(source=str(tmp_path / "plain"), data=rows, name=name)
    assert workshop.adopter.adopt(request).form == "lowered"
    bundle = workshop.resolver.resolve(name).bundle
    golden = bundle.golden_rows()
    assert golden is not None
    replay_golden(load_runtime(bundle, trust_code=False), golden)


def test_a_file_whose_rows_cannot_be_several_is_not_adopted(
    workshop: Workshop, tmp_path: Path
) -> None:
    fixed = adding_proto(4, inputs=[tensor("x", [1, 4])])
    mlflow.onnx.save_model(fixed, tmp_path / "plain", pip_requirements=[])
    request = AdoptRequest(source=str(tmp_path / "plain"), data=np.ones((3, 4)), name="fixed")
    with pytest.raises(ModelFileError, match="it counts rows"):
        workshop.adopter.adopt(request)
