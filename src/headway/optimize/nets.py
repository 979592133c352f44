"""The lowered form of models that take tensors."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.bundle import layout
from headway.errors import PredictionError
from headway.optimize.comparison import EXACT, SINGLE
from headway.runtimes.onnx_graph import load_graph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.core.prediction import Prediction
    from headway.optimize.comparison import Tolerance
    from headway.runtimes.binding import Binding
    from headway.runtimes.onnx_graph import OnnxGraphRuntime
    from headway.runtimes.port import Runtime

_ROWS_ALIKE = 8
# Sums of float32 in another order, as blocks of another size are computed
_ALIKE = 1e-4


@dataclasses.dataclass(frozen=True, slots=True)
class NetForm:
    """A net as a graph of named tensors.

    Attributes:
        graph: The serialised ONNX model; `None` for a file of the user's own, which lies in the bundle.
        binding: Binds features to its inputs.
    """

    graph: bytes | None
    binding: Binding

    @property
    def tolerance(self) -> Tolerance:
        """What rounding may make of its answers, by the floats that it computes in."""
        inputs = {bound.element for bound in self.binding.inputs}
        floats = {element for element in inputs if element.startswith("float")}
        return EXACT if floats == {"float64"} else SINGLE

    def files(self) -> Mapping[str, bytes]:
        """Return the files of a bundle that hold the form, by path."""
        graph = {} if self.graph is None else {layout.GRAPH: self.graph}
        return {**graph, layout.BINDING: self.binding.to_json()}


def check_alike(runtime: Runtime, contract: Contract, rows: FeatureBatch) -> None:
    """Ask a file of the user's own twice, in a block and row by row: it is served as it is.

    Raises:
        PredictionError: A row is answered otherwise the second time, or in other company.
    """
    method = contract.output.methods[-1]
    block = rows.take(list(range(min(rows.n_rows, _ROWS_ALIKE))))
    once, again = (_numbers_of(runtime.predict(block, method)) for _ in range(2))
    if not np.allclose(once, again, _ALIKE, _ALIKE, equal_nan=True):
        raise PredictionError(
            "the file answers the same rows otherwise when it is asked again",
            hint="does it draw random numbers, as dropout in training mode does?",
        )
    alone = np.concatenate(
        [_numbers_of(runtime.predict(block.take([i]), method)) for i in range(block.n_rows)]
    )
    if not np.allclose(once, alone, _ALIKE, _ALIKE, equal_nan=True):
        raise PredictionError(
            "the file answers a row otherwise when it comes alone than in a block of rows",
            hint="does it take a mean over the batch, as batch normalisation in training mode does?",
        )


def _numbers_of(prediction: Prediction) -> NDArray[np.float64]:
    for answers in (prediction.probabilities, prediction.scores, prediction.values):
        if answers is not None and np.asarray(answers).dtype.kind in "fiub":
            return np.asarray(answers, dtype=np.float64)
    return np.zeros(prediction.n_rows)


def lower_module(
    native: Runtime, contract: Contract, rows: FeatureBatch
) -> tuple[NetForm, OnnxGraphRuntime]:
    """Return the graph of a module of PyTorch, and what executes it.

    Raises:
        LoweringError: It cannot be exported; the message says why.
        RuntimeLoadError: ONNX Runtime does not load the graph.
    """
    # for such a model, and for no other
    from headway.optimize.torch import export  # noqa: PLC0415 (it imports torch)

    graph, binding = export(native, contract, rows)
    return NetForm(graph, binding), load_graph(graph, contract, binding)
