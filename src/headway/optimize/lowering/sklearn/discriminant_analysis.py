"""Lowers discriminant analyses. Source: scikit-learn `discriminant_analysis.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers
from headway.optimize.lowering.sklearn.affine import finite_matrix, float64_array
from headway.optimize.lowering.sklearn.classification import (
    binary_answers,
    first_greatest,
    multiclass_answers,
)
from headway.optimize.lowering.sklearn.distances import row_sums
from headway.optimize.lowering.sklearn.linear_classification import linear_scores
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.state import (
        Columns,
        LowerEstimator,
        Lowering,
        LowerTransformer,
    )

_LINEAR = dict.fromkeys(
    ("shrinkage", "priors", "n_components", "store_covariance", "tol", "covariance_estimator"),
    anything,
) | {"solver": one_of("svd", "lsqr", "eigen")}
_QUADRATIC = dict.fromkeys(
    ("shrinkage", "priors", "reg_param", "store_covariance", "tol", "covariance_estimator"),
    anything,
) | {"solver": one_of("svd", "eigen")}
_N_BINARY = 2


def answer_linear(
    lowering: Lowering, step: LinearDiscriminantAnalysis, columns: Columns
) -> ClassAnswers:
    """Lower a linear discriminant analysis as the linear classifier that it is."""
    check_parameters(step, _LINEAR)
    scores = linear_scores(lowering, step, columns)
    if len(step.classes_) == _N_BINARY:
        return binary_answers(lowering, step.classes_, scores, may_overflow=True)
    return multiclass_answers(lowering, step.classes_, scores)


def lower_linear(lowering: Lowering, step: LinearDiscriminantAnalysis, columns: Columns) -> Columns:
    """Lower the projection onto the directions that tell the classes apart."""
    check_parameters(step, _LINEAR)
    if step.solver == "lsqr":
        raise LoweringError("`solver='lsqr'` transforms nothing")
    graph, matrix = lowering.graph, finite_matrix(lowering, columns)
    if step.solver == "svd":
        matrix = graph.add("Sub", matrix, graph.constant(float64_array(step.xbar_)[None]))
    kept = float64_array(step.scalings_)[:, : step._max_components]  # noqa: SLF001 - nothing public tells it
    return lowering.mixed(graph.add("MatMul", matrix, graph.constant(kept)), kept.shape[1])


def answer_quadratic(
    lowering: Lowering, step: QuadraticDiscriminantAnalysis, columns: Columns
) -> ClassAnswers:
    """Lower a quadratic discriminant analysis: a squared distance of its own for each class."""
    check_parameters(step, _QUADRATIC)
    graph, matrix = lowering.graph, finite_matrix(lowering, columns)
    sums = []
    for mean, rotation, scaling in zip(
        float64_array(step.means_), step.rotations_, step.scalings_, strict=True
    ):
        centred = graph.add("Sub", matrix, graph.constant(mean[None]))
        turned = graph.add("MatMul", centred, graph.constant(rotation * scaling**-0.5))
        squared = graph.add("Mul", turned, turned)
        sums.append(row_sums(lowering, squared, len(scaling)))
    logs = np.array([[np.sum(np.log(scaling)) for scaling in step.scalings_]])
    spread = graph.add("Add", graph.add("Concat", *sums, axis=1), graph.constant(logs))
    halved = graph.add("Mul", spread, graph.constant([[-0.5]]))
    scores = graph.add("Add", halved, graph.constant(np.log(float64_array(step.priors_))[None]))
    return _likelihoods(lowering, step.classes_, scores)


def _likelihoods(lowering: Lowering, classes: Any, scores: str) -> ClassAnswers:
    """Return the answers from the log likelihood of each class."""
    graph = lowering.graph
    label, told = first_greatest(lowering, scores), scores
    if len(classes) == _N_BINARY:
        first, second = (
            graph.add("Gather", scores, graph.constant(np.int64(place), "int64"), axis=1)
            for place in (0, 1)
        )
        told = graph.add("Sub", second, first)
    return ClassAnswers(classes, label, graph.add("Softmax", scores, axis=1), told)


TRANSFORMERS: dict[type, LowerTransformer] = {LinearDiscriminantAnalysis: lower_linear}
ESTIMATORS: dict[type, LowerEstimator] = {
    LinearDiscriminantAnalysis: answer_linear,
    QuadraticDiscriminantAnalysis: answer_quadratic,
}
