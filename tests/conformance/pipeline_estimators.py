"""Estimators for random pipelines, by what is learned."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    HuberRegressor,
    Lars,
    Lasso,
    LassoCV,
    LassoLars,
    LassoLarsIC,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskElasticNet,
    MultiTaskLasso,
    OrthogonalMatchingPursuit,
    Perceptron,
    PoissonRegressor,
    QuantileRegressor,
    RANSACRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
    SGDClassifier,
    SGDRegressor,
    TheilSenRegressor,
    TweedieRegressor,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC, LinearSVR
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)
from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor

TREES: dict[str, Any] = {"n_estimators": 4, "max_leaf_nodes": 6, "random_state": 0}
_BINS: dict[str, Any] = {"max_iter": 4, "max_leaf_nodes": 5, "min_samples_leaf": 4}
_LIGHT: dict[str, Any] = {"n_estimators": 4, "num_leaves": 5, "min_child_samples": 4, "verbose": -1, "n_jobs": 1}  # fmt: skip
_EXTREME: dict[str, Any] = {"n_estimators": 4, "max_depth": 3, "n_jobs": 1}
_NET: dict[str, Any] = {"max_iter": 20, "random_state": 0}


def estimators(task: str) -> st.SearchStrategy[Any]:
    """Draw what learns the task."""
    return st.sampled_from(_KNOWN[task]())


@functools.cache
def _of_two_classes() -> tuple[Any, ...]:
    logistic = LogisticRegression(max_iter=50)
    forest, boosting = RandomForestClassifier(**TREES), HistGradientBoostingClassifier(**_BINS)
    return (
        *_linear_classifiers(logistic),
        *_classifiers_of_trees(),
        GaussianNB(),
        BernoulliNB(),
        MultinomialNB(),
        ComplementNB(),
        QuadraticDiscriminantAnalysis(),
        MLPClassifier((6,), **_NET),
        MLPClassifier((4, 3), activation="tanh", **_NET),
        AdaBoostClassifier(n_estimators=4),
        BaggingClassifier(DecisionTreeClassifier(max_leaf_nodes=5), 3, max_features=0.7),
        BaggingClassifier(logistic, 3),
        VotingClassifier([("a", logistic), ("b", forest)], voting="soft"),
        VotingClassifier([("a", logistic), ("b", boosting)], voting="hard"),
        StackingClassifier([("a", logistic), ("b", forest)], logistic, cv=2),
        CalibratedClassifierCV(forest, cv=2),
        CalibratedClassifierCV(forest, method="isotonic", cv=2),
        CalibratedClassifierCV(logistic, method="temperature", cv=2),
        CalibratedClassifierCV(boosting, method="isotonic", cv=2, ensemble=False),
        GridSearchCV(logistic, {"C": [0.1, 1.0]}, cv=2),
        RandomizedSearchCV(forest, {"max_depth": [1, 2]}, n_iter=1, cv=2, random_state=0),
        make_pipeline(StandardScaler(), forest),
        OneVsRestClassifier(logistic),
    )


def _linear_classifiers(logistic: Any) -> tuple[Any, ...]:
    return (
        logistic,
        LogisticRegressionCV(Cs=2, cv=2, max_iter=50, l1_ratios=(0,), use_legacy_attributes=False),
        RidgeClassifier(),
        RidgeClassifierCV(),
        SGDClassifier(random_state=0),
        SGDClassifier(loss="modified_huber", random_state=0),
        SGDClassifier(loss="log_loss", random_state=0),
        Perceptron(),
        LinearSVC(),
        LinearDiscriminantAnalysis(),
    )


def _classifiers_of_trees() -> tuple[Any, ...]:
    return (
        DecisionTreeClassifier(max_leaf_nodes=8),
        ExtraTreeClassifier(max_leaf_nodes=8),
        RandomForestClassifier(**TREES),
        ExtraTreesClassifier(**TREES),
        GradientBoostingClassifier(n_estimators=4, max_leaf_nodes=5),
        HistGradientBoostingClassifier(**_BINS),
        LGBMClassifier(**_LIGHT),
        XGBClassifier(**_EXTREME),
        XGBRFClassifier(**_EXTREME),
    )


@functools.cache
def _of_three_classes() -> tuple[Any, ...]:
    logistic = LogisticRegression(max_iter=50)
    return (
        *_of_two_classes(),
        OneVsOneClassifier(logistic),
        OneVsOneClassifier(DecisionTreeClassifier(max_leaf_nodes=4)),
        OneVsRestClassifier(LinearSVC()),
        OutputCodeClassifier(logistic, random_state=0),
    )


@functools.cache
def _of_one_number() -> tuple[Any, ...]:
    forest = RandomForestRegressor(**TREES)
    return (
        *_linear_regressors(),
        *_regressors_of_trees(),
        AdaBoostRegressor(n_estimators=4, random_state=0),
        BaggingRegressor(DecisionTreeRegressor(max_leaf_nodes=5), 3, max_features=0.7),
        VotingRegressor([("a", Ridge()), ("b", forest)]),
        StackingRegressor([("a", Ridge()), ("b", forest)], Ridge(), cv=2),
        GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2),
        TransformedTargetRegressor(forest, func=np.log1p, inverse_func=np.expm1),
        TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
        MLPRegressor(hidden_layer_sizes=(6,), **_NET),
        MLPRegressor(hidden_layer_sizes=(4, 3), activation="logistic", **_NET),
    )


def _linear_regressors() -> tuple[Any, ...]:
    return (
        LinearRegression(),
        Ridge(),
        RidgeCV(),
        Lasso(),
        LassoCV(cv=2, alphas=3),
        ElasticNet(),
        ElasticNetCV(cv=2, alphas=3),
        Lars(),
        LassoLars(alpha=0.1),
        LassoLarsIC(),
        OrthogonalMatchingPursuit(),
        BayesianRidge(),
        ARDRegression(max_iter=10),
        HuberRegressor(max_iter=50),
        PoissonRegressor(max_iter=50),
        GammaRegressor(max_iter=50),
        TweedieRegressor(power=1.5, max_iter=50),
        QuantileRegressor(),
        RANSACRegressor(random_state=0),
        TheilSenRegressor(max_subpopulation=50, random_state=0),
        SGDRegressor(random_state=0, max_iter=50),
        LinearSVR(max_iter=100),
        PLSRegression(1),
    )


def _regressors_of_trees() -> tuple[Any, ...]:
    return (
        DecisionTreeRegressor(max_leaf_nodes=8),
        ExtraTreeRegressor(max_leaf_nodes=8),
        RandomForestRegressor(**TREES),
        ExtraTreesRegressor(**TREES),
        GradientBoostingRegressor(n_estimators=4, max_leaf_nodes=5),
        HistGradientBoostingRegressor(**_BINS),
        HistGradientBoostingRegressor(loss="poisson", **_BINS),
        LGBMRegressor(**_LIGHT),
        LGBMRegressor(objective="poisson", **_LIGHT),
        XGBRegressor(**_EXTREME),
        XGBRegressor(objective="count:poisson", **_EXTREME),
        XGBRFRegressor(**_EXTREME),
    )


@functools.cache
def _of_several_numbers() -> tuple[Any, ...]:
    return (
        LinearRegression(),
        Ridge(),
        MultiTaskLasso(),
        MultiTaskElasticNet(),
        PLSRegression(1),
        DecisionTreeRegressor(max_leaf_nodes=8),
        RandomForestRegressor(**TREES),
        MLPRegressor(hidden_layer_sizes=(5,), **_NET),
        MultiOutputRegressor(HistGradientBoostingRegressor(**_BINS)),
        RegressorChain(Ridge()),
        RegressorChain(DecisionTreeRegressor(max_leaf_nodes=5)),
    )


@functools.cache
def _of_several_labels() -> tuple[Any, ...]:
    logistic = LogisticRegression(max_iter=50)
    return (
        MultiOutputClassifier(logistic),
        MultiOutputClassifier(RandomForestClassifier(**TREES)),
        ClassifierChain(logistic),
        ClassifierChain(DecisionTreeClassifier(max_leaf_nodes=5)),
    )


@functools.cache
def _of_nothing() -> tuple[Any, ...]:
    return (
        KMeans(3, n_init=1, random_state=0),
        MiniBatchKMeans(3, n_init=1, random_state=0),
        BisectingKMeans(3, random_state=0),
        IsolationForest(n_estimators=4, max_samples=20, random_state=0),
    )


_KNOWN: dict[str, Callable[[], tuple[Any, ...]]] = {
    "two": _of_two_classes,
    "three": _of_three_classes,
    "number": _of_one_number,
    "numbers": _of_several_numbers,
    "labels": _of_several_labels,
    "none": _of_nothing,
}
