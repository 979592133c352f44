"""Small ONNX models, written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def model(
    nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: dict[str, Any] | None = None,
    domains: tuple[str, ...] = (),
) -> Any:  # fmt: skip
    values = [numpy_helper.from_array(np.asarray(v), name) for name, v in (constants or {}).items()]
    graph = helper.make_graph(nodes, "test", inputs, outputs, values)
    opsets = [helper.make_opsetid("", 20), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def tensor(name: str, shape: list[Any], element: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, element, shape)


def adding_proto(width: int = 2, **options: Any) -> Any:
    """A graph that gives the sum of each row of a matrix, and whatever `options` replace."""
    nodes = [helper.make_node("ReduceSum", ["x", "axes"], ["y"])]
    given = {
        "nodes": nodes,
        "inputs": [tensor("x", ["n", width])],
        "outputs": [tensor("y", ["n", 1])],
        "constants": {"axes": np.array([1])},
    }
    return model(**(given | options))


def adding(width: int = 2) -> bytes:
    return bytes(adding_proto(width).SerializeToString())


def lookup() -> bytes:
    """A graph that looks each index up in a table of three rows."""
    nodes = [helper.make_node("Gather", ["table", "k"], ["y"])]
    inputs, outputs = [tensor("k", ["n"], TensorProto.INT64)], [tensor("y", ["n", 2])]
    table = np.arange(6, dtype=np.float32).reshape(3, 2)
    return bytes(model(nodes, inputs, outputs, {"table": table}).SerializeToString())
