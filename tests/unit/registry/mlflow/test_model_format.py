from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.pyfunc import PythonModel
from mlflow.utils.model_utils import _get_flavor_configuration
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline

from headway.contract.infer import infer_contract
from headway.contract.model import Contract, Output
from headway.core.dtypes import Task
from headway.errors import BundleCorruptError, MissingModuleError, RegistryError, RuntimeLoadError
from headway.registry.mlflow.model_format import MlflowFormat
from headway.registry.port import PlainColumn, SaveOptions

OPTIONS = SaveOptions(requirements=("numpy==2.4.6", "scikit-learn==1.9.1"), keep_example=True)
FRAME = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "b": [1, 2, 1, 2]})
LABELS = ["n", "n", "y", "y"]


def contract_of(data: Any) -> Contract:
    return infer_contract(data, Output(Task.OTHER)).contract


class Doubler:
    """A model of the user's own."""

    def predict(self, frame: pd.DataFrame) -> Any:
        return frame["a"] * 2


class Locked(Doubler):
    def __init__(self) -> None:
        self.lock = threading.Lock()


class Contextual(PythonModel):  # type: ignore[misc]
    _skip_type_hint_validation = True

    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        return model_input["a"] + 1


Contextual.__module__ = Doubler.__module__ = Locked.__module__ = "__main__"  # pickled by value


@pytest.fixture
def model_format() -> MlflowFormat:
    return MlflowFormat()


def test_an_estimator_is_a_pickle_and_a_description(
    model_format: MlflowFormat, tmp_path: Path
) -> None:
    model = make_pipeline(LogisticRegression()).fit(FRAME, LABELS)
    folder = tmp_path / "model"
    written = model_format.save(model, folder, contract_of(FRAME), FRAME.head(2), OPTIONS)
    assert (written.flavor, written.native_path, written.is_array) == (
        "sklearn",
        "model.pkl",
        False,
    )
    assert written.columns == [
        PlainColumn("a", "double", is_required=True),
        PlainColumn("b", "long", is_required=True),
    ]
    pd.testing.assert_frame_equal(written.example, FRAME.head(2))
    again = model_format.load(folder)
    assert again.predict(FRAME).tolist() == model.predict(FRAME).tolist()
    requirements = (folder / "requirements.txt").read_text().splitlines()
    assert {"numpy==2.4.6", "scikit-learn==1.9.1"} <= set(requirements)


def test_a_model_of_an_array(model_format: MlflowFormat, tmp_path: Path) -> None:
    data = FRAME.to_numpy()
    model = LinearRegression().fit(data, [1.0, 2.0, 3.0, 4.0])
    written = model_format.save(model, tmp_path / "m", contract_of(data), data[:2], OPTIONS)
    assert written.is_array
    assert written.columns is not None
    assert [column.type for column in written.columns] == ["float64", "float64"]
    assert isinstance(written.example, np.ndarray)


def test_columns_that_mlflow_cannot_check_go_without_a_signature(
    model_format: MlflowFormat, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"c": pd.Categorical(["u", "v", "u", "v"] * 10), "n": range(40)})
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=3)
    model.fit(frame, ["n", "y", "n", "y"] * 10)
    written = model_format.save(model, tmp_path / "m", contract_of(frame), frame.head(3), OPTIONS)
    assert written.columns is None
    assert model_format.load(tmp_path / "m").predict(frame).tolist() == ["n", "y", "n", "y"] * 10


@pytest.mark.parametrize(
    ("model", "answers"), [(Doubler(), [0.0, 2.0, 4.0, 6.0]), (Contextual(), [1.0, 2.0, 3.0, 4.0])]
)
def test_any_object_that_predicts(
    model_format: MlflowFormat, tmp_path: Path, model: Any, answers: list[float]
) -> None:
    folder = tmp_path / "m"
    written = model_format.save(model, folder, contract_of(FRAME), FRAME.head(2), OPTIONS)
    assert (written.flavor, written.native_path) == ("pyfunc", ".")
    assert list(model_format.load(folder).predict(FRAME)) == answers


def test_rows_are_left_out_where_none_may_be_kept(
    model_format: MlflowFormat, tmp_path: Path
) -> None:
    model = LogisticRegression().fit(FRAME, LABELS)
    options = SaveOptions(requirements=(), keep_example=False)
    written = model_format.save(model, tmp_path / "m", contract_of(FRAME), FRAME.head(2), options)
    assert written.example is None
    assert written.columns is not None
    assert not list((tmp_path / "m").glob("*example*"))


