"""Lowers the scaling of each row to a norm of 1. Source: scikit-learn `normalize`, for dense arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.preprocessing import Normalizer

from headway.optimize.lowering.columns import require_numbers
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

_PARAMETERS = {"norm": one_of("l1", "l2", "max"), "copy": anything}
# A norm below it is taken for that of a row of zeros
_LEAST_NORM = 10 * float(np.finfo(np.float64).eps)


def lower_normalizer(lowering: Lowering, step: Normalizer, columns: Columns) -> Columns:
    """Divide each row by its norm; a row of zeros stays one."""
    check_parameters(step, _PARAMETERS)
    require_numbers(columns)
    lowering.refusals.require_finite(columns)
    graph, matrix = lowering.graph, lowering.matrices.of(columns)
    norms = _norms(lowering, matrix, step.norm)
    is_zero = graph.add("Less", norms, graph.constant([[_LEAST_NORM]]))
    divisor = graph.add("Where", is_zero, graph.constant([[1.0]]), norms)
    tensor = graph.add("Div", matrix, divisor)
    return lowering.mixed(tensor, len(columns), is_bounded=True, never_misses=True)


def _norms(lowering: Lowering, matrix: str, norm: str) -> str:
    """Return the norm of each row, shape (n_rows, 1)."""
    graph, axis = lowering.graph, lowering.graph.constant([1], "int64")
    if norm == "l2":
        squares = graph.add("Mul", matrix, matrix)
        return graph.add("Sqrt", graph.add("ReduceSum", squares, axis, keepdims=1))
    operator = "ReduceSum" if norm == "l1" else "ReduceMax"
    return graph.add(operator, graph.add("Abs", matrix), axis, keepdims=1)


TRANSFORMERS: dict[type, LowerTransformer] = {Normalizer: lower_normalizer}
