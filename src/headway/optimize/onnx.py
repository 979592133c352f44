"""Tidies a graph that an exporter wrote: nothing of the trainer's machine, and its errors as PyTorch's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from headway.errors import LoweringError

if TYPE_CHECKING:
    from collections.abc import Iterator

_EMBEDDING = "aten.embedding."
_NO_INDEX = "headway_no_index"
_ZERO = "headway_zero"


def tidied(proto: Any) -> tuple[bytes, tuple[str, ...], tuple[str, ...]]:
    """Return an exported model as bytes, with the names of its inputs and outputs.

    An embedding of PyTorch refuses a negative index, and `Gather` counts it from the end: such an index
    is made one that `Gather` refuses, too.

    Raises:
        LoweringError: ONNX's checker refuses the graph.
    """
    model = onnx.ModelProto()
    model.CopyFrom(proto)
    embeddings = [node.name for node in model.graph.node if _is_embedding(node)]
    _refuse_negative(model.graph, frozenset(embeddings))
    for part in _documented(model):
        # stack traces with the paths of whoever trained it
        part.doc_string = ""
        del part.metadata_props[:]
    model.producer_name, model.producer_version = "headway", ""
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise LoweringError(f"ONNX refuses the graph: {error}") from error
    return (
        model.SerializeToString(deterministic=True),
        tuple(value.name for value in model.graph.input),
        tuple(value.name for value in model.graph.output),
    )


def _is_embedding(node: Any) -> bool:
    return node.op_type == "Gather" and any(
        _EMBEDDING in entry.value for entry in node.metadata_props
    )


def _refuse_negative(graph: Any, embeddings: frozenset[str]) -> None:
    if not embeddings:
        return
    nodes = []
    guarded: dict[str, str] = {}
    for node in graph.node:
        if node.name in embeddings:
            index = node.input[1]
            if index not in guarded:
                guarded[index] = f"headway_index_{len(guarded)}"
                nodes += _guard(index, guarded[index])
            node.input[1] = guarded[index]
        nodes.append(node)
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(0, dtype=np.int64), _ZERO),
            numpy_helper.from_array(np.array(np.iinfo(np.int64).max), _NO_INDEX),
        ]
    )
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(kept)


def _guard(index: str, guarded: str) -> list[Any]:
    whole, negative = f"{guarded}_whole", f"{guarded}_negative"
    return [
        helper.make_node("Cast", [index], [whole], to=TensorProto.INT64),
        helper.make_node("Less", [whole, _ZERO], [negative]),
        helper.make_node("Where", [negative, _NO_INDEX, whole], [guarded]),
    ]


def _documented(model: Any) -> Iterator[Any]:
    yield model
    graphs = [model.graph]
    while graphs:
        graph = graphs.pop()
        yield graph
        yield from (*graph.input, *graph.output, *graph.value_info, *graph.initializer)
        for node in graph.node:
            yield node
            for attribute in node.attribute:
                graphs += [g for g in (attribute.g, *attribute.graphs) if g.node]
    for function in model.functions:
        yield function
        yield from function.node