def test_nothing_is_printed_and_nothing_warned(
    model_format: MlflowFormat, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = LogisticRegression().fit(FRAME, LABELS)
    model_format.save(model, tmp_path / "a", contract_of(FRAME), FRAME.head(2), OPTIONS)
    model_format.save(Doubler(), tmp_path / "b", contract_of(FRAME), FRAME.head(2), OPTIONS)
    model_format.load(tmp_path / "a")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("model", [Locked(), LogisticRegression(C=threading.Lock())])
def test_a_model_that_cannot_be_pickled_says_why(
    model_format: MlflowFormat, tmp_path: Path, model: Any
) -> None:
    with pytest.raises(RegistryError, match=r"cannot be saved: TypeError: .*lock") as caught:
        model_format.save(model, tmp_path / "m", contract_of(FRAME), FRAME.head(2), OPTIONS)
    assert "cloudpickle" in str(caught.value.hint)


def test_a_model_that_mlflow_loaded_is_not_wrapped_again(
    model_format: MlflowFormat, tmp_path: Path
) -> None:
    model_format.save(Doubler(), tmp_path / "a", contract_of(FRAME), FRAME.head(2), OPTIONS)
    loaded = model_format.load(tmp_path / "a")
    with pytest.raises(RegistryError, match="adopt it"):
        model_format.save(loaded, tmp_path / "b", contract_of(FRAME), FRAME.head(2), OPTIONS)


@pytest.mark.parametrize("model", [LogisticRegression().fit(FRAME, LABELS), Doubler()])
def test_modules_are_shipped_where_mlflow_looks_for_them(
    model_format: MlflowFormat, tmp_path: Path, model: Any
) -> None:
    saved = model_format.save(model, tmp_path / "m", contract_of(FRAME), FRAME.head(2), OPTIONS)
    assert saved.code_path is None
    files = {"steps/__init__.py": b"VALUE = 7\n", "steps/words.txt": b"a b"}
    shipped = model_format.ship(tmp_path / "m", files)
    assert shipped.code_path == "headway/code"
    assert (shipped.flavor, shipped.native_path) == (saved.flavor, saved.native_path)
    assert shipped.columns == saved.columns
    pd.testing.assert_frame_equal(shipped.example, saved.example)
    code = Path(_get_flavor_configuration(str(tmp_path / "m"), "python_function")["code"])
    assert (tmp_path / "m" / code / "steps" / "words.txt").read_bytes() == b"a b"
    assert len(list((tmp_path / "m").rglob("words.txt"))) == 1


def test_nothing_is_shipped_into_what_is_no_model(
    model_format: MlflowFormat, tmp_path: Path
) -> None:
    with pytest.raises(BundleCorruptError):
        model_format.ship(tmp_path, {"steps.py": b""})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/etc", "../above", "code/../..", "."])
def test_code_outside_of_the_folder_is_refused(
    model_format: MlflowFormat, tmp_path: Path, path: str
) -> None:
    (tmp_path / "MLmodel").write_text(f"flavors:\n  python_function:\n    code: {path}\n")
    with pytest.raises(BundleCorruptError, match="outside"):
        model_format.describe(tmp_path)


def test_a_module_that_is_missing_is_named(model_format: MlflowFormat, tmp_path: Path) -> None:
    model = LogisticRegression().fit(FRAME, LABELS)
    model_format.save(model, tmp_path / "m", contract_of(FRAME), FRAME.head(2), OPTIONS)
    (tmp_path / "m" / "model.pkl").write_bytes(b"cmy_steps\nStep\n.")
    with pytest.raises(MissingModuleError, match="`my_steps`"):
        model_format.load(tmp_path / "m")


@pytest.mark.parametrize("text", [None, "", "flavors: [", "- 1", "just text"])
def test_a_folder_without_a_readable_description(
    model_format: MlflowFormat, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "MLmodel").write_text(text)
    with pytest.raises(BundleCorruptError, match="is not a model folder of MLflow"):
        model_format.describe(tmp_path)


def test_a_damaged_pickle_does_not_load(model_format: MlflowFormat, tmp_path: Path) -> None:
    model = LogisticRegression().fit(FRAME, LABELS)
    model_format.save(model, tmp_path / "m", contract_of(FRAME), FRAME.head(2), OPTIONS)
    (tmp_path / "m" / "model.pkl").write_bytes(b"no pickle")
    with pytest.raises(RuntimeLoadError, match="does not load here"):
        model_format.load(tmp_path / "m")
