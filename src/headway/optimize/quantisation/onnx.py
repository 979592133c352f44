"""Reads and rewrites graphs before they are quantised. The only module here that knows the library `onnx`.

Invariant: a graph keeps the names and the types of its inputs and outputs, so that whatever fed the exact
one feeds the lossy one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from headway.errors import QuantisationError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TREES_DOMAIN = "ai.onnx.ml"
# Operators whose constant operand is what quantisation makes smaller
_WEIGHTED = frozenset({"MatMul", "Gemm", "Conv", "ConvTranspose", "Gather", "LSTM", "GRU"})
_FASTER = "its exact form is smaller and faster than any that is quantised"
_MIN_LAYERS = 2
_DIRECTIONS = {"Cast": "to"}


def read_graph(graph: bytes) -> Any:
    """Return a graph that ONNX Runtime's tools take: without the shapes that an exporter noted.

    Raises:
        QuantisationError: It is none, or there is nothing to quantise.
    """
    try:
        model = onnx.load_model_from_string(graph)
    except Exception as error:  # protobuf's own errors share no base class
        raise QuantisationError("the graph cannot be read") from error
    _check_worth(model)
    # shapes that an exporter noted contradict those that inference finds
    del model.graph.value_info[:]
    return model


def is_float64(model: Any) -> bool:
    """Whether a graph computes in float64, as a lowered one does."""
    return any(weight.data_type == TensorProto.DOUBLE for weight in model.graph.initializer)


def as_float32(model: Any) -> Any:
    """Return a graph of float64 that computes in float32; its inputs and outputs stay as they are."""
    rewritten = onnx.ModelProto()
    rewritten.CopyFrom(model)
    graph = rewritten.graph
    for weight in graph.initializer:
        if weight.data_type == TensorProto.DOUBLE:
            weight.CopyFrom(_narrowed(weight))
    inner = [_with_float32(node) for node in graph.node]
    before = _casts(graph.input, inner, TensorProto.FLOAT, is_input=True)
    after = _casts(graph.output, inner, TensorProto.DOUBLE, is_input=False)
    del graph.node[:]
    graph.node.extend([*before, *inner, *after])
    return rewritten


def size_of(model: Any) -> int:
    """Return the bytes of a graph."""
    return int(model.ByteSize())


def _check_worth(model: Any) -> None:
    trees = [node for node in model.graph.node if node.domain == _TREES_DOMAIN]
    if any(node.op_type.startswith("TreeEnsemble") for node in trees):
        raise QuantisationError(
            f"there is nothing to quantise: trees compare numbers and multiply none; {_FASTER}"
        )
    constants = {weight.name for weight in model.graph.initializer}
    constants |= {node.output[0] for node in model.graph.node if node.op_type == "Constant"}
    layers = [
        node
        for node in model.graph.node
        if node.op_type in _WEIGHTED and constants.intersection(node.input)
    ]
    is_net = len(layers) >= _MIN_LAYERS
    if not layers or (is_float64(model) and not is_net):
        raise QuantisationError(
            "there is nothing to quantise: the graph multiplies by "
            f"{'one matrix' if layers else 'no matrix'} of weights; {_FASTER}"
        )


def _narrowed(weight: Any) -> Any:
    # a bound of float64, such as the largest one, has no float32 but an infinity
    with np.errstate(over="ignore"):
        array = numpy_helper.to_array(weight).astype(np.float32)
    return numpy_helper.from_array(array, weight.name)


def _with_float32(node: Any) -> Any:
    narrowed = onnx.NodeProto()
    narrowed.CopyFrom(node)
    for attribute in narrowed.attribute:
        if attribute.name == _DIRECTIONS.get(node.op_type) and attribute.i == TensorProto.DOUBLE:
            attribute.i = TensorProto.FLOAT
        elif attribute.HasField("t") and attribute.t.data_type == TensorProto.DOUBLE:
            attribute.t.CopyFrom(_narrowed(attribute.t))
    return narrowed


def _casts(ends: Any, nodes: list[Any], to: int, *, is_input: bool) -> Iterator[Any]:
    """Return casts at the ends that are float64, and have the nodes name what lies inside of them."""
    made = []
    for end in ends:
        if end.type.tensor_type.elem_type != TensorProto.DOUBLE:
            continue
        inner = f"{end.name}_float32"
        for node in nodes:
            for names in (node.input, node.output):
                for i, name in enumerate(names):
                    if name == end.name:
                        names[i] = inner
        pair = (end.name, inner) if is_input else (inner, end.name)
        made.append(helper.make_node("Cast", [pair[0]], [pair[1]], to=to))
    return iter(made)
