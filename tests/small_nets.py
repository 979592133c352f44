"""Small nets as graphs made by hand, and releases of them in a registry in memory: nothing is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method, Task
from headway.registry.port import VersionRecord
from headway.releases.calibration import CalibrationRows, calibration_path
from headway.releases.evaluation import evaluation_path, rows_to_keep
from headway.releases.golden import record
from headway.runtimes.binding import Binding, bound_inputs
from headway.runtimes.onnx_graph import OnnxGraphRuntime

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from headway.bundle.bundle import Bundle
    from headway.registry.port import ModelVersion
    from registries import MemoryRegistry

N_FEATURES, N_HIDDEN = 4, 64
CLASSES = ("a", "b", "c")
NAMES = tuple(f"x{i}" for i in range(N_FEATURES))
CLASSIFIER = Output(
    Task.CLASSIFICATION,
    (Method.PREDICT, Method.PREDICT_PROBA),
    CLASSES,
    given_as="logits",
)
EMBEDDER = Output(Task.OTHER, n_outputs=16, given_as="numbers")


def net_graph(n_outputs: int, n_hidden: int = N_HIDDEN) -> bytes:
    """A net of two layers, with the shapes that an exporter notes."""
    random = np.random.default_rng(3)
    weights = [
        numpy_helper.from_array(random.normal(size=size).astype(np.float32), name)
        for name, size in (
            ("w1", (N_FEATURES, n_hidden)),
            ("b1", (n_hidden,)),
            ("w2", (n_hidden, n_outputs)),
        )
    ]
    nodes = [
        helper.make_node("MatMul", ["features", "w1"], ["m1"]),
        helper.make_node("Add", ["m1", "b1"], ["a1"]),
        helper.make_node("Relu", ["a1"], ["h1"]),
        helper.make_node("MatMul", ["h1", "w2"], ["values"]),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, N_FEATURES])],
        [helper.make_tensor_value_info("values", TensorProto.FLOAT, [None, n_outputs])],
        weights,
        value_info=[helper.make_tensor_value_info("m1", TensorProto.FLOAT, ["rows", n_hidden])],
    )
    opsets = [helper.make_opsetid("", 20)]
    return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString())


def net_contract(output: Output = CLASSIFIER) -> Contract:
    features = tuple(
        Feature(name, DType.FLOAT, nullable=False, storage="float32") for name in NAMES
    )
    return Contract(features, output, layout="array", n_training_rows=100)


def net_rows(n_rows: int = 60) -> FeatureBatch:
    matrix = np.random.default_rng(5).normal(size=(n_rows, N_FEATURES)).astype(np.float32)
    return FeatureBatch.from_rows(NAMES, [tuple(row) for row in matrix.tolist()])


def answers(graph: bytes, matrix: NDArray[Any], name: str = "features") -> NDArray[Any]:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    found: NDArray[Any] = session.run(None, {name: matrix})[0]
    return found


def write_net_bundle(folder: Path, output: Output = CLASSIFIER) -> Bundle:
    """A release of a net that is served as its graph."""
    contract = net_contract(output)
    graph = net_graph(len(output.classes) or output.n_outputs)
    binding = Binding(bound_inputs(contract), "values")
    runtime = OnnxGraphRuntime(graph, binding, contract)
    golden = record(contract, net_rows(8), runtime)
    files = {
        layout.CONTRACT: msgspec.json.encode(contract),
        layout.GOLDEN: msgspec.json.encode(msgspec.structs.replace(golden, rtol=1e-6, atol=1e-6)),
        layout.GRAPH: graph,
        layout.BINDING: binding.to_json(),
    }
    folder.mkdir(parents=True)
    (folder / "model.pth").write_bytes(b"the module")
    description = BundleDescription(
        name="net",
        label="v1",
        created_at="2026-11-25T08:00:00+00:00",
        execution=Execution("lowered", "torch", "model.pth", "lowered: the same answers"),
        libraries={"torch": "2.13"},
        absent={"profile": "not recorded"},
    )
    return write_bundle(folder, files, description)


def register_net(
    registry: MemoryRegistry, folder: Path, output: Output = CLASSIFIER
) -> ModelVersion:
    """Register a net with rows beside it; its labels are its own answers, so its accuracy is 1."""
    bundle = write_net_bundle(folder, output)
    contract, rows = bundle.contract, net_rows()
    binding = Binding.from_json(bundle.read_bytes(layout.BINDING))
    runtime = OnnxGraphRuntime(bundle.read_bytes(layout.GRAPH), binding, contract)
    labels = runtime.predict(rows, Method.PREDICT).values if output.classes else np.empty(0)
    calibration = CalibrationRows(NAMES, tuple(net_rows(40).rows()), 100)
    record_ = VersionRecord(
        digest=bundle.digest,
        form="lowered",
        params={"epochs": "9"},
        tags={"team": "risk", "headway.model_class": "Net"},
        attachments={
            evaluation_path(bundle.digest): rows_to_keep(contract, rows, labels).to_json(),
            calibration_path(bundle.digest): calibration.to_json(),
        },
    )
    return registry.register(bundle.path, "net", record_)
