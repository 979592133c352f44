"""The lowered form of models that take tensors."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.bundle import layout
from headway.optimize.comparison import EXACT, SINGLE
from headway.runtimes.onnx_graph import OnnxGraphRuntime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.optimize.comparison import Tolerance
    from headway.runtimes.binding import Binding
    from headway.runtimes.port import Runtime


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
    return NetForm(graph, binding), OnnxGraphRuntime(graph, binding, contract)
