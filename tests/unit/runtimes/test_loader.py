from __future__ import annotations

import pickle
import sys

import msgspec
import pytest
from sklearn.linear_model import LinearRegression

from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method, Task
from headway.errors import MissingExtraError, RuntimeLoadError, TrustRefusedError
from headway.runtimes.loader import load_runtime

CONTRACT = Contract(
    (Feature("a", DType.FLOAT, nullable=False, storage="float64"),),
    Output(Task.REGRESSION),
    layout="array",
)
MODEL = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])


def native_bundle(path, flavor="sklearn"):
    path.mkdir()
    (path / "model.pkl").write_bytes(pickle.dumps(MODEL))
    description = BundleDescription(
        name="line",
        label="",
        created_at="2026-01-01T00:00:00+00:00",
        execution=Execution("native", flavor, "model.pkl", "asked for"),
        libraries={},
        absent={},
    )
    return write_bundle(path, {layout.CONTRACT: msgspec.json.encode(CONTRACT)}, description)


def test_a_native_release_runs_where_its_code_is_trusted(tmp_path):
    runtime = load_runtime(native_bundle(tmp_path / "b"), trust_code=True)
    batch = FeatureBatch.from_rows(("a",), [(2.0,)])
    assert (runtime.form, runtime.flavor) == ("native", "sklearn")
    assert runtime.predict(batch, Method.PREDICT).values.tolist() == pytest.approx([5.0])


def test_a_native_release_is_refused_where_its_code_is_not_trusted(tmp_path):
    with pytest.raises(TrustRefusedError, match="line") as caught:
        load_runtime(native_bundle(tmp_path / "b"), trust_code=False)
    assert "trust_code = true" in str(caught.value.hint)


def test_an_unknown_flavor_is_refused(tmp_path):
    with pytest.raises(RuntimeLoadError, match="fortran"):
        load_runtime(native_bundle(tmp_path / "b", flavor="fortran"), trust_code=True)


def test_a_missing_library_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "headway.runtimes.sklearn", raising=False)
    monkeypatch.setitem(sys.modules, "pandas", None)  # what an absent package looks like to import
    monkeypatch.delitem(sys.modules, "headway.runtimes.pandas", raising=False)
    with pytest.raises(MissingExtraError, match="native"):
        load_runtime(native_bundle(tmp_path / "b"), trust_code=True)
