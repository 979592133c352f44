"""Lowers projections on components. Source: scikit-learn `decomposition/_base.py`, `_truncated_svd.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD

from headway.errors import LoweringError
from headway.optimize.lowering.columns import require_numbers
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, is_switch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.state import Columns, Lowering, LowerTransformer

# How the components were found makes no difference to what they give
_FITTED = dict.fromkeys(("n_components", "copy", "svd_solver", "tol", "iterated_power", "n_oversamples", "power_iteration_normalizer", "random_state", "batch_size", "algorithm", "n_iter"), anything)  # fmt: skip
_PCA = _FITTED | {"whiten": is_switch}


def lower_pca(lowering: Lowering, step: Any, columns: Columns) -> Columns:
    """Project, subtract the projected mean, and divide by the deviations where it was asked for."""
    check_parameters(step, _PCA)
    components, graph = _float64(step.components_), lowering.graph
    projected = _projected(lowering, columns, components)
    mean = np.reshape(_float64(step.mean_), (1, -1)) @ components.T
    tensor = graph.add("Sub", projected, graph.constant(mean))
    if step.whiten:
        deviations = np.sqrt(_float64(step.explained_variance_))
        scale = np.maximum(deviations, np.finfo(np.float64).eps)
        tensor = graph.add("Div", tensor, graph.constant(scale[np.newaxis]))
    return lowering.mixed(tensor, len(components))


def lower_truncated_svd(lowering: Lowering, step: TruncatedSVD, columns: Columns) -> Columns:
    """Project."""
    check_parameters(step, _FITTED)
    components = _float64(step.components_)
    return lowering.mixed(_projected(lowering, columns, components), len(components))


def _projected(lowering: Lowering, columns: Columns, components: NDArray[np.float64]) -> str:
    require_numbers(columns)
    lowering.refusals.require_finite(columns)
    if components.ndim != 2 or components.shape[1] != len(columns):  # noqa: PLR2004
        raise LoweringError(f"its components have the shape {components.shape}")
    return lowering.graph.add(
        "MatMul", lowering.matrices.of(columns), lowering.graph.constant(components.T)
    )


def _float64(numbers: NDArray[Any]) -> NDArray[np.float64]:
    if numbers.dtype != np.float64:
        raise LoweringError(f"it was fitted in {numbers.dtype}", hint="fit on float64 columns")
    return numbers


TRANSFORMERS: dict[type, LowerTransformer] = {
    PCA: lower_pca,
    IncrementalPCA: lower_pca,
    TruncatedSVD: lower_truncated_svd,
}
