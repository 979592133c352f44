from __future__ import annotations

import pickle
import sys
import types
from typing import TYPE_CHECKING, Any

import cloudpickle
import joblib
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from headway.errors import ModelFileError
from headway.releases.model_file import read_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FEATURES = np.arange(6.0).reshape(3, 2)
MODEL = LinearRegression().fit(FEATURES, [1.0, 2.0, 3.0])


@pytest.mark.parametrize("name", ["model.pkl", "model.pickle", "model.joblib", "Model.PKL"])
@pytest.mark.parametrize(
    "dump",
    [
        lambda path: path.write_bytes(pickle.dumps(MODEL)),
        lambda path: path.write_bytes(cloudpickle.dumps(MODEL)),
        lambda path: joblib.dump(MODEL, path),
        lambda path: joblib.dump(MODEL, path, compress=3),
    ],
)
def test_a_model_of_any_pickler_is_read(
    tmp_path: Path, name: str, dump: Callable[[Path], Any]
) -> None:
    dump(tmp_path / name)
    assert read_model(tmp_path / name).predict(FEATURES) == pytest.approx([1.0, 2.0, 3.0])


@pytest.mark.parametrize("name", ["model.h5", "model", "model.bin"])
def test_another_suffix_names_those_that_are_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelFileError, match="is not a model file") as caught:
        read_model(tmp_path / name)
    assert caught.value.hint == "known suffixes: .pkl, .pickle, .joblib, .pt, .pth, .onnx"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="there is no file"):
        read_model(tmp_path / "none.pkl")


@pytest.mark.parametrize(
    "data", [b"", b"no pickle", pickle.dumps(MODEL)[:-20], b"\x80\x05garbage", b"cos\nnothing\n."]
)
def test_a_damaged_pickle_says_so_in_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "model.pkl").write_bytes(data)
    with pytest.raises(ModelFileError, match="is not a pickle that loads here: ") as caught:
        read_model(tmp_path / "model.pkl")
    assert "\n" not in caught.value.message


def test_a_module_that_is_missing_is_named(tmp_path: Path) -> None:
    module = types.ModuleType("my_steps")
    exec("class Step:\n    def predict(self, X): return X\n", module.__dict__)
    sys.modules["my_steps"] = module
    try:
        (tmp_path / "model.pkl").write_bytes(pickle.dumps(module.Step()))
    finally:
        del sys.modules["my_steps"]
    with pytest.raises(ModelFileError, match="needs the module `my_steps`") as caught:
        read_model(tmp_path / "model.pkl")
    assert "--code" in str(caught.value.hint)


@pytest.mark.parametrize("thing", [{"model": MODEL}, StandardScaler(), [MODEL], "model", None])
def test_what_does_not_predict_is_no_model(tmp_path: Path, thing: Any) -> None:
    joblib.dump(thing, tmp_path / "model.joblib")
    with pytest.raises(ModelFileError, match=f"holds a `{type(thing).__name__}`"):
        read_model(tmp_path / "model.joblib")


def test_what_the_script_defined_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"c__main__\nMyOwnStep\n.")
    with pytest.raises(ModelFileError, match=r"the script .* defined: .*MyOwnStep") as caught:
        read_model(tmp_path / "model.pkl")
    assert "cloudpickle" in str(caught.value.hint)
