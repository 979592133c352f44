"""The lossy forms that can be asked for by name, and what makes them."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Feeds = Mapping[str, NDArray[Any]]

Engine = Literal["onnxruntime", "torch", "torchao"]
ENGINES: tuple[Engine, ...] = ("onnxruntime", "torch", "torchao")


class Kind(enum.StrEnum):
    """A precision that a model is asked to be made smaller to."""

    FP16 = "fp16"
    BF16 = "bf16"
    INT8 = "int8"
    INT8_STATIC = "int8-static"

    @property
    def needs_calibration(self) -> bool:
        """Whether rows like those of the training tell the ranges of what the model computes."""
        return self is Kind.INT8_STATIC

    @property
    def tolerance(self) -> float:
        """Relative and absolute difference that a replay of golden rows may have.

        The same bytes give the same answers on the same processor; another one adds up in another
        order, or multiplies 8-bit integers with other instructions. Each is some dozen roundings of
        the precision, and far below what another model would answer.
        """
        return _TOLERANCES[self]


_TOLERANCES = {Kind.FP16: 0.01, Kind.BF16: 0.05, Kind.INT8: 0.05, Kind.INT8_STATIC: 0.05}


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a lossy form was made.

    Attributes:
        engine: The library that made it, with its version.
        words: What it did, for people.
        options: Its options, by name.
    """

    engine: str
    words: str
    options: dict[str, str] = {}


class Calibration:
    """Rows to calibrate by, as a graph takes them.

    Args:
        feeds: The tensors of each row or block of rows, by input of the graph.
    """

    def __init__(self, feeds: Iterator[Feeds]) -> None:
        self._feeds = feeds
        self.n_blocks = 0

    def get_next(self) -> Feeds | None:
        """Return the next block, or `None`: what ONNX Runtime calls."""
        feed = next(self._feeds, None)
        self.n_blocks += feed is not None
        return feed
