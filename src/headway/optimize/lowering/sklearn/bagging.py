"""Lowers bagging of any estimator. Source: scikit-learn `ensemble/_bagging.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import BaggingClassifier, BaggingRegressor

from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.sklearn.decision_trees import (
    TREE_PARAMETERS,
    are_trees,
    mean_classes,
    mean_numbers,
    require_known,
    rounded_numbers,
)
from headway.optimize.lowering.sklearn.ensembles import (
    averaged,
    class_answers,
    indicator_of,
    number_answers,
)
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.columns import Values
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_FITTED = ("estimator", "n_estimators", "max_samples", "max_features", "bootstrap", "bootstrap_features", "oob_score", "warm_start", "n_jobs", "random_state", "verbose")  # fmt: skip
_PARAMETERS = dict.fromkeys(_FITTED, anything)


def answer_bagging_classifier(
    lowering: Lowering, step: BaggingClassifier, columns: Columns
) -> ClassAnswers:
    """Lower the mean of the probabilities of several classifiers, or of their votes."""
    check_parameters(step, _PARAMETERS)
    n_classes = len(step.classes_)
    if are_trees(step.estimators_):
        members = _trees(step)
        shares = [_tree_shares(tree, n_classes) for tree, _ in members]
        return mean_classes(
            lowering, step.classes_, _seen(lowering, step, columns, members), members, shares
        )
    parts = [
        class_answers(lowering, str(i), part, _chosen(columns, features))
        for i, (part, features) in enumerate(
            zip(step.estimators_, step.estimators_features_, strict=True)
        )
    ]
    graph = lowering.graph
    mean = averaged(graph, [_shares(lowering, part, n_classes) for part in parts], None)
    scores = [part.scores for part in parts if part.scores is not None]
    has_scores = len(scores) == len(parts) and all(len(p.classes) == n_classes for p in parts)
    return ClassAnswers(
        step.classes_,
        graph.add("ArgMax", mean, axis=1, keepdims=0),
        mean,
        averaged(graph, scores, None) if has_scores else None,
    )


def answer_bagging_regressor(
    lowering: Lowering, step: BaggingRegressor, columns: Columns
) -> NumberAnswers:
    """Lower the mean of several regressors."""
    check_parameters(step, _PARAMETERS)
    if are_trees(step.estimators_):
        members = _trees(step)
        values = [tree.tree_.value[:, 0, :1] for tree, _ in members]
        return mean_numbers(lowering, _seen(lowering, step, columns, members), members, values)
    parts = [
        number_answers(lowering, str(i), part, _chosen(columns, features))
        for i, (part, features) in enumerate(
            zip(step.estimators_, step.estimators_features_, strict=True)
        )
    ]
    return NumberAnswers(lowering.graph.flat(averaged(lowering.graph, parts, None)))


def _trees(step: Any) -> list[tuple[Any, NDArray[np.intp]]]:
    """Return each tree with the positions of its columns."""
    for tree in step.estimators_:
        check_parameters(tree, TREE_PARAMETERS)
    every = np.arange(step.n_features_in_)
    features = [every[chosen] for chosen in step.estimators_features_]
    return list(zip(step.estimators_, features, strict=True))


def _seen(
    lowering: Lowering, step: Any, columns: Columns, members: list[tuple[Any, NDArray[np.intp]]]
) -> Columns:
    """Say what the trees refuse; a column that no tree was given may be anything."""
    rounded = rounded_numbers(lowering, step, columns)
    given = np.unique(np.concatenate([positions for _, positions in members]))
    require_known(lowering, tuple(rounded[place] for place in given), members[0][0])
    return columns


def _tree_shares(tree: Any, n_classes: int) -> Values:
    """Return the share of each class at each node; a tree may not have seen all classes."""
    values: Values = tree.tree_.value[:, 0]
    shares = np.zeros((len(values), n_classes))
    shares[:, tree.classes_.astype(np.intp)] = values
    return shares


def _chosen(columns: Columns, features: Any) -> Columns:
    return tuple(columns[place] for place in np.arange(len(columns))[features])


def _shares(lowering: Lowering, part: ClassAnswers, n_classes: int) -> str:
    """Return what one classifier gives each class; it may not have seen all of them."""
    graph = lowering.graph
    if part.probabilities is None:
        own = indicator_of(graph, part.settled_label(), len(part.classes))
    else:
        own = part.probabilities
    if len(part.classes) == n_classes:
        return own
    places = np.zeros((len(part.classes), n_classes))
    places[np.arange(len(part.classes)), part.classes.astype(np.intp)] = 1.0
    return graph.add("MatMul", own, graph.constant(places))


ESTIMATORS: dict[type, LowerEstimator] = {
    BaggingClassifier: answer_bagging_classifier,
    BaggingRegressor: answer_bagging_regressor,
}
