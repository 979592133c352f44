"""From a fitted model to a release in a real registry, lowered and proven."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from mlflow import MlflowClient
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from headway.bundle import layout
from headway.contract.columns import ColumnChecker
from headway.core.clock import SystemClock
from headway.core.dtypes import Method
from headway.errors import MethodNotSupportedError, RegistryError
from headway.optimize.candidates import find_form
from headway.releases.evaluation import EvaluationRows
from headway.releases.release import RegisterRequest
from headway.releases.replay import replay_golden
from headway.runtimes.loader import load_native_runtime, load_runtime
from registries import embedded_registry
from workshop import Workshop, credit_frame, credit_model

if TYPE_CHECKING:
    from headway.releases.release import Release

FRAME, LABELS = credit_frame()
REQUEST = RegisterRequest(
    name="credit",
    model=credit_model(300),
    X=FRAME,
    y=LABELS,
    label="v1.0",
    alias="challenger",
    params={"C": 1.0},
    tags={"team": "risk"},
    holdout_ratio=0.25,
)


class Odd(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator that no lowering knows."""

    def fit(self, X, y):  # type: ignore[no-untyped-def] # noqa: N803
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        return self

    def predict(self, X):  # type: ignore[no-untyped-def] # noqa: N803
        return np.where(X["amount"] % 2 == 0, "bad", "good")


for part in (Odd, Odd.fit, Odd.predict):
    part.__module__ = "__main__"  # pickled by value


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    home = tmp_path_factory.mktemp("home")
    find = functools.partial(find_form, clock=SystemClock(), time_budget_s=60.0)
    return Workshop(home, embedded_registry(home), find)


@pytest.fixture(scope="module")
def release(workshop: Workshop) -> Release:
    return workshop.registrar.register(REQUEST)


def test_it_is_lowered_and_says_why(release: Release) -> None:
    assert (release.address, release.form) == ("credit:1", "lowered")
    assert release.aliases == ("challenger", "champion")
    assert "same answers" in release.reason
    assert release.metrics["roc_auc"] > 0.7


def test_the_lowered_form_needs_no_trust_and_answers_as_the_model(
    workshop: Workshop, release: Release
) -> None:
    bundle = workshop.resolver.resolve("credit@challenger").bundle
    assert bundle.digest == release.digest
    runtime = load_runtime(bundle, trust_code=False)
    golden = bundle.golden_rows()
    assert golden is not None
    replay_golden(runtime, golden)
    replay_golden(load_native_runtime(bundle, trust_code=True), golden)
    columns = {name: FRAME[name].tolist() for name in FRAME}
    batch = ColumnChecker(bundle.contract).check_columns(columns)
    given = runtime.predict(batch, Method.PREDICT_PROBA)
    np.testing.assert_allclose(
        given.probabilities, REQUEST.model.predict_proba(FRAME), rtol=1e-12, atol=1e-12
    )


def test_the_bundle_is_whole(workshop: Workshop, release: Release) -> None:
    bundle = workshop.cache.get(release.digest)
    assert bundle is not None
    assert {
        layout.CONTRACT,
        layout.GOLDEN,
        layout.PARITY,
        layout.CARD,
        layout.GRAPH,
        layout.ENCODER,
        "MLmodel",
        "model.pkl",
        "requirements.txt",
    } <= set(bundle.manifest.files)
    parity = bundle.parity()
    assert parity is not None
    assert parity["passed"] is True
    assert set(bundle.manifest.absent) == {"profile", "lock"}
    assert bundle.manifest.libraries["scikit-learn"]


def test_the_run_tells_where_it_came_from(workshop: Workshop, release: Release) -> None:
    (version,) = workshop.registry.versions("credit")[-1:]
    assert (version.digest, version.form, version.label) == (release.digest, "lowered", "v1.0")
    assert version.metrics == release.metrics
    client = MlflowClient(workshop.registry.uri, workshop.registry.uri)
    assert version.run_id is not None
    run = client.get_run(version.run_id)
    assert run.data.params == {"C": "1.0", "training_rows": "300", "features": "4"}
    assert run.data.metrics == release.metrics
    assert run.data.tags["team"] == "risk"
    assert run.data.tags["headway.model_class"] == "Pipeline(LogisticRegression)"


def test_evaluation_rows_lie_beside_the_bundle(workshop: Workshop, release: Release) -> None:
    (path,) = workshop.home.rglob(f"evaluation/{release.digest}.json")
    rows = msgspec.json.decode(path.read_bytes(), type=EvaluationRows)
    assert rows.n_given_rows == len(rows.rows) == 100
    assert rows.labels == tuple(LABELS[300:])


def test_plain_mlflow_loads_it_where_headway_is_not_installed(
    workshop: Workshop, release: Release, tmp_path: Path
) -> None:
    FRAME.to_parquet(tmp_path / "rows.parquet")
    program = (
        "import json, sys\n"
        "sys.modules['headway'] = None\n"
        "import mlflow, pandas\n"
        "mlflow.set_tracking_uri(sys.argv[1])\n"
        "model = mlflow.pyfunc.load_model('models:/credit/1')\n"
        "print(json.dumps(model.predict(pandas.read_parquet(sys.argv[2])).tolist()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, workshop.registry.uri, str(tmp_path / "rows.parquet")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == REQUEST.model.predict(FRAME).tolist()


def test_a_model_that_cannot_be_lowered_is_native_and_says_why(workshop: Workshop) -> None:
    model = Odd().fit(FRAME, LABELS)
    release = workshop.registrar.register(RegisterRequest(name="odd", model=model, X=FRAME))
    assert release.form == "native"
    assert release.reason.startswith("native, because it has no lowered form")
    bundle = workshop.resolver.resolve("odd").bundle
    golden = bundle.golden_rows()
    assert golden is not None
    replay_golden(load_runtime(bundle, trust_code=True), golden)


def test_a_second_version_stays_behind_the_champion(workshop: Workshop, release: Release) -> None:
    second = workshop.registrar.register(RegisterRequest(name="credit", model=credit_model(), X=FRAME, y=LABELS))  # fmt: skip
    assert second.aliases == ()
    assert workshop.resolver.resolve("credit").bundle.digest == release.digest
    assert workshop.resolver.resolve(second.address).bundle.digest == second.digest


def test_what_fails_on_the_way_leaves_no_version(workshop: Workshop) -> None:
    with pytest.raises(MethodNotSupportedError):
        workshop.registrar.register(RegisterRequest(name="bad", model=object(), X=FRAME))
    model = LogisticRegression().fit(FRAME[["amount"]], LABELS)
    request = RegisterRequest(name="bad", model=model, X=FRAME[["amount"]], params={"a\nb": 1})
    with pytest.raises(RegistryError):
        workshop.registrar.register(request)
    assert "bad" not in [known.name for known in workshop.registry.models()]
    scratch = [path.name for path in workshop.cache.folder.iterdir() if path.name[0] == "."]
    assert scratch == []


def test_nothing_appears_where_it_runs(workshop: Workshop, tmp_path: Path) -> None:
    assert Path.cwd() == tmp_path
    request = RegisterRequest(name="tidy", model=credit_model(), X=FRAME, y=LABELS)
    workshop.registrar.register(request)
    assert list(tmp_path.iterdir()) == []
