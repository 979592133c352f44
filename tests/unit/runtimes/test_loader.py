from __future__ import annotations

import dataclasses
import pickle
import sys

import msgspec
import pytest
from sklearn.linear_model import LinearRegression

from crafted import write_crafted_bundle
from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method, Task
from headway.errors import (
    MissingExtraError,
    MissingModuleError,
    RuntimeLoadError,
    TrustRefusedError,
)
from headway.runtimes.encoder import Encoder, EncoderColumn
from headway.runtimes.loader import load_runtime
from headway.runtimes.texts import TextColumns

CONTRACT = Contract(
    (Feature("a", DType.FLOAT, nullable=False, storage="float64"),),
    Output(Task.REGRESSION),
    layout="array",
)
MODEL = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])


class Crafted:
    """A bundle some files of which are others."""

    def __init__(self, bundle, files):
        self.manifest, self.contract, self.modules = bundle.manifest, bundle.contract, ()
        self.read_bytes = files.__getitem__


def native_bundle(path, flavor="sklearn", pickled=None, code=None):
    path.mkdir()
    (path / "model.pkl").write_bytes(pickle.dumps(MODEL) if pickled is None else pickled)
    files = {f"{layout.CODE}/{name}": text.encode() for name, text in (code or {}).items()}
    description = BundleDescription(
        name="line",
        label="",
        created_at="2026-01-01T00:00:00+00:00",
        execution=Execution(
            "native", flavor, "model.pkl", "asked for", layout.CODE if code else ""
        ),
        libraries={},
        absent={},
    )
    files[layout.CONTRACT] = msgspec.json.encode(CONTRACT)
    return write_bundle(path, files, description)


# an instance of `Model` of the module `own_model`
OWN = b"cown_model\nModel\n)\x81."


def own_bundle(path, factor):
    """A release of a model in a module of its own, which imports a second one when it answers."""
    source = "class Model:\n    def predict(self, X):\n        from own_rates import RATE\n        return X[:, 0] * RATE\n"
    files = {"own_model.py": source, "own_rates.py": f"RATE = {factor}\n"}
    return native_bundle(path, pickled=OWN, code=files)


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


def test_two_releases_that_ship_modules_of_one_name_run_their_own(tmp_path):
    bundles = [own_bundle(tmp_path / str(factor), factor) for factor in (2, 3)]
    runtimes = [load_runtime(bundle, trust_code=True) for bundle in bundles]
    batch = FeatureBatch.from_rows(("a",), [(10.0,)])
    for _ in range(2):
        answers = [runtime.predict(batch, Method.PREDICT).values[0] for runtime in runtimes]
        assert answers == [20.0, 30.0]
    assert not {"own_model", "own_rates"} & set(sys.modules)
    assert not list(tmp_path.rglob("__pycache__"))


def test_the_modules_of_a_release_are_named_where_they_are_not_trusted(tmp_path):
    with pytest.raises(
        TrustRefusedError, match="its own modules `own_model`, `own_rates`"
    ) as caught:
        load_runtime(own_bundle(tmp_path / "b", 2), trust_code=False)
    assert "--trust" in str(caught.value.hint)
    assert "own_model" not in sys.modules


def test_a_lowered_release_needs_no_trust_for_modules_that_it_does_not_run(tmp_path):
    bundle = write_crafted_bundle(tmp_path / "b", code={"own_model.py": b"raise SystemExit('ran')"})
    assert bundle.modules == ("own_model",)
    assert load_runtime(bundle, trust_code=False).form == "lowered"


@pytest.mark.parametrize(
    ("pickled", "module"), [(OWN, "own_model"), (b"cown_model.part\nModel\n.", "own_model")]
)
def test_a_module_that_is_missing_is_named(tmp_path, pickled, module):
    with pytest.raises(MissingModuleError, match=f"`{module}") as caught:
        load_runtime(native_bundle(tmp_path / "b", pickled=pickled), trust_code=True)
    assert "--code" in str(caught.value.hint)


def test_a_part_of_a_module_that_is_missing_is_named(tmp_path):
    code = {"own_model/__init__.py": ""}
    bundle = native_bundle(tmp_path / "b", pickled=b"cown_model.part\nModel\n.", code=code)
    with pytest.raises(MissingModuleError, match=r"`own_model\.part`"):
        load_runtime(bundle, trust_code=True)


@pytest.mark.parametrize(("pattern", "is_taken"), [(r"(?u)\b\w\w+\b", True), ("(a+)+b", False)])
def test_words_of_a_pattern_that_may_take_any_time_need_trust(tmp_path, pattern, is_taken):
    text = TextColumns("texts_0", ("good",), pattern)
    encoder = Encoder([EncoderColumn("a", vocabulary=(), texts=(text,))])
    bundle = native_bundle(tmp_path / "texts")
    execution = msgspec.structs.replace(bundle.manifest.execution, form="lowered")
    manifest = msgspec.structs.replace(bundle.manifest, execution=execution)
    files = {layout.ENCODER: encoder.to_json(), layout.GRAPH: b"no graph"}
    crafted = Crafted(dataclasses.replace(bundle, manifest=manifest), files)
    # the graph itself comes after it
    with pytest.raises(RuntimeLoadError if is_taken else TrustRefusedError):
        load_runtime(crafted, trust_code=False)
    with pytest.raises(RuntimeLoadError):
        load_runtime(crafted, trust_code=True)
