"""Lowers models of several targets. Source: scikit-learn `multioutput.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)

from headway.errors import LoweringError
from headway.optimize.lowering.answers import NumberAnswers
from headway.optimize.lowering.sklearn.ensembles import class_answers, column_of, number_answers
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_MULTI = dict.fromkeys(("estimator", "n_jobs"), anything)
# `base_estimator` is what scikit-learn below 1.7 calls it
_CHAIN = dict.fromkeys(
    ("estimator", "base_estimator", "order", "cv", "random_state", "verbose"), anything
)
_CLASSIFIER_CHAIN = _CHAIN | {"chain_method": one_of("predict")}


def answer_multi_regressor(
    lowering: Lowering, step: MultiOutputRegressor, columns: Columns
) -> NumberAnswers:
    """Lower one regressor for each target."""
    check_parameters(step, _MULTI)
    parts = [
        number_answers(lowering, str(i), part, columns) for i, part in enumerate(step.estimators_)
    ]
    return _side_by_side(lowering, parts)


def answer_regressor_chain(
    lowering: Lowering, step: RegressorChain, columns: Columns
) -> NumberAnswers:
    """Lower regressors each of which is given the answers of those before it, too."""
    check_parameters(step, _CHAIN)
    lowering.refusals.require_finite(columns)
    parts: list[str] = []
    for i, part in enumerate(step.estimators_):
        parts.append(number_answers(lowering, str(i), part, columns))
        columns = (*columns, *lowering.mixed(parts[-1], 1))
    return _side_by_side(lowering, [parts[place] for place in np.argsort(step.order_)])


def answer_multi_classifier(
    lowering: Lowering, step: MultiOutputClassifier, columns: Columns
) -> NumberAnswers:
    """Lower one classifier for each target, whose labels are whole numbers."""
    check_parameters(step, _MULTI)
    parts = [_labels(lowering, str(i), part, columns) for i, part in enumerate(step.estimators_)]
    return _side_by_side(lowering, parts, is_integer=True)


def answer_classifier_chain(
    lowering: Lowering, step: ClassifierChain, columns: Columns
) -> NumberAnswers:
    """Lower classifiers each of which is given the labels of those before it, too."""
    check_parameters(step, _CLASSIFIER_CHAIN)
    lowering.refusals.require_finite(columns)
    parts: list[str] = []
    for i, part in enumerate(step.estimators_):
        parts.append(_labels(lowering, str(i), part, columns))
        labels = lowering.graph.cast(parts[-1], "float64")
        columns = (*columns, *lowering.mixed(labels, 1, is_bounded=True))
    # a chain answers its labels as numbers with a fraction
    ordered = [lowering.graph.cast(parts[place], "float64") for place in np.argsort(step.order_)]
    return _side_by_side(lowering, ordered)


def _labels(lowering: Lowering, name: str, part: Any, columns: Columns) -> str:
    """Return the labels of one target, shape (n_rows, 1)."""
    made = class_answers(lowering, name, part, columns)
    if made.classes.dtype.kind not in "iu":
        raise LoweringError("targets of several columns are covered for whole numbers only")
    graph = lowering.graph
    return column_of(
        graph, graph.add("Gather", graph.constant(made.classes, "int64"), made.settled_label())
    )


def _side_by_side(
    lowering: Lowering, parts: list[str], *, is_integer: bool = False
) -> NumberAnswers:
    tensor = parts[0] if len(parts) == 1 else lowering.graph.add("Concat", *parts, axis=1)
    return NumberAnswers(tensor, len(parts), "int64" if is_integer else "float64")


ESTIMATORS: dict[type, LowerEstimator] = {
    MultiOutputRegressor: answer_multi_regressor,
    RegressorChain: answer_regressor_chain,
    MultiOutputClassifier: answer_multi_classifier,
    ClassifierChain: answer_classifier_chain,
}
