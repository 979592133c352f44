"""Bundles made by hand for tests of the server: one small graph that can also fail, stall or answer NaN.

The model has five features. `age`, `amount` and `purpose` decide; `fault` and `spin` command it:
`fault` 1 makes it raise, `fault` 2 makes it answer NaN, and `spin` makes it turn that many times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from onnx import TensorProto, helper, numpy_helper

from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.golden import GoldenRows
from headway.bundle.manifest import Execution
from headway.contract.model import Constraints, Contract, Feature, Observed, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Method, Task
from headway.runtimes.encoder import Encoder, EncoderColumn
from headway.runtimes.onnx import OnnxRuntime
from headway.serving.plan import CachePolicy, Limits, Route, ServedModel, ServingPlan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headway.bundle.bundle import Bundle

PURPOSES = ("car", "tv", "education")
ROW: dict[str, Any] = {"age": 41, "amount": 1200.5, "purpose": "car", "fault": 0, "spin": 0}
ENCODER = Encoder(
    [
        EncoderColumn("age"),
        EncoderColumn("amount"),
        EncoderColumn("purpose", vocabulary=PURPOSES),
        EncoderColumn("fault"),
        EncoderColumn("spin"),
    ]
)


def crafted_contract(**overrides: Any) -> Contract:
    """The contract of the crafted model."""
    features = (
        Feature(
            "age",
            DType.INTEGER,
            nullable=False,
            storage="int64",
            constraints=Constraints(ge=18, le=120),
            observed=Observed(minimum=19, maximum=75),
            example=41,
        ),
        Feature(
            "amount",
            DType.FLOAT,
            nullable=True,
            storage="float64",
            observed=Observed(minimum=250.0, maximum=18424.0, missing_ratio=0.02),
            example=1200.5,
        ),
        Feature(
            "purpose",
            DType.STRING,
            nullable=False,
            storage="str",
            constraints=Constraints(one_of=PURPOSES),
            observed=Observed(categories=PURPOSES, n_categories=3),
            example="car",
        ),
        Feature("fault", DType.INTEGER, nullable=False, storage="int64", example=0),
        Feature("spin", DType.INTEGER, nullable=False, storage="int64", example=0),
    )
    output = Output(
        task=Task.CLASSIFICATION,
        methods=(Method.PREDICT, Method.PREDICT_PROBA, Method.DECISION_FUNCTION),
        classes=("bad", "good"),
    )
    fields = {"features": features, "output": output, "n_training_rows": 1000} | overrides
    return Contract(**fields)


def crafted_graph(sign: float = 1.0) -> bytes:
    """The model: a logistic score of age, amount and purpose; with the sign -1 it answers the opposite."""
    constants = {
        "weights": sign * np.array([[0.03], [-0.0002], [0.4], [0.0], [0.0]]),
        "zero": np.array(0.0),
        "one": np.array(1.0),
        "two": np.array(2.0),
        "fault_column": np.array([3], dtype=np.int64),
        "spin_column": np.array([4], dtype=np.int64),
        "table": np.array([0.0]),
        "positions": np.array([0], dtype=np.int64),
        "true": np.array(True),
        "seed": np.eye(24),
        "classes_axis": np.array([1], dtype=np.int64),
    }
    nodes = [
        helper.make_node("IsNaN", ["features"], ["is_missing"]),
        helper.make_node("Where", ["is_missing", "zero", "features"], ["filled"]),
        helper.make_node("MatMul", ["filled", "weights"], ["linear"]),
        # fault 1: a position outside of the table
        helper.make_node("Gather", ["filled", "fault_column"], ["fault"], axis=1),
        helper.make_node("Equal", ["fault", "one"], ["is_raising"]),
        helper.make_node("Cast", ["is_raising"], ["position"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "position"], ["nothing"]),
        # fault 2: the logarithm of a negative number
        helper.make_node("Equal", ["fault", "two"], ["is_nan"]),
        helper.make_node("Cast", ["is_nan"], ["nan_flag"], to=TensorProto.DOUBLE),
        helper.make_node("Sub", ["one", "nan_flag"], ["one_or_zero"]),
        helper.make_node("Sub", ["one_or_zero", "nan_flag"], ["sign"]),
        helper.make_node("Log", ["sign"], ["nothing_or_nan"]),
        # spin: a loop of small matrix products
        helper.make_node("Gather", ["filled", "spin_column"], ["spins"], axis=1),
        helper.make_node("ReduceMax", ["spins"], ["most_spins"], keepdims=0),
        helper.make_node("Cast", ["most_spins"], ["n_spins"], to=TensorProto.INT64),
        helper.make_node("Loop", ["n_spins", "true", "seed"], ["spun"], body=_spin_body()),
        helper.make_node("ReduceMax", ["spun"], ["spun_max"], keepdims=0),
        helper.make_node("Mul", ["spun_max", "zero"], ["spun_zero"]),
        helper.make_node("Add", ["linear", "nothing"], ["score_a"]),
        helper.make_node("Add", ["score_a", "nothing_or_nan"], ["score_b"]),
        helper.make_node("Add", ["score_b", "spun_zero"], ["score"]),
        helper.make_node("Sigmoid", ["score"], ["good"]),
        helper.make_node("Sub", ["one", "good"], ["bad"]),
        helper.make_node("Concat", ["bad", "good"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
        helper.make_node("Squeeze", ["score", "classes_axis"], ["scores"]),
    ]
    graph = helper.make_graph(
        nodes,
        "crafted",
        [helper.make_tensor_value_info("features", TensorProto.DOUBLE, [None, 5])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, [None, 2]),
            helper.make_tensor_value_info("scores", TensorProto.DOUBLE, [None]),
        ],
        initializer=[numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data


def _spin_body() -> Any:
    return helper.make_graph(
        [
            helper.make_node("MatMul", ["carried", "carried"], ["product"]),
            helper.make_node("Identity", ["going"], ["going_on"]),
        ],
        "spin",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("carried", TensorProto.DOUBLE, [24, 24]),
        ],
        [
            helper.make_tensor_value_info("going_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("product", TensorProto.DOUBLE, [24, 24]),
        ],
    )


def crafted_runtime(contract: Contract | None = None, sign: float = 1.0) -> OnnxRuntime:
    """The crafted model, loaded."""
    return OnnxRuntime(crafted_graph(sign), ENCODER, (contract or crafted_contract()).output)


def crafted_golden(contract: Contract, spin: int = 0, sign: float = 1.0) -> GoldenRows:
    """Rows with the answers that the crafted model gives; with `spin` it is measured as slow."""
    rows = tuple(
        (20 + i, None if i == 0 else 100.0 * i, PURPOSES[i % 3], 0, spin) for i in range(12)
    )
    batch = FeatureBatch.from_rows(contract.names, rows)
    prediction = crafted_runtime(contract, sign).predict(batch, Method.PREDICT_PROBA)
    probabilities = prediction.probabilities
    outputs = {"predict": prediction.values.tolist(), "predict_proba": probabilities.tolist()}
    return GoldenRows(contract.names, rows, outputs)


def write_crafted_bundle(
    path: Path,
    name: str = "credit",
    *,
    spin: int = 0,
    sign: float = 1.0,
    code: Mapping[str, bytes] | None = None,
    **contract_overrides: Any,
) -> Bundle:
    """Write a bundle of the crafted model; with `code` it ships these modules."""
    contract = crafted_contract(**contract_overrides)
    files = {
        layout.CONTRACT: msgspec.json.encode(contract),
        layout.GOLDEN: msgspec.json.encode(crafted_golden(contract, spin, sign)),
        layout.GRAPH: crafted_graph(sign),
        layout.ENCODER: ENCODER.to_json(),
        **{f"{layout.CODE}/{file}": data for file, data in (code or {}).items()},
    }
    description = BundleDescription(
        name=name,
        label="",
        created_at="2026-01-01T00:00:00Z",
        execution=Execution(
            "lowered", "sklearn", "model.pkl", "parity holds", layout.CODE if code else ""
        ),
        libraries={},
        absent={},
    )
    path.mkdir(parents=True)
    return write_bundle(path, files, description)


def crafted_route(bundle: Bundle, version: str = "3", **fields: Any) -> Route:
    """A route to a bundle."""
    return Route(version=version, digest=bundle.digest, path=str(bundle.path), **fields)


def crafted_plan(
    folder: Path,
    *,
    limits: Limits | None = None,
    spin: int = 0,
    cache: CachePolicy | None = None,
    **fields: Any,
) -> ServingPlan:
    """A plan of one crafted model `credit`, version 3; no answers are kept unless `cache` says so."""
    bundle = write_crafted_bundle(folder / "credit", spin=spin)
    # what a test asks for twice is to be answered by the model twice
    cache = cache or CachePolicy("off")
    model = ServedModel("credit", (crafted_route(bundle),), limits or Limits(), cache=cache)
    return ServingPlan(revision=7, models=(model,), **fields)
