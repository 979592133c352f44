"""What is declared stands around a runtime, and asks it for what it needs."""

from __future__ import annotations

import numpy as np
import pytest

from headway.contract.model import Output
from headway.contract.output import Answer, declare_output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import MethodNotSupportedError
from headway.runtimes.answering import answering
from headway.runtimes.port import Runtime

BATCH = FeatureBatch.from_rows(("a",), [(1.0,), (2.0,)])
BINARY = Output(Task.CLASSIFICATION, tuple(Method), (0, 1))


class Raw:
    """Answers two rows by every method but those it lacks."""

    form, flavor = "lowered", "onnx"

    def __init__(self, *lacks: Method) -> None:
        self.asked: list[Method] = []
        self.lacks = lacks

    def predict(self, _batch: FeatureBatch, method: Method) -> Prediction:
        if method in self.lacks:
            raise MethodNotSupportedError("no")
        self.asked.append(method)
        values = np.array([0, 1])
        if method is Method.PREDICT_PROBA:
            return Prediction(values, np.array([[0.65, 0.35], [0.2, 0.8]]))
        if method is Method.DECISION_FUNCTION:
            return Prediction(values, scores=np.array([-0.6, 1.4]))
        return Prediction(values)


def test_nothing_stands_around_a_runtime_where_nothing_is_declared() -> None:
    raw = Raw()
    assert answering(raw, BINARY) is raw


def test_a_threshold_decides_by_every_method_alike() -> None:
    raw = Raw()
    runtime = answering(raw, declare_output(BINARY, Answer(threshold=0.3)))
    assert isinstance(runtime, Runtime)
    assert (runtime.form, runtime.flavor) == ("lowered", "onnx")
    found = {method: runtime.predict(BATCH, method) for method in Method}
    assert all(prediction.values.tolist() == [1, 1] for prediction in found.values())
    assert found[Method.PREDICT].probabilities is None
    proba, scores = found[Method.PREDICT_PROBA], found[Method.DECISION_FUNCTION]
    assert proba.probabilities is not None
    assert proba.probabilities.tolist() == [[0.65, 0.35], [0.2, 0.8]]
    assert scores.scores is not None
    assert scores.scores.tolist() == [-0.6, 1.4]
    assert scores.probabilities is None


def test_names_ask_for_nothing_more() -> None:
    raw = Raw()
    runtime = answering(raw, declare_output(BINARY, Answer(class_names=["no", "yes"])))
    assert runtime.predict(BATCH, Method.PREDICT).values.tolist() == ["no", "yes"]
    assert raw.asked == [Method.PREDICT]


def test_a_method_that_the_model_lacks_is_still_lacking() -> None:
    output = declare_output(BINARY, Answer(threshold=0.3))
    with pytest.raises(MethodNotSupportedError):
        answering(Raw(Method.DECISION_FUNCTION), output).predict(BATCH, Method.DECISION_FUNCTION)


def test_numbers_are_post_processed() -> None:
    runtime = answering(Raw(), declare_output(Output(Task.REGRESSION), Answer(post=["scale=10"])))
    assert runtime.predict(BATCH, Method.PREDICT).values.tolist() == [0.0, 10.0]
