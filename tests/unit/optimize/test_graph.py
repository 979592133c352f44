from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import numpy_helper

from headway.errors import LoweringError
from headway.optimize.graph import GraphBuilder, GraphOutput, Places, columns_graph, part_graph
from unit.optimize.lowering.stepwise import run_graph


def run(model, features, fetch):
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run([fetch], {"features": np.asarray(features, dtype=np.float64)})[0]


def test_a_graph_computes_in_float64():
    graph = GraphBuilder(2)
    total = graph.add("Add", "features", graph.constant([[0.1, 1e-16]]))
    model = graph.finish({"values": GraphOutput(total, width=2)})
    assert run(model, [[0.2, 1.0]], "values").tolist() == [[0.1 + 0.2, 1.0 + 1e-16]]


def test_equal_constants_are_kept_once_and_unequal_types_apart():
    graph = GraphBuilder(1)
    same = {graph.constant([1.0, 2.0]), graph.constant(np.array([1.0, 2.0]))}
    others = {
        graph.constant([[1.0, 2.0]]),
        graph.constant([1, 2], "int64"),
        graph.constant([1.0, 2.5]),
    }
    assert len(same) == 1
    assert len(same | others) == 4


def test_a_scalar_constant_stays_a_scalar():
    graph = GraphBuilder(1)
    picked = graph.add("Gather", "features", graph.constant(np.int64(0), "int64"), axis=1)
    model = graph.finish({"values": GraphOutput(picked)})
    assert run(model, [[7.0], [8.0]], "values").tolist() == [7.0, 8.0]


def test_a_late_constant_is_given_before_the_end():
    graph = GraphBuilder(1)
    name = graph.late_constant()
    total = graph.add("Add", "features", name)
    graph.set_constant(name, [[5.0]])
    assert run(graph.finish({"values": GraphOutput(total, width=1)}), [[1.0]], "values") == 6.0


def test_what_no_output_needs_is_left_out():
    graph = GraphBuilder(1)
    graph.add("Neg", graph.add("Add", "features", graph.constant([[9.0]])))
    kept = graph.add("Exp", "features")
    model = onnx.load_from_string(graph.finish({"values": GraphOutput(kept, width=1)}))
    assert [node.op_type for node in model.graph.node] == ["Exp", "Identity"]
    assert len(model.graph.initializer) == 0


def test_an_input_that_no_output_needs_is_left_out():
    graph = GraphBuilder(2)
    texts, unused = graph.input("texts_0", 3), graph.input("texts_1", 4)
    graph.add("Neg", unused)
    kept = {"values": GraphOutput(graph.add("Neg", texts), width=3)}
    assert graph.inputs_of(kept.values()) == {"features", "texts_0"}
    model = onnx.load_from_string(graph.finish(kept))
    widths = {i.name: i.type.tensor_type.shape.dim[1].dim_value for i in model.graph.input}
    assert widths == {"features": 2, "texts_0": 3}


def test_one_tensor_can_be_two_outputs():
    graph = GraphBuilder(1)
    negated = graph.add("Neg", "features")
    model = graph.finish({"a": GraphOutput(negated, width=1), "b": GraphOutput(negated, width=1)})
    assert run(model, [[2.0]], "a") == run(model, [[2.0]], "b") == -2.0


def test_the_same_calls_give_the_same_bytes():
    def build():
        graph = GraphBuilder(3)
        scaled = graph.add("Mul", "features", graph.constant([[1.0, 2.0, 3.0]]))
        return graph.finish({"values": GraphOutput(scaled, width=3)})

    assert build() == build()


def test_an_array_attribute_keeps_its_values():
    graph = GraphBuilder(1)
    made = graph.add("Constant", value=np.array([0.1, 0.2]))
    model = onnx.load_from_string(graph.finish({"values": GraphOutput(made)}))
    assert numpy_helper.to_array(model.graph.node[0].attribute[0].t).tolist() == [0.1, 0.2]


def test_a_cast_changes_the_type_of_the_output():
    graph = GraphBuilder(1)
    whole = graph.cast("features", "int64")
    model = graph.finish({"label": GraphOutput(whole, "int64", width=1)})
    assert run(model, [[3.9]], "label").dtype == np.int64


def test_an_invalid_graph_is_refused():
    graph = GraphBuilder(1)
    wrong = graph.add("NoSuchOperator", "features")
    with pytest.raises(LoweringError, match="ONNX refuses the graph"):
        graph.finish({"values": GraphOutput(wrong, width=1)})


def mixing():
    """Return a graph of two features: their products with a matrix, and the products plus 1."""
    graph = GraphBuilder(2)
    product = graph.add("MatMul", "features", graph.constant([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]))
    plus_one = graph.add("Add", product, graph.constant([[1.0]]))
    beside = graph.add("Add", plus_one, graph.add("ReduceSum", "features", keepdims=1))
    outputs = {"scores": GraphOutput(plus_one, width=3), "values": GraphOutput(beside, width=3)}
    return graph.finish(outputs), product, plus_one, beside


def test_columns_of_any_tensors_become_a_graph_of_their_own():
    model, product, _, _ = mixing()
    places = Places(((product, 2), ("features", 0)), {product: 3, "features": 2})
    assert run(columns_graph(model, places), [[1.0, 1.0]], "values").tolist() == [[33.0, 1.0]]


def test_a_part_of_a_graph_takes_what_the_nodes_before_it_would_have_made():
    model, product, plus_one, _ = mixing()
    places = Places(((product, 1), (product, 0), (product, 2)), {product: 3})
    part = part_graph(model, places, plus_one)
    assert run(part, [[5.0, 6.0, 7.0]], "values").tolist() == [[7.0, 6.0, 8.0]]
    of_columns = part_graph(model, places, Places(((plus_one, 2),), {plus_one: 3}))
    assert run(of_columns, [[5.0, 6.0, 7.0]], "values").tolist() == [[8.0]]


def test_a_part_that_takes_features_too_is_given_both():
    model, product, _, beside = mixing()
    tensors = ((product, 0), (product, 1), (product, 2), ("features", 0), ("features", 1))
    part = part_graph(model, Places(tensors, {product: 3, "features": 2}), beside)
    assert run(part, [[0.0, 0.0, 0.0, 3.0, 4.0]], "values").tolist() == [[8.0, 8.0, 8.0]]


def test_what_needs_more_than_is_given_is_no_part():
    model, product, _, beside = mixing()
    places = Places(((product, 0), (product, 1), (product, 2)), {product: 3})
    assert part_graph(model, places, beside) is None
    assert part_graph(model, places, "nowhere_7") is None
    assert columns_graph(model, Places((("nowhere_7", 0),), {"nowhere_7": 1})) is None


def test_the_order_of_each_rows_numbers_is_ascending():
    builder = GraphBuilder(3)
    order = builder.cast(builder.ascending("features", 3), "float64")
    graph = builder.finish({"values": GraphOutput(order, width=3)})
    made = run_graph(graph, [[3.0, 1.0, 2.0], [-1.0, 0.0, 5.0]])
    assert made.tolist() == [[1.0, 2.0, 0.0], [0.0, 1.0, 2.0]]
