from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method, Task
from headway.errors import RuntimeLoadError
from headway.optimize.sklearn import describe_output
from headway.registry.mlflow.model_format import MlflowFormat
from headway.registry.port import SaveOptions
from headway.releases.native import native_runtime
from workshop import credit_frame, credit_model

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = SaveOptions(requirements=(), keep_example=False)


class Ages:
    """A model of the user's own."""

    def predict(self, frame: Any) -> Any:
        return frame["amount"] / 2


Ages.__module__ = "__main__"


def test_a_scikit_learn_model_answers_from_its_folder_as_before(tmp_path: Path) -> None:
    frame, _ = credit_frame()
    model = credit_model()
    contract = infer_contract(frame, describe_output(model)).contract
    folder = tmp_path / "m"
    written = MlflowFormat().save(model, folder, contract, frame.head(2), OPTIONS)
    runtime = native_runtime(folder, written, contract)
    assert (runtime.form, runtime.flavor) == ("native", "sklearn")
    batch = FeatureBatch.from_columns(contract.names, [frame[name].tolist() for name in contract.names])  # fmt: skip
    given = runtime.predict(batch, Method.PREDICT_PROBA)
    assert given.probabilities is not None
    np.testing.assert_array_equal(given.probabilities, model.predict_proba(frame))
    assert given.values.tolist() == model.predict(frame).tolist()


def test_any_other_model_goes_through_mlflow(tmp_path: Path) -> None:
    frame, _ = credit_frame()
    contract = infer_contract(frame, Output(Task.OTHER)).contract
    folder = tmp_path / "m"
    written = MlflowFormat().save(Ages(), folder, contract, frame.head(2), OPTIONS)
    runtime = native_runtime(folder, written, contract)
    assert runtime.flavor == "pyfunc"
    batch = FeatureBatch.from_rows(contract.names, [(None, 10, "car", True), (3.0, 7, "tv", False)])
    assert runtime.predict(batch, Method.PREDICT).values.tolist() == [5.0, 3.5]


def test_a_damaged_model_does_not_load(tmp_path: Path) -> None:
    frame, _ = credit_frame()
    contract = infer_contract(frame, Output(Task.OTHER)).contract
    written = MlflowFormat().save(credit_model(), tmp_path / "m", contract, frame.head(2), OPTIONS)
    (tmp_path / "m" / "model.pkl").write_bytes(b"")
    with pytest.raises(RuntimeLoadError):
        native_runtime(tmp_path / "m", written, contract)
