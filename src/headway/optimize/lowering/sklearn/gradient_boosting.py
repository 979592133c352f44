"""Lowers gradient boosting of exact trees. Source: scikit-learn `ensemble/_gb.py`.

The sum starts from what an initial estimator says, and each tree adds its leaf times the learning rate.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.sklearn.classification import binary_answers, multiclass_answers
from headway.optimize.lowering.sklearn.decision_trees import add_trees, rounded_numbers, tree_of
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Values
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# What these do ends with `fit`
_FITTED = ("criterion", "n_estimators", "subsample", "min_samples_split", "min_samples_leaf", "min_weight_fraction_leaf", "max_depth", "min_impurity_decrease", "init", "random_state", "max_features", "verbose", "max_leaf_nodes", "warm_start", "validation_fraction", "n_iter_no_change", "tol", "ccp_alpha", "learning_rate")  # fmt: skip
_CLASSIFIER = dict.fromkeys(_FITTED, anything) | {"loss": one_of("log_loss", "exponential")}
_REGRESSOR = dict.fromkeys((*_FITTED, "alpha"), anything) | {
    "loss": one_of("squared_error", "absolute_error", "huber", "quantile")
}
_N_BINARY = 2
# Of `DummyClassifier`, those that answer every row alike
_CONSTANT = ("prior", "most_frequent", "constant")


def answer_classifier(
    lowering: Lowering, step: GradientBoostingClassifier, columns: Columns
) -> ClassAnswers:
    """Lower a classifier of either loss."""
    check_parameters(step, _CLASSIFIER)
    graph, scores = lowering.graph, _raw_scores(lowering, step, columns)
    if len(step.classes_) > _N_BINARY:
        return multiclass_answers(lowering, step.classes_, scores)
    slope = 2.0 if step.loss == "exponential" else 1.0
    steepened = graph.add("Mul", scores, graph.constant([[0.0, slope]]))
    made = binary_answers(lowering, step.classes_, steepened)
    # a score of 0 is the second class here
    is_second = graph.add("GreaterOrEqual", scores, graph.constant([[0.0]]))
    label = graph.flat(graph.cast(is_second, "int64"))
    return dataclasses.replace(made, label=label, scores=graph.flat(scores))


def answer_regressor(
    lowering: Lowering, step: GradientBoostingRegressor, columns: Columns
) -> NumberAnswers:
    """Lower a regressor of any loss: all have the sum itself as their answer."""
    check_parameters(step, _REGRESSOR)
    return NumberAnswers(lowering.graph.flat(_raw_scores(lowering, step, columns)))


def _raw_scores(lowering: Lowering, step: Any, columns: Columns) -> str:
    """Return the sum of the start and all trees, shape (n_rows, n_trees_per_iteration_)."""
    rounded = rounded_numbers(lowering, step, columns)
    lowering.refusals.require_finite(rounded)
    start = _constant_start(step)
    n_targets = step.estimators_.shape[1]
    first = np.zeros(n_targets) if start is None else start
    trees = [
        tree_of(fitted, (first[k] if i == 0 else 0.0) + step.learning_rate * _leaves(fitted), k)
        for i, fitted_round in enumerate(step.estimators_)
        for k, fitted in enumerate(fitted_round)
    ]
    scores = add_trees(lowering, trees, columns, n_targets)
    if start is not None:
        return scores
    # the native step adds to the start tree by tree, one rounding apart
    return lowering.graph.add("Add", _started(lowering, step, rounded), scores)


def _leaves(fitted: Any) -> Values:
    values: Values = fitted.tree_.value[:, 0, 0]
    return values


def _constant_start(step: Any) -> Values | None:
    """Return what the sum starts from where that is the same for every row, else `None`."""
    kind = type(step.init_)
    is_constant = kind in (str, DummyRegressor) or (
        kind is DummyClassifier and step.init_.strategy in _CONSTANT
    )
    if not is_constant:
        return None
    row = np.zeros((1, step.n_features_in_), dtype=np.float32)
    start: Values = step._raw_predict_init(row)[0]  # noqa: SLF001 - nothing public tells it
    return start


def _started(lowering: Lowering, step: Any, rounded: Columns) -> str:
    """Return what the initial estimator says, shape (n_rows, n_trees_per_iteration_)."""
    graph = lowering.graph
    seen = tuple(dataclasses.replace(column, is_single=True) for column in rounded)
    answers = lowering.answer("init", step.init_, seen)
    if isinstance(answers, NumberAnswers):
        if answers.n_outputs is not None or answers.element_type != "float64":
            raise LoweringError("its initial estimator does not answer one number")
        return graph.add("Reshape", answers.tensor, graph.constant([-1, 1], "int64"))
    if answers.probabilities is None or len(answers.classes) != _N_BINARY:
        raise LoweringError("an initial estimator of more than two classes is not covered")
    second = graph.add("Gather", answers.probabilities, graph.constant([1], "int64"), axis=1)
    eps = np.finfo(np.float64).eps
    bounds = [graph.constant(np.float64(bound)) for bound in (eps, 1 - eps)]
    clipped = graph.add("Clip", second, *bounds)
    rest = graph.add("Sub", graph.constant([[1.0]]), clipped)
    logit = graph.add("Log", graph.add("Div", clipped, rest))
    halved = 0.5 if step.loss == "exponential" else 1.0
    return graph.add("Mul", logit, graph.constant([[halved]]))


ESTIMATORS: dict[type, LowerEstimator] = {
    GradientBoostingClassifier: answer_classifier,
    GradientBoostingRegressor: answer_regressor,
}
