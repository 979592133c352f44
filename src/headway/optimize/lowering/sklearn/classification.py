"""The outputs of a classifier from its scores.

Binary: label 1 where the score is above 0, probability of label 1 the logistic of the score. More
classes: label of the first greatest score, probabilities the softmax. So do `LogisticRegression` and
`HistGradientBoostingClassifier`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import LoweringError
from headway.optimize.graph import GraphOutput

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Lowering, Outputs

_N_BINARY = 2


def check_classes(lowering: Lowering, classes: Any) -> int:
    """Return the number of classes.

    Raises:
        LoweringError: They are not the contract's, in its order.
    """
    if tuple(classes.tolist()) != lowering.contract.output.classes:
        raise LoweringError("its classes are not the contract's, in the same order")
    if len(classes) < _N_BINARY:
        raise LoweringError("it knows one class only")
    return len(classes)


def binary_outputs(lowering: Lowering, both_scores: str) -> Outputs:
    """Return the outputs for two classes.

    Args:
        lowering: In the making.
        both_scores: The negated score and the score, shape (n_rows, 2). 1 - logistic(s) is
            logistic(-s) to the last bit of 1, and the second is greater exactly where s > 0.
    """
    graph = lowering.graph
    label = graph.add("ArgMax", both_scores, axis=1, keepdims=0)
    scores = graph.add("Gather", both_scores, graph.constant(np.int64(1), "int64"), axis=1)
    return {
        "label": GraphOutput(label, "int64"),
        "probabilities": GraphOutput(graph.add("Sigmoid", both_scores), width=_N_BINARY),
        "scores": GraphOutput(scores),
    }


def multiclass_outputs(lowering: Lowering, scores: str, n_classes: int) -> Outputs:
    """Return the outputs for more classes; `scores` has the shape (n_rows, n_classes)."""
    graph = lowering.graph
    return {
        "label": GraphOutput(graph.add("ArgMax", scores, axis=1, keepdims=0), "int64"),
        "probabilities": GraphOutput(graph.add("Softmax", scores, axis=1), width=n_classes),
        "scores": GraphOutput(scores, width=n_classes),
    }
