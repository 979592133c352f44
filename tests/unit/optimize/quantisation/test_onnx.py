from __future__ import annotations

import numpy as np
import onnx
import pytest

from headway.errors import QuantisationError
from headway.optimize.graph import ML_DOMAIN, GraphBuilder, GraphOutput
from headway.optimize.quantisation.onnx import as_float32, is_float64, read_graph
from small_nets import answers, net_graph

MATRIX = np.random.default_rng(1).normal(size=(20, 4))


def float64_graph(n_layers: int) -> bytes:
    """As a lowered net or linear model: one float64 matrix in, probabilities out."""
    random = np.random.default_rng(2)
    builder = GraphBuilder(4)
    tensor, width = "features", 4
    for _ in range(n_layers - 1):
        weights = builder.constant(random.normal(size=(width, 8)))
        tensor, width = builder.add("Tanh", builder.add("MatMul", tensor, weights)), 8
    scores = builder.add("MatMul", tensor, builder.constant(random.normal(size=(width, 3))))
    shifted = builder.cast(builder.cast(scores, "int64"), "float64")
    scores = builder.add("Add", scores, builder.add("Mul", shifted, builder.constant(0.0)))
    return builder.finish(
        {"probabilities": GraphOutput(builder.add("Softmax", scores, axis=-1), "float64", 3)}
    )


def test_what_an_exporter_noted_of_shapes_is_left_out() -> None:
    assert onnx.load_from_string(net_graph(3)).graph.value_info
    model = read_graph(net_graph(3))
    assert not model.graph.value_info
    assert not is_float64(model)


def test_a_lowered_net_computes_in_float32_and_keeps_its_ends() -> None:
    graph = float64_graph(2)
    model = read_graph(graph)
    assert is_float64(model)
    narrowed = as_float32(model)
    assert not is_float64(narrowed)
    assert is_float64(model)
    assert narrowed.graph.input == model.graph.input
    assert narrowed.graph.output == model.graph.output
    onnx.checker.check_model(narrowed, full_check=True)
    exact, single = answers(graph, MATRIX), answers(narrowed.SerializeToString(), MATRIX)
    assert single.dtype == np.float64
    assert 0 < np.abs(exact - single).max() < 1e-5


def test_an_embedding_alone_is_worth_it() -> None:
    weights = onnx.numpy_helper.from_array(np.zeros((9, 4), np.float32), "table")
    nodes = [onnx.helper.make_node("Gather", ["table", "ids"], ["values"])]
    ids = onnx.helper.make_tensor_value_info("ids", onnx.TensorProto.INT64, [None])
    values = onnx.helper.make_tensor_value_info("values", onnx.TensorProto.FLOAT, [None, 4])
    graph = onnx.helper.make_graph(nodes, "table", [ids], [values], [weights])
    assert read_graph(onnx.helper.make_model(graph).SerializeToString()) is not None


def trees() -> bytes:
    builder = GraphBuilder(1)
    tensor = builder.add(
        "TreeEnsemble",
        "features",
        domain=ML_DOMAIN,
        nodes_featureids=[0],
        nodes_modes=np.array([0], np.uint8),
        nodes_splits=np.array([0.5]),
        nodes_truenodeids=[0],
        nodes_falsenodeids=[1],
        nodes_trueleafs=[1],
        nodes_falseleafs=[1],
        tree_roots=[0],
        leaf_targetids=[0, 0],
        leaf_weights=np.array([1.0, 2.0]),
        n_targets=1,
    )
    return builder.finish({"values": GraphOutput(tensor, "float64", 1)})


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (trees(), "trees compare numbers"),
        (float64_graph(1), "multiplies by one matrix of weights; its exact form is smaller"),
        (GraphBuilder(2).finish({"values": GraphOutput("features", "float64", 2)}), "no matrix"),
        (b"no graph", "cannot be read"),
    ],
)
def test_a_graph_without_weights_is_refused_with_the_reason(graph: bytes, said: str) -> None:
    with pytest.raises(QuantisationError, match=said):
        read_graph(graph)
