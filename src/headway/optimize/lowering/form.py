"""`LoweredForm`: what a lowering gives."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from headway.bundle import layout
from headway.optimize.comparison import EXACT, Tolerance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.contract.model import Contract
    from headway.optimize.graph import Places
    from headway.optimize.lowering.columns import Column
    from headway.optimize.lowering.trees import Tree
    from headway.runtimes.encoder import Encoder


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """A step that compares numbers which are made of several features each.

    It is probed on its own input instead, and its native form beside it.

    Attributes:
        path: Its name below the names of the steps that it is part of.
        step: As it was fitted.
        method: What it is asked for: `transform`, or the method with the sharpest numbers.
        contract: Of its input: one number for each of its columns.
        encoder: What the native step refuses of them.
        landmarks: Where its answers may change, told of its columns.
        places: Where its columns lie in the graph of the whole model.
        fills: What stands for a missing value in each of them, NaN where nothing does.
        made: Where its answers lie there.
    """

    path: tuple[str, ...]
    step: Any
    method: str
    contract: Contract
    encoder: Encoder
    landmarks: Landmarks
    places: Places
    fills: tuple[float, ...]
    made: str | Places


@dataclasses.dataclass(frozen=True, slots=True)
class Landmarks:
    """Where the answers of a lowered model may change: the parity gate puts rows there.

    Attributes:
        ensembles: Each ensemble of trees with the columns that their nodes look at.
        numbers: By position of the feature, numbers that some step compares with.
        parts: Steps whose own input no feature can be traced to.
    """

    ensembles: tuple[tuple[tuple[Tree, ...], tuple[Column, ...]], ...] = ()
    numbers: Mapping[int, tuple[float, ...]] = dataclasses.field(default_factory=dict)
    parts: tuple[Part, ...] = ()


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
