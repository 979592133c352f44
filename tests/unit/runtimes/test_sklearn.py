from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method, Task
from headway.errors import (
    InputRefusedError,
    MethodNotSupportedError,
    PredictionError,
    RuntimeLoadError,
)
from headway.runtimes.modules import ShippedModules
from headway.runtimes.sklearn import SklearnRuntime, load_sklearn_model

NAMES = ("a", "b")
FEATURES = tuple(Feature(name, DType.FLOAT, nullable=False, storage="float64") for name in NAMES)
FRAME = pd.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "b": [1.0, 0.0, 1.0, 0.0]})
BATCH = FeatureBatch.from_columns(NAMES, [FRAME[name].to_numpy() for name in NAMES])
NONE = ShippedModules(Path(), {})
METHODS = (Method.PREDICT, Method.PREDICT_PROBA, Method.DECISION_FUNCTION)


def classifier():
    model = LogisticRegression().fit(FRAME, ["no", "no", "yes", "yes"])
    contract = Contract(FEATURES, Output(Task.CLASSIFICATION, METHODS, ("no", "yes")))
    return model, SklearnRuntime(model, contract)


def test_each_method_answers_what_the_model_answers():
    model, runtime = classifier()
    np.testing.assert_array_equal(
        runtime.predict(BATCH, Method.PREDICT).values, model.predict(FRAME)
    )
    np.testing.assert_array_equal(
        runtime.predict(BATCH, Method.PREDICT_PROBA).probabilities, model.predict_proba(FRAME)
    )
    np.testing.assert_array_equal(
        runtime.predict(BATCH, Method.DECISION_FUNCTION).scores, model.decision_function(FRAME)
    )


def test_numbers_are_those_beside_the_labels():
    _, runtime = classifier()
    for method, what in ((Method.PREDICT_PROBA, "probabilities"), (Method.DECISION_FUNCTION, "scores")):  # fmt: skip
        expected = getattr(runtime.predict(BATCH, method), what)
        np.testing.assert_array_equal(runtime.numbers(BATCH, method), expected)
    missing = FeatureBatch.from_rows(NAMES, [(float("nan"), 1.0)])
    with pytest.raises(InputRefusedError):
        runtime.numbers(missing, Method.PREDICT_PROBA)


def test_a_method_that_the_model_lacks_is_refused():
    model = LinearRegression().fit(FRAME, [0.0, 1.0, 2.0, 3.0])
    runtime = SklearnRuntime(model, Contract(FEATURES, Output(Task.REGRESSION)))
    with pytest.raises(MethodNotSupportedError, match="predict_proba"):
        runtime.predict(BATCH, Method.PREDICT_PROBA)


class Exploding:
    """A model that fails in the way it was told to."""

    def __init__(self, error):
        self.error = error

    def predict(self, frame):
        raise self.error


def test_a_value_that_the_model_does_not_take_is_the_inputs_fault():
    _, runtime = classifier()
    bad = FeatureBatch.from_rows(NAMES, [(None, 1.0)])
    with pytest.raises(InputRefusedError, match="refuses a value"):
        runtime.predict(bad, Method.PREDICT)


@pytest.mark.parametrize("error", [RuntimeError("/secret/path"), KeyError("x"), SystemExit(3)])
def test_a_model_that_raises_gives_a_prediction_error_without_its_message(error):
    runtime = SklearnRuntime(Exploding(error), Contract(FEATURES, Output(Task.REGRESSION)))
    with pytest.raises(PredictionError) as caught:
        runtime.predict(BATCH, Method.PREDICT)
    assert caught.value.message == f"the model raised {type(error).__name__}"


def test_a_pickled_model_loads(tmp_path):
    model, _ = classifier()
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model))
    assert load_sklearn_model(tmp_path / "model.pkl", NONE).coef_.tolist() == model.coef_.tolist()


def test_bytes_that_are_no_pickle_are_a_load_error(tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04garbage")
    with pytest.raises(RuntimeLoadError, match="does not load"):
        load_sklearn_model(tmp_path / "model.pkl", NONE)


def test_another_number_of_answers_than_rows_is_a_fault_of_the_model():
    model, runtime = classifier()
    model.predict = lambda features: np.array(["no"])
    with pytest.raises(PredictionError, match="answered 1 rows for 4"):
        runtime.predict(BATCH, Method.PREDICT)
