"""The answers of a classifier from its scores.

Binary: label 1 where the score is above 0, probability of label 1 the logistic of the score. More
classes: label of the first greatest score, probabilities the softmax, or each class's own logistic
where it was fitted against the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.optimize.lowering.answers import ClassAnswers
from headway.optimize.lowering.columns import MAX_FLOAT64

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.state import Lowering


def binary_answers(
    lowering: Lowering, classes: NDArray[Any], zero_and_score: str, *, may_overflow: bool = False
) -> ClassAnswers:
    """Return the answers for two classes.

    ONNX Runtime's `Sigmoid` of doubles loses every digit of a probability below 1e-16. The softmax of
    0 and s is the logistic of s with all its digits, and s is the greater one exactly where s > 0.

    Args:
        lowering: In the making.
        classes: In the model's order.
        zero_and_score: Shape (n_rows, 2).
        may_overflow: Whether a score may be infinite, of which there is no softmax.
    """
    graph = lowering.graph
    finite = zero_and_score
    if may_overflow:
        bounds = [graph.constant(np.float64(bound)) for bound in (-MAX_FLOAT64, MAX_FLOAT64)]
        finite = graph.add("Clip", zero_and_score, *bounds)
    label = graph.add("ArgMax", zero_and_score, axis=1, keepdims=0)
    scores = graph.add("Gather", zero_and_score, graph.constant(np.int64(1), "int64"), axis=1)
    return ClassAnswers(classes, label, graph.add("Softmax", finite, axis=1), scores)


def multiclass_answers(lowering: Lowering, classes: NDArray[Any], scores: str) -> ClassAnswers:
    """Return the answers for more classes; `scores` has the shape (n_rows, n_classes)."""
    label = lowering.graph.add("ArgMax", scores, axis=1, keepdims=0)
    return ClassAnswers(classes, label, lowering.graph.add("Softmax", scores, axis=1), scores)


def one_vs_rest_answers(
    lowering: Lowering, classes: NDArray[Any], scores: str, *, is_uniform_if_none: bool = False
) -> ClassAnswers:
    """Return the answers for classes each of which was told from the rest by a logistic of its own."""
    graph = lowering.graph
    powers = graph.add("Exp", graph.add("Neg", scores))
    logistics = graph.add("Reciprocal", graph.add("Add", powers, graph.constant([[1.0]])))
    probabilities = shares(
        lowering, logistics, n_classes=len(classes), is_uniform_if_none=is_uniform_if_none
    )
    label = graph.add("ArgMax", scores, axis=1, keepdims=0)
    return ClassAnswers(classes, label, probabilities, scores)


def shares(
    lowering: Lowering, parts: str, *, n_classes: int, is_uniform_if_none: bool = False
) -> str:
    """Return what share of its row's sum each number is.

    Args:
        lowering: In the making.
        parts: Numbers of 0 and above, shape (n_rows, n_classes).
        n_classes: Columns of `parts`.
        is_uniform_if_none: Whether a row of zeros becomes equal shares; else it stays as it is.
    """
    graph = lowering.graph
    total = graph.add("ReduceSum", parts, graph.constant([1], "int64"), keepdims=1)
    least = graph.constant([[np.nextafter(0.0, 1.0)]])
    divided = graph.add("Div", parts, graph.add("Max", total, least))
    if not is_uniform_if_none:
        return divided
    is_none = graph.add("Equal", total, graph.constant([[0.0]]))
    return graph.add("Where", is_none, graph.constant([[1.0 / n_classes]]), divided)


def first_greatest(lowering: Lowering, scores: str) -> str:
    """Return the position that numpy's `argmax` gives, for which a NaN is the greatest number.

    Args:
        lowering: In the making.
        scores: Below infinity or NaN, shape (n_rows, n_classes).
    """
    graph = lowering.graph
    is_nan = graph.add("IsNaN", scores)
    ordered = graph.add("Where", is_nan, graph.constant([[np.inf]]), scores)
    return graph.add("ArgMax", ordered, axis=1, keepdims=0)
