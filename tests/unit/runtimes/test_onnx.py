from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Device, Method, Task
from headway.errors import (
    InputRefusedError,
    MethodNotSupportedError,
    OutputContractError,
    PredictionError,
    RuntimeLoadError,
)
from headway.runtimes.encoder import Encoder, EncoderColumn
from headway.runtimes.onnx import OnnxRuntime, open_session
from headway.runtimes.texts import TextColumns
from small_nets import net_graph

ENCODER = Encoder([EncoderColumn("a"), EncoderColumn("b")])
CLASSES = ("no", "yes")
BINARY = Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), CLASSES)


def graph(nodes, outputs, initializers=()):
    features = helper.make_tensor_value_info("features", TensorProto.DOUBLE, [None, 2])
    made = helper.make_graph(nodes, "g", [features], outputs, list(initializers))
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def sum_graph():
    axes = numpy_helper.from_array(np.array([1]), "axes")
    node = helper.make_node("ReduceSum", ["features", "axes"], ["values"], keepdims=0)
    value = helper.make_tensor_value_info("values", TensorProto.DOUBLE, [None])
    return graph([node], [value], [axes])


def softmax_graph():
    nodes = [
        helper.make_node("Softmax", ["features"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["features"], ["label"], axis=1, keepdims=0),
    ]
    outputs = [
        helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, 2]),
        helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
    ]
    return graph(nodes, outputs)


def batch(*rows):
    return FeatureBatch.from_rows(("a", "b"), list(rows))


def test_a_regression_answers_values():
    runtime = OnnxRuntime(sum_graph(), ENCODER, Output(Task.REGRESSION))
    assert runtime.predict(batch((1.0, 2.0), (0.25, 3)), Method.PREDICT).values.tolist() == [
        3.0,
        3.25,
    ]


def test_a_classification_answers_the_class_labels_and_probabilities():
    runtime = OnnxRuntime(softmax_graph(), ENCODER, BINARY)
    prediction = runtime.predict(batch((0.0, 1.0), (2.0, 1.0)), Method.PREDICT_PROBA)
    assert prediction.values.tolist() == ["yes", "no"]
    assert prediction.probabilities == pytest.approx(
        np.array([[0.26894142, 0.73105858], [0.73105858, 0.26894142]])
    )
    assert runtime.predict(batch((0.0, 1.0)), Method.PREDICT).probabilities is None


@pytest.mark.parametrize("classes", [(0, 1), (False, True), ("a", 1), (1.5, 2.5)])
def test_class_labels_keep_their_type(classes):
    output = Output(Task.CLASSIFICATION, (Method.PREDICT,), classes)
    values = (
        OnnxRuntime(softmax_graph(), ENCODER, output).predict(batch((0, 1)), Method.PREDICT).values
    )
    assert values.tolist() == [classes[1]]
    assert type(values.tolist()[0]) is type(classes[1])


def test_a_method_that_the_model_lacks_is_refused_and_the_others_are_named():
    runtime = OnnxRuntime(softmax_graph(), ENCODER, BINARY)
    with pytest.raises(MethodNotSupportedError, match="decision_function") as caught:
        runtime.predict(batch((0, 1)), Method.DECISION_FUNCTION)
    assert "`predict_proba`" in str(caught.value.hint)


def test_bytes_that_are_no_graph_are_refused():
    with pytest.raises(RuntimeLoadError, match="does not load"):
        OnnxRuntime(b"not a graph", ENCODER, Output(Task.REGRESSION))


def test_a_graph_without_a_promised_output_is_refused():
    with pytest.raises(RuntimeLoadError, match="scores"):
        OnnxRuntime(
            softmax_graph(),
            ENCODER,
            Output(Task.CLASSIFICATION, (Method.DECISION_FUNCTION,), CLASSES),
        )


def test_a_graph_that_fails_on_a_batch_raises_a_prediction_error():
    three = Encoder([EncoderColumn(name) for name in "abc"])
    runtime = OnnxRuntime(softmax_graph(), three, BINARY)
    with pytest.raises(PredictionError):
        runtime.predict(FeatureBatch.from_rows(("a", "b", "c"), [(1, 2, 3)]), Method.PREDICT)


def test_many_rows_are_answered_as_few_are():
    runtime = OnnxRuntime(softmax_graph(), ENCODER, BINARY)
    random = np.random.default_rng(0)
    columns = list(random.normal(size=(2, 5_000)))
    whole = runtime.predict(FeatureBatch.from_columns(("a", "b"), columns), Method.PREDICT_PROBA)
    assert whole.n_rows == 5_000
    last = FeatureBatch.from_columns(("a", "b"), [column[-3:] for column in columns])
    end = runtime.predict(last, Method.PREDICT_PROBA)
    assert whole.values[-3:].tolist() == end.values.tolist()
    np.testing.assert_array_equal(whole.probabilities[-3:], end.probabilities)


