"""One step lowered on its own, to be held to what scikit-learn makes of the same rows."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np
import onnxruntime as ort
import pandas as pd

from conformance.trained import batch_of
from headway.contract.infer import infer_contract
from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Task
from headway.errors import LoweringError
from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.registry import known_steps
from headway.optimize.lowering.state import Columns, Lowering
from headway.runtimes.encoder import Encoder

REGRESSION = Output(Task.REGRESSION)


@dataclasses.dataclass(frozen=True)
class LoweredStep:
    """A lowered transformer.

    Attributes:
        columns: What it makes.
        contract: Of the frame that it was fitted on.
        encoder: Of the graph.
        graph: Its one output is `values`.
    """

    columns: Columns
    contract: Contract
    encoder: Encoder
    graph: bytes

    def encode(self, rows: Any) -> np.ndarray:
        return self.encoder.encode(batch_of(self.contract.names, rows))

    def transform(self, rows: Any) -> np.ndarray:
        """Return what the graph makes of a frame or an array."""
        features = self.encode(rows)
        texts = self.encoder.texts(batch_of(self.contract.names, rows))
        matrices = {encoder.tensor: encoder.matrix(values) for encoder, values in texts}
        return run_graph(self.graph, features, **matrices)

    def trace(self, rows: Any) -> np.ndarray:
        """Return what the columns' own traces make of it."""
        encoded = self.encode(rows)
        traced = [column.trace(encoded[:, column.feature]) for column in self.columns]
        return np.stack(traced, axis=1) if traced else np.empty((len(encoded), 0))


def lower_step(step: Any, data: Any) -> LoweredStep:
    """Lower a fitted transformer; `data` is what it was fitted on."""
    contract = infer_contract(data, REGRESSION).contract
    lowering = Lowering(contract, known_steps())
    columns = lowering.transform("step", step, lowering.features)
    tensor = lowering.matrices.of(columns)
    graph, encoder = lowering.finish({"values": GraphOutput(tensor, width=len(columns))})
    return LoweredStep(columns, contract, encoder, graph)


def assert_same(step: Any, data: Any, rows: Any = None, *, rtol: float = 1e-15) -> LoweredStep:
    """Fit a transformer and hold its lowered form, and its traces, to it on `rows`."""
    step.fit(data)
    lowered = lower_step(step, data)
    asked = data if rows is None else rows
    expected = dense(step.transform(copy.deepcopy(asked)))
    np.testing.assert_allclose(lowered.transform(asked), expected, rtol=rtol, atol=0)
    np.testing.assert_allclose(lowered.trace(asked), expected, rtol=rtol, atol=0)
    return lowered


def assert_mixed(step: Any, data: Any, rows: Any = None, *, rtol: float = 1e-12) -> LoweredStep:
    """Hold a transformer to its lowered form on `rows`; its columns may have no trace."""
    step.fit(data)
    lowered = lower_step(step, data)
    asked = data if rows is None else rows
    expected = dense(step.transform(copy.deepcopy(asked)))
    np.testing.assert_allclose(lowered.transform(asked), expected, rtol=rtol, atol=rtol)
    return lowered


def dense(made: Any) -> np.ndarray:
    """Return a frame, a sparse matrix or an array as float64."""
    if isinstance(made, pd.DataFrame):
        made = made.to_numpy()
    return np.asarray(made.toarray() if hasattr(made, "toarray") else made, dtype=np.float64)


def run_graph(
    graph: bytes, features: Any, fetch: str = "values", **texts: np.ndarray
) -> np.ndarray:
    """Run a graph on its features, and on its texts where it takes any."""
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    matrix = np.asarray(features, dtype=np.float64)
    return np.asarray(session.run([fetch], {"features": matrix, **texts})[0])


def refusal(step: Any, data: Any) -> LoweringError:
    """Return why a fitted step has no lowered form."""
    try:
        lower_step(step, data)
    except LoweringError as error:
        return error
    raise AssertionError("it was lowered")


def feature(name: str = "x", **changes: Any) -> Feature:
    """Return a feature of a contract; a nullable float64 unless told otherwise."""
    known = {"dtype": DType.FLOAT, "nullable": True, "storage": "float64"}
    return Feature(name, **(known | changes))


def contract_of(*features: Feature, output: Output = REGRESSION) -> Contract:
    return Contract(features, output)
