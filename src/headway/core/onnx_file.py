"""`OnnxFile`: an ONNX model as the bytes that its owner wrote."""

from __future__ import annotations

import dataclasses

SUFFIX = ".onnx"


@dataclasses.dataclass(frozen=True, slots=True)
class OnnxFile:
    """A serialised ONNX model, in one piece.

    Attributes:
        graph: The bytes. They are served as they are.
    """

    graph: bytes = dataclasses.field(repr=False)