@pytest.mark.parametrize("position", [-1, -2, 2, 2**40])
@pytest.mark.parametrize("n_rows", [1, 100])
def test_a_position_that_is_no_class_is_never_taken_for_one(position, n_rows):
    nodes = [
        helper.make_node("Gather", ["features", "first"], ["column"], axis=1),
        helper.make_node("Squeeze", ["column", "axis"], ["flat"]),
        helper.make_node("Cast", ["flat"], ["label"], to=TensorProto.INT64),
    ]
    outputs = [helper.make_tensor_value_info("label", TensorProto.INT64, [None])]
    constants = [
        numpy_helper.from_array(np.array([0]), "first"),
        numpy_helper.from_array(np.array([1]), "axis"),
    ]
    output = Output(Task.CLASSIFICATION, classes=CLASSES)
    runtime = OnnxRuntime(graph(nodes, outputs, constants), ENCODER, output)
    rows = [(1.0, 0.0)] * n_rows
    assert runtime.predict(batch(*rows), Method.PREDICT).values.tolist() == ["yes"] * n_rows
    rows[-1] = (float(position), 0.0)
    with pytest.raises(OutputContractError, match=f"none of its classes for row {n_rows - 1}"):
        runtime.predict(batch(*rows), Method.PREDICT)


def test_a_row_that_the_guard_tells_of_is_refused_and_any_other_is_answered():
    axes = numpy_helper.from_array(np.array([1]), "axes")
    nodes = [
        helper.make_node("ReduceSum", ["features", "axes"], ["values"], keepdims=0),
        helper.make_node("Sub", ["values", "values"], ["guard"]),
    ]
    values = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None])
        for name in ("values", "guard")
    ]
    runtime = OnnxRuntime(graph(nodes, values, [axes]), ENCODER, Output(Task.REGRESSION))
    assert runtime.predict(batch((1.0, 2.0)), Method.PREDICT).values.tolist() == [3.0]
    with pytest.raises(InputRefusedError, match="refuses a value"):
        runtime.predict(batch((1.0, 2.0), (1e308, 1e308)), Method.PREDICT)


def test_texts_are_read_block_by_block_and_few_rows_of_many_terms_at_a_time():
    terms = tuple(f"t{i}" for i in range(3_000))
    names = ("features", "texts_0")
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, width])
        for name, width in zip(names, (2, len(terms)), strict=True)
    ]
    nodes = [
        helper.make_node("ReduceSum", [name, "axes"], [f"sum_{name}"], keepdims=0) for name in names
    ]
    nodes.append(helper.make_node("Add", [f"sum_{name}" for name in names], ["values"]))
    values = helper.make_tensor_value_info("values", TensorProto.DOUBLE, [None])
    axes = numpy_helper.from_array(np.array([1]), "axes")
    made = helper.make_graph(nodes, "g", inputs, [values], [axes])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    text = EncoderColumn("b", (), texts=(TextColumns("texts_0", terms, r"\w+"),))
    encoder = Encoder([EncoderColumn("a"), text])
    runtime = OnnxRuntime(model.SerializeToString(), encoder, Output(Task.REGRESSION))
    texts = [" ".join(terms[: i % 7]) for i in range(300)]
    rows = [(float(i), texts[i]) for i in range(300)]
    # a text is an unknown word to the features
    expected = [i - 1.0 + i % 7 for i in range(300)]
    assert runtime.predict(batch(*rows), Method.PREDICT).values.tolist() == expected
    assert runtime.predict(batch(rows[5]), Method.PREDICT).values.tolist() == expected[5:6]


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="there is a GPU"
)
def test_a_gpu_that_is_not_there_is_told() -> None:
    with pytest.raises(RuntimeLoadError, match="executes on no GPU here") as caught:
        open_session(net_graph(2), device=Device.CUDA)
    assert '`device = "cpu"`' in str(caught.value.hint)


@pytest.mark.parametrize(
    ("operator", "number"),
    [("Div", 1 - 1e-9), ("Mul", 1 + 1e-9), ("Add", 1e-60), ("Sub", 1e-60)],
)
def test_an_operation_that_only_float32_has_as_none_is_computed(operator, number):
    graph = helper.make_graph(
        # a step before and one after: ONNX Runtime keeps what touches an input or an output
        [
            helper.make_node("Abs", ["x"], ["size"]),
            helper.make_node(operator, ["size", "number"], ["made"]),
            helper.make_node("Neg", ["made"], ["y"]),
        ],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, 1])],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, [None, 1])],
        [numpy_helper.from_array(np.array([[number]]), "number")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    x = np.array([[1e-60]])
    numpy_of = {"Div": np.divide, "Mul": np.multiply, "Add": np.add, "Sub": np.subtract}
    (y,) = open_session(model.SerializeToString()).run(None, {"x": x})
    assert y.item() == -numpy_of[operator](x, number).item()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc")
def test_onnx_runtime_reports_nothing_of_its_use() -> None:
    script = (
        "import pathlib, headway.runtimes.onnx\n"
        "names = [str(entry.readlink()) for entry in pathlib.Path('/proc/self/fd').iterdir()\n"
        "         if entry.is_symlink()]\n"
        "print([name for name in names if name.endswith('.db')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
