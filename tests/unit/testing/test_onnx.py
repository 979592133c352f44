from __future__ import annotations

import numpy as np
import onnx
import pandas as pd
import pytest
from onnx import TensorProto, helper
from sklearn.linear_model import LinearRegression, LogisticRegression

from conformance.frames import measurements
from conformance.trained import trained
from headway.core.dtypes import Method
from headway.errors import PredictionError, RuntimeLoadError
from headway.testing.onnx import OnnxFile

VALUES = measurements(40, missing=False)
DOUBLE, FLOAT = TensorProto.DOUBLE, TensorProto.FLOAT


def file(nodes, inputs, outputs, **constants):
    """Return a graph as another library may write it."""
    element = inputs[0].type.tensor_type.elem_type
    made = [
        helper.make_tensor(name, element, np.shape(values), np.ravel(values))
        for name, values in constants.items()
    ]
    graph = helper.make_graph(nodes, "other", inputs, outputs, made)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def linear(model, element=DOUBLE):
    features = helper.make_tensor_value_info("X", element, [None, 5])
    variable = helper.make_tensor_value_info("variable", element, [None, 1])
    node = helper.make_node("Gemm", ["X", "coef", "intercept"], ["variable"])
    return file([node], [features], [variable], coef=model.coef_[:, None], intercept=[model.intercept_])  # fmt: skip


@pytest.fixture(scope="module")
def line():
    return trained(LinearRegression(), VALUES, VALUES @ np.arange(5.0))


@pytest.mark.parametrize(("element", "rtol"), [(DOUBLE, 1e-12), (FLOAT, 1e-4)])
def test_one_matrix_is_given_in_the_type_that_the_file_takes(line, element, rtol):
    runtime = OnnxFile(linear(line.model, element), line.contract)
    answers = runtime.predict(line.rows, Method.PREDICT).values
    assert answers.shape == (40,)
    np.testing.assert_allclose(answers, line.model.predict(VALUES), rtol=rtol, atol=rtol)
    assert (runtime.methods, runtime.is_of_headway) == ((Method.PREDICT,), False)


def test_columns_are_given_by_their_names():
    frame = pd.DataFrame({"b": VALUES[:, 0], "a": VALUES[:, 1]})
    fitted = trained(LinearRegression(), frame, VALUES[:, 0] - VALUES[:, 1])
    inputs = [helper.make_tensor_value_info(name, DOUBLE, [None, 1]) for name in ("a", "b")]
    output = helper.make_tensor_value_info("y", DOUBLE, [None, 1])
    content = file([helper.make_node("Sub", ["b", "a"], ["y"])], inputs, [output])
    answers = OnnxFile(content, fitted.contract).predict(fitted.rows, Method.PREDICT).values
    np.testing.assert_allclose(answers, VALUES[:, 0] - VALUES[:, 1])
    with pytest.raises(RuntimeLoadError, match="the file takes"):
        OnnxFile(content, trained(LinearRegression(), VALUES, VALUES[:, 0]).contract)


def test_labels_are_positions_or_classes_and_probabilities_come_beside_them():
    fitted = trained(LogisticRegression(), VALUES, np.where(VALUES[:, 1] > 0, "yes", "no"))
    features = helper.make_tensor_value_info("X", DOUBLE, [None, 5])
    outputs = [
        helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
        helper.make_tensor_value_info("probabilities", DOUBLE, [None, 2]),
    ]
    coef = np.vstack([np.zeros(5), fitted.model.coef_[0]]).T
    nodes = [
        helper.make_node("Gemm", ["X", "coef", "intercept"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"]),
        helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
    ]
    content = file(nodes, [features], outputs, coef=coef, intercept=[0.0, fitted.model.intercept_[0]])  # fmt: skip
    runtime = OnnxFile(content, fitted.contract)
    answers = runtime.predict(fitted.rows, Method.PREDICT_PROBA)
    assert runtime.methods == (Method.PREDICT_PROBA,)
    assert answers.values.tolist() == fitted.model.predict(VALUES).tolist()
    np.testing.assert_allclose(
        answers.probabilities, fitted.model.predict_proba(VALUES), rtol=1e-9, atol=1e-12
    )


def test_what_the_file_raises_is_a_failed_prediction(line):
    narrow = trained(LinearRegression(), VALUES[:, :3], VALUES[:, 0])
    with pytest.raises(PredictionError):
        OnnxFile(linear(line.model), narrow.contract).predict(narrow.rows, Method.PREDICT)
