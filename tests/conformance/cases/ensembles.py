"""Ensembles of any estimators, and what stands around one estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from conformance.cases.models import boosted_regression, boosting, logistic
from conformance.cases.table import Cases
from conformance.frames import measurements, three_bands
from conformance.trained import Trained, trained

CASES = Cases()
VALUES = measurements(200, missing=False)
UNSEEN = measurements(80, seed=8, missing=False)
AMOUNT = VALUES[:, 1] * 3 - VALUES[:, 0] + VALUES[:, 3] / 10
TWO = np.where(np.median(AMOUNT) < AMOUNT, "high", "low")
THREE = np.array(["a", "b", "c"])[three_bands(AMOUNT)]
TWO_TARGETS = np.column_stack([AMOUNT, AMOUNT**2])
TWO_LABELS = np.column_stack([AMOUNT > 3, three_bands(AMOUNT)]).astype(int)


def small(**parameters: Any) -> Any:
    return boosting(max_iter=4, max_leaf_nodes=5, **parameters)


def small_regression() -> Any:
    return boosted_regression(max_iter=4, max_leaf_nodes=5)


def scaled_logistic() -> Any:
    return make_pipeline(StandardScaler(), logistic())


def classifiers() -> list[tuple[str, Any]]:
    return [("trees", small()), ("linear", scaled_logistic())]


def regressors() -> list[tuple[str, Any]]:
    return [("trees", small_regression()), ("linear", Ridge())]


def on_two(model: Any) -> Trained:
    return trained(model, VALUES, TWO, UNSEEN)


def on_three(model: Any) -> Trained:
    return trained(model, VALUES, THREE, UNSEEN)


def on_amounts(model: Any, target: Any = AMOUNT) -> Trained:
    return trained(model, VALUES, target, UNSEEN)


@CASES.case
def soft_vote() -> Trained:
    return on_two(VotingClassifier(classifiers(), voting="soft"))


@CASES.case
def soft_vote_of_three_weighted_with_one_dropped() -> Trained:
    parts = [*classifiers(), ("gone", "drop")]
    return on_three(VotingClassifier(parts, voting="soft", weights=[2, 0.7, 5]))


@CASES.case
def hard_vote_whose_ties_go_to_the_first_class() -> Trained:
    return on_two(VotingClassifier(classifiers(), voting="hard"))


@CASES.case
def hard_vote_of_three_weighted() -> Trained:
    return on_three(VotingClassifier(classifiers(), voting="hard", weights=[1, 1.5]))


@CASES.case
def mean_of_regressors() -> Trained:
    return on_amounts(VotingRegressor(regressors()))


@CASES.case
def weighted_mean_of_regressors() -> Trained:
    return on_amounts(VotingRegressor(regressors(), weights=[0.3, 0.6]))


@CASES.case
def stack_of_two_classes() -> Trained:
    return on_two(StackingClassifier(classifiers(), cv=2))


@CASES.case
def stack_of_three_classes_with_the_features() -> Trained:
    return on_three(StackingClassifier(classifiers(), small(), cv=2, passthrough=True))


@CASES.case
def stack_of_scores_and_of_labels() -> Trained:
    inner = StackingClassifier(classifiers(), logistic(), cv=2, stack_method="predict")
    parts = [("inner", inner), ("other", scaled_logistic())]
    return on_two(StackingClassifier(parts, cv=2, stack_method="decision_function"))


@CASES.case
def stack_of_regressors() -> Trained:
    return on_amounts(StackingRegressor(regressors(), cv=2))


@CASES.case
def stack_of_regressors_with_the_features() -> Trained:
    return on_amounts(StackingRegressor(regressors(), small_regression(), cv=2, passthrough=True))


@CASES.case
def bagged_pipelines_of_some_features() -> Trained:
    bag = BaggingClassifier(scaled_logistic(), 4, max_features=0.6, random_state=0)
    return on_two(bag)


@CASES.case
def bagged_trees_some_of_which_miss_a_class() -> Trained:
    rare = np.where(np.arange(len(VALUES)) < 3, "rare", TWO)
    bag = BaggingClassifier(small(), 4, max_samples=0.5, random_state=0)
    return trained(bag, VALUES, rare, UNSEEN)


@CASES.case
def bagged_regressors() -> Trained:
    return on_amounts(BaggingRegressor(LinearRegression(), 4, max_features=3, random_state=0))


@CASES.case
def ada_boosted_two_classes() -> Trained:
    return on_two(AdaBoostClassifier(LogisticRegression(), n_estimators=5))


@CASES.case
def ada_boosted_three_classes() -> Trained:
    return on_three(AdaBoostClassifier(small(), n_estimators=4, learning_rate=0.5))


@CASES.case
def ada_boosted_stumps() -> Trained:
    return on_two(AdaBoostClassifier(n_estimators=8, random_state=0))


@CASES.case
def ada_boosted_trees_of_three_classes() -> Trained:
    return on_three(AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=5))


@CASES.case
def bagged_decision_trees_of_some_features() -> Trained:
    trees = DecisionTreeClassifier(max_leaf_nodes=6, random_state=0)
    return on_three(BaggingClassifier(trees, 5, max_features=0.6, random_state=0))


@CASES.case
def bagged_regression_trees() -> Trained:
    trees = DecisionTreeRegressor(max_leaf_nodes=6, random_state=0)
    return on_amounts(BaggingRegressor(trees, 5, random_state=0))


@CASES.case
def ada_boosted_median() -> Trained:
    return on_amounts(AdaBoostRegressor(small_regression(), n_estimators=5, random_state=0))


@CASES.case
def calibrated_two_classes() -> Trained:
    return on_two(CalibratedClassifierCV(scaled_logistic(), cv=2))


@CASES.case
def calibrated_three_classes() -> Trained:
    return on_three(CalibratedClassifierCV(small(), cv=2))


@CASES.case
def calibrated_once_by_probabilities() -> Trained:
    vote = VotingClassifier(classifiers(), voting="soft")
    return on_three(CalibratedClassifierCV(vote, cv=2, ensemble=False))


@CASES.case
def calibrated_frozen() -> Trained:
    fitted = scaled_logistic().fit(VALUES, TWO)
    return on_two(CalibratedClassifierCV(FrozenEstimator(fitted)))


@CASES.case
def best_of_a_grid() -> Trained:
    return on_two(GridSearchCV(scaled_logistic(), {"logisticregression__C": [0.1, 1.0]}, cv=2))


@CASES.case
def best_of_a_random_search() -> Trained:
    search = RandomizedSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, n_iter=2, cv=2, random_state=0)
    return on_amounts(search)


@CASES.case
def a_search_inside_of_a_pipeline() -> Trained:
    return on_three(make_pipeline(StandardScaler(), GridSearchCV(logistic(), {"C": [1.0]}, cv=2)))


@CASES.case
def several_targets() -> Trained:
    return on_amounts(MultiOutputRegressor(small_regression()), TWO_TARGETS)


@CASES.case
def a_chain_of_targets_in_another_order() -> Trained:
    return on_amounts(RegressorChain(Ridge(), order=[1, 0]), TWO_TARGETS)


@CASES.case
def several_labels() -> Trained:
    return on_amounts(MultiOutputClassifier(scaled_logistic()), TWO_LABELS)


@CASES.case
def a_chain_of_labels() -> Trained:
    return on_amounts(ClassifierChain(logistic(), order=[1, 0]), (TWO_LABELS > 0).astype(int))
