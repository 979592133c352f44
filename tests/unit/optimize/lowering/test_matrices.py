from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort

from headway.optimize.graph import GraphBuilder, GraphOutput
from headway.optimize.lowering.columns import Column
from headway.optimize.lowering.matrices import Matrices

ROWS = np.array([[1.0, np.nan, 3.0], [np.nan, 5.0, 6.0]])


class Sheet:
    """A graph of three features in the making."""

    def __init__(self):
        self.graph = GraphBuilder(3)
        self.matrices = Matrices(self.graph, 3)

    def column(self, position, fill=None, tensor="features"):
        return Column(tensor, position, position, lambda values: values, fill=fill)

    def run(self, tensor, width):
        self.matrices.finish()
        self.model = self.graph.finish({"values": GraphOutput(tensor, width=width)})
        session = ort.InferenceSession(self.model, providers=["CPUExecutionProvider"])
        return session.run(["values"], {"features": ROWS})[0]

    def operators(self):
        nodes = onnx.load_from_string(self.model).graph.node
        return [node.op_type for node in nodes if node.op_type != "Identity"]


def test_columns_that_lie_together_in_order_cost_nothing():
    sheet = Sheet()
    whole = sheet.matrices.of([sheet.column(0), sheet.column(1), sheet.column(2)])
    assert whole == "features"


def test_columns_are_taken_in_the_order_asked_for_and_repeated():
    sheet = Sheet()
    taken = sheet.matrices.of([sheet.column(2), sheet.column(0), sheet.column(2)])
    np.testing.assert_array_equal(sheet.run(taken, 3), ROWS[:, [2, 0, 2]])
    assert sheet.operators() == ["Gather"]


def test_every_missing_value_of_the_features_is_filled_by_one_operator():
    sheet = Sheet()
    first = sheet.matrices.of([sheet.column(0, fill=7.0)])
    both = sheet.matrices.of([sheet.column(1, fill=8.0), sheet.column(2)])
    tensor = sheet.graph.add("Concat", first, both, axis=1)
    np.testing.assert_array_equal(sheet.run(tensor, 3), [[1.0, 8.0, 3.0], [7.0, 5.0, 6.0]])
    assert sheet.operators().count("Where") == 1


def test_one_feature_can_be_filled_in_two_ways_and_left_as_it_is():
    sheet = Sheet()
    columns = [sheet.column(0, fill=7.0), sheet.column(0, fill=9.0), sheet.column(0)]
    filled = sheet.run(sheet.matrices.of(columns), 3)
    np.testing.assert_array_equal(filled, [[1.0, 1.0, 1.0], [7.0, 9.0, np.nan]])


def test_columns_of_several_tensors_are_put_side_by_side():
    sheet = Sheet()
    negated = sheet.graph.add("Neg", "features")
    sheet.matrices.declare(negated, 3)
    columns = [sheet.column(2), sheet.column(0, tensor=negated), sheet.column(1)]
    values = sheet.run(sheet.matrices.of(columns), 3)
    np.testing.assert_array_equal(values, np.stack([ROWS[:, 2], -ROWS[:, 0], ROWS[:, 1]], axis=1))


def test_a_matrix_that_holds_columns_tells_where_they_lie():
    sheet = Sheet()
    negated = sheet.graph.add("Neg", "features")
    sheet.matrices.declare(negated, 3)
    columns = [sheet.column(1), sheet.column(2, tensor=negated), sheet.column(0)]
    tensor, positions = sheet.matrices.holding(columns)
    values = sheet.run(tensor, 6)[:, positions]
    np.testing.assert_array_equal(values, np.stack([ROWS[:, 1], -ROWS[:, 2], ROWS[:, 0]], axis=1))
    assert sheet.operators() == ["Neg", "Concat"]


def test_a_matrix_that_holds_columns_of_one_tensor_is_that_tensor():
    sheet = Sheet()
    assert sheet.matrices.holding([sheet.column(2), sheet.column(0)]) == ("features", [2, 0])
