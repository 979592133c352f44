"""From the sums of an XGBoost booster's trees to its answers, by its objective.

Source: XGBoost `src/objective`, each `PredTransform` and `ProbToMargin`, and `src/common/math.h`. XGBoost
computes in float32. What it asks of the C library is asked here in float64 and rounded, which is nearly
always the same float32.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import LoweringError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from headway.optimize.graph import GraphBuilder

    Float32s = NDArray[np.float32]

# The greatest number whose exponential is a float32
_GREATEST_POWER = np.float32(88.7)


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """What an objective makes of a sum.

    Attributes:
        margin: From the base score to where the sums start.
        convert: Adds what gives the answers from the float32 sums, shape (n_rows, n_scores), also
            float32. Where `is_negated` it is given their negatives.
        is_negated: Whether it is.
        is_label: Whether the answer is one class for all scores of a row.
    """

    margin: Callable[[Float32s], Float32s]
    convert: Callable[[GraphBuilder, str], str]
    is_negated: bool = False
    is_label: bool = False


def link_of(objective: str) -> Link:
    """Return the link of an objective.

    Raises:
        LoweringError: It is not known.
    """
    if objective.startswith("rank:"):
        return _IDENTITY
    if objective not in _LINKS:
        raise LoweringError(f"its objective `{objective}` is not covered")
    return _LINKS[objective]


def _same(scores: Float32s) -> Float32s:
    return scores


def _logit(scores: Float32s) -> Float32s:
    """Return -log(1 / p - 1)."""
    one = np.float32(1)
    return -_rounded(np.log((one / scores - one).astype(np.float64)))


def _log(scores: Float32s) -> Float32s:
    return _rounded(np.log(scores.astype(np.float64)))


def _rounded(numbers: NDArray[np.float64]) -> Float32s:
    return numbers.astype(np.float32)


def _keep(graph: GraphBuilder, scores: str) -> str:  # noqa: ARG001 - every link is called so
    return scores


def _exponential(graph: GraphBuilder, scores: str) -> str:
    return graph.cast(graph.add("Exp", graph.cast(scores, "float64")), "float32")


def _logistic(graph: GraphBuilder, negated: str) -> str:
    least = graph.add("Min", negated, graph.constant([[_GREATEST_POWER]], "float32"))
    one = graph.constant([[1.0]], "float32")
    return graph.add("Reciprocal", graph.add("Add", _exponential(graph, least), one))


def _is_positive(graph: GraphBuilder, scores: str) -> str:
    zero = graph.constant([[0.0]], "float32")
    return graph.cast(graph.add("Greater", scores, zero), "float32")


def _softmax(graph: GraphBuilder, scores: str) -> str:
    return graph.cast(graph.add("Softmax", graph.cast(scores, "float64"), axis=1), "float32")


def _greatest(graph: GraphBuilder, scores: str) -> str:
    return graph.cast(graph.add("ArgMax", scores, axis=1, keepdims=0), "float32")


_IDENTITY = Link(_same, _keep)
_LOGISTIC = Link(_logit, _logistic, is_negated=True)
_EXPONENTIAL = Link(_log, _exponential)
_LINKS = {
    **dict.fromkeys(
        (
            "reg:squarederror",
            "reg:squaredlogerror",
            "reg:pseudohubererror",
            "reg:absoluteerror",
            "reg:quantileerror",
            "binary:logitraw",
        ),
        _IDENTITY,
    ),
    **dict.fromkeys(("reg:logistic", "binary:logistic"), _LOGISTIC),
    **dict.fromkeys(
        ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft"), _EXPONENTIAL
    ),
    "binary:hinge": Link(_same, _is_positive),
    "multi:softprob": Link(_same, _softmax),
    "multi:softmax": Link(_same, _greatest, is_label=True),
}
