"""`LoweredForm`: what a lowering gives."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.bundle import layout
from headway.optimize.comparison import EXACT, Tolerance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.optimize.lowering.columns import Column
    from headway.optimize.lowering.trees import Tree
    from headway.runtimes.encoder import Encoder


@dataclasses.dataclass(frozen=True, slots=True)
class Landmarks:
    """Where the answers of a lowered model may change: the parity gate puts rows there.

    Attributes:
        ensembles: Each ensemble of trees with the columns that their nodes look at.
        numbers: By position of the feature, numbers that some step compares with.
    """

    ensembles: tuple[tuple[tuple[Tree, ...], tuple[Column, ...]], ...] = ()
    numbers: Mapping[int, tuple[float, ...]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class LoweredForm:
    """A model as one graph and the encoder that feeds it.

    Attributes:
        graph: The serialised ONNX model.
        encoder: Encodes batches for the graph.
        landmarks: Where the model's answers may change.
        tolerance: How far its answers may lie from the native ones, by what those are computed in.
    """

    graph: bytes
    encoder: Encoder
    landmarks: Landmarks
    tolerance: Tolerance = EXACT

    def files(self) -> Mapping[str, bytes]:
        """Return the files of a bundle that hold the form, by path."""
        return {layout.GRAPH: self.graph, layout.ENCODER: self.encoder.to_json()}
