"""Ways to spoil a lowered form that is right, and the gate that has to see it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from conformance.trained import QUICK, Trained
from headway.contract.model import Output
from headway.core.clock import SystemClock
from headway.optimize.lowering.form import LoweredForm
from headway.optimize.parity import Pair, check_parity
from headway.optimize.probe_rows import probe_rows
from headway.optimize.report import ParityReport
from headway.runtimes.encoder import Encoder
from headway.runtimes.onnx import OnnxRuntime

Change = Callable[[LoweredForm], LoweredForm]


def check(model: Trained, form: LoweredForm, output: Output | None = None) -> ParityReport:
    """Hold a changed form to the native model, on the rows that are made for that form."""
    runtime = OnnxRuntime(form.graph, form.encoder, output or model.contract.output)
    return check_parity(
        Pair(model.native, runtime, model.contract.output),
        probe_rows(model.contract, form, model.rows),
        clock=SystemClock(),
        effort=QUICK,
    )


def attribute(graph: onnx.ModelProto, name: str) -> onnx.AttributeProto:
    return next(a for node in graph.graph.node for a in node.attribute if a.name == name)


def with_graph(form: LoweredForm, change: Callable[[onnx.ModelProto], Any]) -> LoweredForm:
    """Change the graph alone; the probe rows stay those of the right one."""
    graph = onnx.load_from_string(form.graph)
    change(graph)
    return dataclasses.replace(form, graph=graph.SerializeToString())


def with_array(form: LoweredForm, name: str, change: Callable[[np.ndarray], Any]) -> LoweredForm:
    """Change an attribute of the trees."""

    def changed(graph):
        tensor = attribute(graph, name).t
        array = numpy_helper.to_array(tensor).copy()
        change(array)
        tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))

    return with_graph(form, changed)


def with_constants(form: LoweredForm, change: Callable[[np.ndarray], np.ndarray]) -> LoweredForm:
    """Change every float64 constant of the graph."""

    def changed(graph):
        for tensor in graph.graph.initializer:
            array = numpy_helper.to_array(tensor)
            if array.dtype == np.float64:
                tensor.CopyFrom(numpy_helper.from_array(change(array), tensor.name))

    return with_graph(form, changed)


def _with_input(form: LoweredForm, nodes: list[onnx.NodeProto]) -> LoweredForm:
    """Put nodes that make `spoilt` of `features` before all others."""

    def changed(graph):
        old = list(graph.graph.node)
        for node in old:
            node.input[:] = ["spoilt" if name == "features" else name for name in node.input]
        del graph.graph.node[:]
        graph.graph.node.extend([*nodes, *old])

    return with_graph(form, changed)


# -- any model


def features_in_float32(form):
    single = helper.make_node("Cast", ["features"], ["single"], to=TensorProto.FLOAT)
    double = helper.make_node("Cast", ["single"], ["spoilt"], to=TensorProto.DOUBLE)
    return _with_input(form, [single, double])


def two_columns_reordered(form):
    order = np.arange(len(form.encoder.columns))
    order[:2] = [1, 0]
    constant = helper.make_node("Constant", [], ["order"], value=numpy_helper.from_array(order))
    return _with_input(
        form, [constant, helper.make_node("Gather", ["features", "order"], ["spoilt"], axis=1)]
    )


def constants_in_float32(form):
    return with_constants(
        form, lambda a: np.clip(a, -1e30, 1e30).astype(np.float32).astype(np.float64)
    )


# -- trees


def _first(name: str, change: Callable[[Any], Any]) -> Change:
    def changed(array):
        array[0] = change(array[0])

    return lambda form: with_array(form, name, changed)


below_for_at_most = _first("nodes_modes", lambda mode: 1)
threshold_up = _first("nodes_splits", lambda threshold: np.nextafter(threshold, np.inf))
threshold_down = _first("nodes_splits", lambda threshold: np.nextafter(threshold, -np.inf))
leaf_off = _first("leaf_weights", lambda leaf: leaf + 1e-9)


def ways_of_missing_dropped(form):
    """Send missing to the right at every test that sends it to the left, and the other way round."""

    def changed(graph):
        ways = attribute(graph, "nodes_missing_value_tracks_true").ints
        ways[:] = [1 - way for way in ways]

    return with_graph(form, changed)


def children_swapped(form):
    def changed(graph):
        for one, other in (("nodes_truenodeids", "nodes_falsenodeids"), ("nodes_trueleafs", "nodes_falseleafs")):  # fmt: skip
            left, right = attribute(graph, one).ints, attribute(graph, other).ints
            left[-1], right[-1] = right[-1], left[-1]

    return with_graph(form, changed)


def another_column_at_a_node(form):
    def changed(graph):
        columns = attribute(graph, "nodes_featureids").ints
        columns[0] = 1 if columns[0] == 0 else 0

    return with_graph(form, changed)


def last_tree_dropped(form):
    n_splits = int((form.landmarks.ensembles[0][0][-1].column >= 0).sum()) if form.landmarks.ensembles else 1  # fmt: skip

    def changed(leaves):
        leaves[-(n_splits + 1) :] = 0.0

    return with_array(form, "leaf_weights", changed)


def base_score_dropped(form):
    """Take a number from each leaf of the first tree, as if what all rows have in common were not added."""

    def changed(leaves):
        leaves[:2] -= 0.25

    return with_array(form, "leaf_weights", changed)


def category_dropped_from_a_set(form):
    def changed(members):
        members[np.flatnonzero(~np.isnan(members))[0]] = 900.0

    return with_array(form, "membership_values", changed)


# -- steps of a pipeline


def fill_forgotten(form):
    return with_constants(form, lambda a: np.where(np.isnan(a).any() & (a > 0), 0.0, a))


def missing_as_an_unknown_category(form):
    """Give a missing string the code of an unknown one, where a category of its own was made of it."""
    return with_constants(form, lambda a: np.where(np.isnan(a).any() & (a < -1), -1.0, a))


def coefficients_off(form):
    return with_constants(form, lambda a: a + 1e-9 if a.ndim == 2 and a.shape[0] > 1 else a)


def categories_in_another_order(form):
    columns = [
        column
        if column.vocabulary is None
        else msgspec.structs.replace(column, vocabulary=column.vocabulary[::-1])
        for column in form.encoder.columns
    ]
    return dataclasses.replace(form, encoder=Encoder(columns))
