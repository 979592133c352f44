"""What lowered ensembles share: the answers of their parts, weighted and added up."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headway.optimize.graph import GraphBuilder
    from headway.optimize.lowering.state import Columns, Lowering


def class_answers(lowering: Lowering, name: str, part: Any, columns: Columns) -> ClassAnswers:
    """Lower a part that must be a classifier.

    Raises:
        LoweringError: It is none, or it has no lowered form.
    """
    made = lowering.answer(name, part, columns)
    if not isinstance(made, ClassAnswers):
        raise LoweringError(f"its part `{name}` is no classifier")
    return made


def coded_answers(
    lowering: Lowering, name: str, part: Any, columns: Columns, n_classes: int
) -> ClassAnswers:
    """Lower a part that was fitted on the codes 0, 1, ... of the classes.

    Raises:
        LoweringError: It knows others, or not all of them.
    """
    made = class_answers(lowering, name, part, columns)
    if made.classes.tolist() != list(range(n_classes)):
        raise LoweringError(f"its part `{name}` does not know every class")
    return made


def number_answers(lowering: Lowering, name: str, part: Any, columns: Columns) -> str:
    """Lower a part that must be a regressor of one target, and return its column, (n_rows, 1).

    Raises:
        LoweringError: It is none, or it has no lowered form.
    """
    made = lowering.answer(name, part, columns)
    if not isinstance(made, NumberAnswers) or made.n_outputs is not None:
        raise LoweringError(f"its part `{name}` is no regressor of one target")
    values = (
        made.tensor
        if made.element_type == "float64"
        else lowering.graph.cast(made.tensor, "float64")
    )
    return column_of(lowering.graph, values)


def column_of(graph: GraphBuilder, tensor: str) -> str:
    """Add a second axis to a tensor of one value per row."""
    return graph.add("Reshape", tensor, graph.constant([-1, 1], "int64"))


def added(graph: GraphBuilder, tensors: Sequence[str]) -> str:
    """Add tensors in their order."""
    return functools.reduce(lambda total, tensor: graph.add("Add", total, tensor), tensors)


def averaged(graph: GraphBuilder, tensors: Iterable[str], weights: Any) -> str:
    """Return the weighted mean of tensors; `weights` is `None` for equal ones.

    Source: numpy `average`: each is multiplied, then all are added, then the sum is divided.
    """
    parts = list(tensors)
    if weights is None:
        return graph.add("Div", added(graph, parts), graph.constant(np.float64(len(parts))))
    numbers = np.asarray(weights, dtype=np.float64)
    if numbers.shape != (len(parts),) or not np.isfinite(numbers).all():
        raise LoweringError(f"its weights are {weights!r}")
    weighted = [
        graph.add("Mul", part, graph.constant(number))
        for part, number in zip(parts, numbers, strict=True)
    ]
    return graph.add("Div", added(graph, weighted), graph.constant(numbers.sum()))


def indicator_of(graph: GraphBuilder, label: str, n_classes: int) -> str:
    """Return 1 in the column of each row's label, else 0; shape (n_rows, n_classes)."""
    is_label = graph.add(
        "Equal", column_of(graph, label), graph.constant([list(range(n_classes))], "int64")
    )
    return graph.cast(is_label, "float64")
