from __future__ import annotations

import pandas as pd
import pytest

from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method, Task
from headway.errors import MethodNotSupportedError, PredictionError, RuntimeLoadError
from headway.runtimes.modules import ShippedModules
from headway.runtimes.pyfunc import PyfuncRuntime, load_pyfunc_model

CONTRACT = Contract(
    (Feature("a", DType.FLOAT, nullable=False, storage="float64"),), Output(Task.OTHER)
)
BATCH = FeatureBatch.from_rows(("a",), [(1.0,), (2.0,)])


class Doubler:
    def predict(self, frame: pd.DataFrame):
        return frame["a"] * 2


class Broken:
    def predict(self, frame: pd.DataFrame):
        raise RuntimeError("/secret/path")


class Short:
    def predict(self, frame: pd.DataFrame):
        return [1.0]


def test_the_model_is_given_a_frame_and_its_answer_becomes_an_array():
    assert PyfuncRuntime(Doubler(), CONTRACT).predict(BATCH, Method.PREDICT).values.tolist() == [
        2.0,
        4.0,
    ]


def test_it_has_no_other_method():
    with pytest.raises(MethodNotSupportedError):
        PyfuncRuntime(Doubler(), CONTRACT).predict(BATCH, Method.PREDICT_PROBA)


def test_a_model_that_raises_gives_a_prediction_error_without_its_message():
    with pytest.raises(PredictionError) as caught:
        PyfuncRuntime(Broken(), CONTRACT).predict(BATCH, Method.PREDICT)
    assert "secret" not in caught.value.message


def test_a_model_that_answers_too_few_rows_is_an_error():
    with pytest.raises(PredictionError, match="1 rows for 2"):
        PyfuncRuntime(Short(), CONTRACT).predict(BATCH, Method.PREDICT)


def test_a_folder_that_is_no_model_is_a_load_error(tmp_path):
    with pytest.raises(RuntimeLoadError):
        load_pyfunc_model(tmp_path, ShippedModules(tmp_path, {}))
