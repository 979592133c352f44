"""Columns times coefficients plus intercepts, which most models begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.errors import LoweringError
from headway.optimize.lowering.columns import require_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.state import Columns, Lowering


def float64_array(numbers: Any) -> NDArray[np.float64]:
    """Return what a fit learned, which must be float64.

    Raises:
        LoweringError: The fit was in another precision, and the model computes in it.
    """
    array = np.asarray(numbers)
    if array.dtype != np.float64:
        raise LoweringError(f"it was fitted in {array.dtype}", hint="fit on float64 columns")
    return array


def finite_matrix(lowering: Lowering, columns: Columns) -> str:
    """Return the matrix of columns that must be finite numbers, as most estimators require."""
    require_numbers(columns)
    lowering.refusals.require_finite(columns)
    return lowering.matrices.of(columns)


def affine(lowering: Lowering, columns: Columns, coef: Any, intercept: Any) -> str:
    """Return the columns times the transposed `coef` plus `intercept`, shape (n_rows, n_outputs).

    Args:
        lowering: In the making.
        columns: What the model is given; each must be finite.
        coef: Shape (n_outputs, n_columns), or (n_columns,) for one output.
        intercept: One for each output, or one for all.

    Raises:
        LoweringError: They have another shape, or are not float64.
    """
    weights = np.atleast_2d(float64_array(coef))
    offsets = np.atleast_1d(float64_array(intercept))
    if weights.shape[1] != len(columns) or offsets.shape not in {(1,), (len(weights),)}:
        raise LoweringError(f"its coefficients have the shape {weights.shape}")
    graph = lowering.graph
    return graph.add(
        "Gemm",
        finite_matrix(lowering, columns),
        graph.constant(weights.T),
        graph.constant(np.broadcast_to(offsets, (1, len(weights)))),
    )
