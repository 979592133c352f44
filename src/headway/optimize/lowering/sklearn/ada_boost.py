"""Lowers AdaBoost of any estimator. Source: scikit-learn `ensemble/_weight_boosting.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.sklearn.decision_trees import (
    TREE_PARAMETERS,
    add_numbers,
    add_rows,
    add_trees,
    are_trees,
    float32_columns,
    tree_of,
)
from headway.optimize.lowering.sklearn.ensembles import added, class_answers, number_answers
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_FITTED = ("estimator", "n_estimators", "learning_rate", "random_state")
# `algorithm` was a parameter of scikit-learn below 1.8
_CLASSIFIER = dict.fromkeys(_FITTED, anything) | {"algorithm": one_of("SAMME", "deprecated")}
_REGRESSOR = dict.fromkeys((*_FITTED, "loss"), anything)
_N_BINARY = 2


def answer_ada_boost_classifier(
    lowering: Lowering, step: AdaBoostClassifier, columns: Columns
) -> ClassAnswers:
    """Lower the weighted vote: each part gives its weight to its label, and takes a share from the others."""
    check_parameters(step, _CLASSIFIER)
    lowering.refusals.require_finite(columns)
    graph, n_classes = lowering.graph, len(step.classes_)
    votes = _votes_of_trees if are_trees(step.estimators_) else _votes_of_parts
    total = graph.constant(_weights(step).sum())
    scores = graph.add("Div", votes(lowering, step, columns), total)
    if n_classes > _N_BINARY:
        softened = graph.add("Div", scores, graph.constant(float(n_classes - 1)))
        label = graph.add("ArgMax", scores, axis=1, keepdims=0)
        return ClassAnswers(step.classes_, label, graph.add("Softmax", softened, axis=1), scores)
    score = graph.add("MatMul", scores, graph.constant([[-1.0], [1.0]]))
    halves = graph.add("Mul", score, graph.constant([[-0.5, 0.5]]))
    is_second = graph.add("Greater", graph.flat(score), graph.constant(0.0))
    return ClassAnswers(
        step.classes_,
        graph.cast(is_second, "int64"),
        graph.add("Softmax", halves, axis=1),
        graph.flat(score),
    )


def answer_ada_boost_regressor(
    lowering: Lowering, step: AdaBoostRegressor, columns: Columns
) -> NumberAnswers:
    """Lower the weighted median of several regressors."""
    check_parameters(step, _REGRESSOR)
    lowering.refusals.require_finite(columns)
    graph = lowering.graph
    n_parts = len(step.estimators_)
    numbers = _numbers_of_trees if are_trees(step.estimators_) else _numbers_of_parts
    values = numbers(lowering, step, columns)
    order = graph.ascending(values, n_parts)
    weights = graph.add("Gather", graph.constant(_weights(step)[:n_parts]), order)
    below = graph.add("CumSum", weights, graph.constant(np.int64(1), "int64"))
    last = graph.add("Gather", below, graph.constant([n_parts - 1], "int64"), axis=1)
    half = graph.add("Mul", last, graph.constant(0.5))
    is_reached = graph.cast(graph.add("GreaterOrEqual", below, half), "int64")
    middle = graph.add("ArgMax", is_reached, axis=1, keepdims=1)
    chosen = graph.add("GatherElements", order, middle, axis=1)
    return NumberAnswers(graph.flat(graph.add("GatherElements", values, chosen, axis=1)))


def _votes_of_parts(lowering: Lowering, step: AdaBoostClassifier, columns: Columns) -> str:
    """Return the sum of the votes for each class, part by part."""
    graph, votes = lowering.graph, []
    for i, (part, weight) in enumerate(_weighted(step)):
        made = class_answers(lowering, str(i), part, columns)
        table = _votes(made.classes, step.classes_, weight)
        votes.append(graph.add("Gather", graph.constant(table), made.settled_label()))
    return added(graph, votes)


def _votes_of_trees(lowering: Lowering, step: AdaBoostClassifier, columns: Columns) -> str:
    """Return the sum of the votes for each class: what a tree votes for is known at each leaf."""
    trees, seen = _trees(lowering, step, columns)
    votes = [
        _votes(tree.classes_, step.classes_, weight)[tree.tree_.value[:, 0].argmax(axis=1)]
        for tree, weight in _weighted(step)
    ]
    if len(step.classes_) > _N_BINARY:
        return add_rows(lowering, trees, seen, votes)
    second = add_numbers(lowering, trees, seen, [vote[:, 1] for vote in votes])
    # what a part gives one of two classes it takes from the other
    return lowering.graph.add("Mul", second, lowering.graph.constant([[-1.0, 1.0]]))


def _numbers_of_parts(lowering: Lowering, step: AdaBoostRegressor, columns: Columns) -> str:
    """Return the answer of each part, side by side."""
    parts = [
        number_answers(lowering, str(i), part, columns)
        for i, (part, _) in enumerate(_weighted(step))
    ]
    return parts[0] if len(parts) == 1 else lowering.graph.add("Concat", *parts, axis=1)


def _numbers_of_trees(lowering: Lowering, step: AdaBoostRegressor, columns: Columns) -> str:
    """Return the answer of each tree, side by side: each has a target of its own."""
    trees, seen = _trees(lowering, step, columns)
    made = [tree_of(tree, tree.tree_.value[:, 0, 0], target) for target, tree in enumerate(trees)]
    return add_trees(lowering, made, seen, len(made))


def _trees(lowering: Lowering, step: Any, columns: Columns) -> tuple[list[Any], Columns]:
    for tree in step.estimators_:
        check_parameters(tree, TREE_PARAMETERS)
    trees = [tree for tree, _ in _weighted(step)]
    return trees, float32_columns(lowering, step, columns, trees[0])


def _weighted(step: Any) -> list[tuple[Any, float]]:
    return list(zip(step.estimators_, _weights(step).tolist(), strict=False))


def _weights(step: Any) -> NDArray[np.float64]:
    """Return the weights of the parts, and of those that were not made since training ended early."""
    weights = np.asarray(step.estimator_weights_, dtype=np.float64)
    if weights.ndim != 1 or len(weights) < len(step.estimators_) or not np.isfinite(weights).all():
        raise LoweringError("its weights are not those of its parts")
    return weights


def _votes(known: NDArray[Any], classes: NDArray[Any], weight: float) -> NDArray[np.float64]:
    """Return what a part gives each class, by the position of its label among those that it knows."""
    is_label = known[:, np.newaxis] == classes[np.newaxis]
    votes: NDArray[np.float64] = np.where(is_label, weight, -1 / (len(classes) - 1) * weight)
    return votes


ESTIMATORS: dict[type, LowerEstimator] = {
    AdaBoostClassifier: answer_ada_boost_classifier,
    AdaBoostRegressor: answer_ada_boost_regressor,
}
