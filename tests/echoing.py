"""Models that answer what their row tells them to, so that a request decides how the contract breaks.

`echo` is a classification: the position of its label, its two probabilities, how many columns these are
taken from and whether the row is answered at all are features. `number` answers ten times its feature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from crafted import crafted_route
from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Method, Task
from headway.runtimes.encoder import Encoder, EncoderColumn
from headway.serving.plan import ServedModel

if TYPE_CHECKING:
    from pathlib import Path

    from headway.bundle.bundle import Bundle
    from headway.contract.output import ServedOutput

GOOD_ROW: dict[str, Any] = {"label": 1, "bad": 0.35, "good": 0.65, "end": 3, "kept": 1}
ECHO = Output(Task.CLASSIFICATION, (Method.PREDICT, Method.PREDICT_PROBA), classes=("bad", "good"))
NUMBER = Output(Task.REGRESSION)


def echo_contract(output: Output = ECHO) -> Contract:
    """The contract of `echo`."""
    kinds = {int: DType.INTEGER, float: DType.FLOAT}
    features = [
        Feature(name, kinds[type(value)], nullable=False, storage=type(value).__name__ + "64", example=value)
        for name, value in GOOD_ROW.items()
    ]  # fmt: skip
    return Contract(tuple(features), output)


def number_contract(output: Output = NUMBER) -> Contract:
    """The contract of `number`."""
    return Contract((Feature("x", DType.FLOAT, nullable=False, storage="float64", example=1.0),), output)  # fmt: skip


def write_echo(path: Path, output: Output = ECHO) -> Bundle:
    """Write a bundle of `echo`."""
    constants = {f"i{i}": np.array([i], dtype=np.int64) for i in range(6)}
    nodes = [
        helper.make_node("Slice", ["features", "i0", "i1", "i1"], ["label_column"]),
        helper.make_node("Slice", ["features", "i3", "i4", "i1"], ["ends"]),
        helper.make_node("Slice", ["features", "i4", "i5", "i1"], ["kept_column"]),
        helper.make_node("Cast", ["kept_column"], ["kept_flags"], to=TensorProto.BOOL),
        helper.make_node("Squeeze", ["kept_flags", "i1"], ["kept"]),
        helper.make_node("ReduceMax", ["ends"], ["end_number"], keepdims=0),
        helper.make_node("Cast", ["end_number"], ["end_scalar"], to=TensorProto.INT64),
        helper.make_node("Unsqueeze", ["end_scalar", "i0"], ["end"]),
        helper.make_node("Cast", ["label_column"], ["label_positions"], to=TensorProto.INT64),
        helper.make_node("Squeeze", ["label_positions", "i1"], ["labels"]),
        helper.make_node("Compress", ["labels", "kept"], ["label"], axis=0),
        helper.make_node("Slice", ["features", "i1", "end", "i1"], ["shares"]),
        # the logarithm of a negative number is NaN
        helper.make_node("Log", ["shares"], ["logarithms"]),
        helper.make_node("Exp", ["logarithms"], ["probabilities"]),
    ]
    outputs = [
        helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
        helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, None]),
    ]
    return _write(path, echo_contract(output), nodes, outputs, constants)


def write_number(path: Path, output: Output = NUMBER) -> Bundle:
    """Write a bundle of `number`."""
    nodes = [
        helper.make_node("Squeeze", ["features", "one"], ["x"]),
        helper.make_node("Mul", ["x", "ten"], ["values"]),
    ]
    outputs = [helper.make_tensor_value_info("values", TensorProto.DOUBLE, [None])]
    constants = {"one": np.array([1], dtype=np.int64), "ten": np.array(10.0)}
    return _write(path, number_contract(output), nodes, outputs, constants)


def served(bundle: Bundle, output: ServedOutput | None = None) -> ServedModel:
    """A bundle in a plan."""
    fields = {} if output is None else {"output": output}
    return ServedModel(bundle.manifest.name, (crafted_route(bundle, "1"),), **fields)


def _write(
    path: Path, contract: Contract, nodes: list[Any], outputs: list[Any], constants: dict[str, Any]
) -> Bundle:
    shape = [None, len(contract.features)]
    graph = helper.make_graph(
        nodes,
        path.name,
        [helper.make_tensor_value_info("features", TensorProto.DOUBLE, shape)],
        outputs,
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    encoder = Encoder([EncoderColumn(name) for name in contract.names])
    files = {
        layout.CONTRACT: msgspec.json.encode(contract),
        layout.GRAPH: model.SerializeToString(),
        layout.ENCODER: encoder.to_json(),
    }
    description = BundleDescription(
        name=path.name,
        label="",
        created_at="2026-01-01T00:00:00Z",
        execution=Execution("lowered", "sklearn", "model.pkl", "parity holds"),
        libraries={},
        absent={},
    )
    path.mkdir(parents=True)
    return write_bundle(path, files, description)
