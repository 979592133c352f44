"""Linear models, naive Bayes, discriminant analyses, perceptrons, clusters and what is made of several."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.compose import ColumnTransformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    LinearRegression,
    MultiTaskLasso,
    PoissonRegressor,
    RANSACRegressor,
    RidgeClassifierCV,
    SGDClassifier,
    TweedieRegressor,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

from conformance.cases.models import STRINGS, dense_one_hot, logistic, on_credit, side_by_side
from conformance.cases.table import Cases
from conformance.frames import delays, flights, measurements, three_bands, unseen
from conformance.trained import Trained, trained

CASES = Cases()
VALUES = measurements(300, missing=False)
ROWS = measurements(200, seed=8, missing=False)
TWO = VALUES[:, 1] + VALUES[:, 0] > 0
BANDS = np.array(["low", "middle", "high"])[three_bands(VALUES[:, 1])]
NUMBERS = VALUES[:, 1] * 3 - VALUES[:, 0]
POSITIVE = np.exp(VALUES[:, 0])
COUNTS, OTHER_COUNTS = np.floor(np.abs(VALUES)), np.floor(np.abs(ROWS))


def _on_flights(estimator: Any) -> Trained:
    frame = flights(300)
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = ColumnTransformer(
        [
            ("numbers", numbers, slice("month", "air_time")),
            ("carrier", OneHotEncoder(handle_unknown="ignore"), ["carrier"]),
        ]
    )
    rows = unseen(flights(200, seed=8))
    return trained(make_pipeline(columns, estimator), frame, delays(frame), rows)


def _scaled(estimator: Any, target: Any) -> Trained:
    return trained(make_pipeline(StandardScaler(), estimator), VALUES, target, ROWS)


@CASES.case
def elastic_net_of_sparse_columns() -> Trained:
    return _on_flights(ElasticNet(alpha=0.01))


@CASES.case
def regression_of_counts_by_a_link() -> Trained:
    return _on_flights(PoissonRegressor(max_iter=300))


@CASES.case
def regression_of_amounts_by_a_link() -> Trained:
    return _scaled(GammaRegressor(), POSITIVE)


@CASES.case
def regression_of_zeros_and_amounts() -> Trained:
    return _scaled(TweedieRegressor(power=1.5), POSITIVE)


@CASES.case
def regression_by_huber() -> Trained:
    return _on_flights(HuberRegressor(max_iter=300))


@CASES.case
def regression_on_the_inliers() -> Trained:
    return _on_flights(RANSACRegressor(LinearRegression(), random_state=0))


@CASES.case
def regression_by_support_vectors() -> Trained:
    return _on_flights(LinearSVR(random_state=0))


@CASES.case
def regression_of_several_targets() -> Trained:
    return trained(LinearRegression(), VALUES, np.column_stack([NUMBERS, POSITIVE]), ROWS)


@CASES.case
def lasso_of_several_targets() -> Trained:
    return _scaled(MultiTaskLasso(alpha=0.1), np.column_stack([NUMBERS, POSITIVE]))


@CASES.case
def partial_least_squares() -> Trained:
    return trained(PLSRegression(2), VALUES, NUMBERS, ROWS)


@CASES.case
def ridge_classification() -> Trained:
    strings = OneHotEncoder(handle_unknown="ignore")
    return on_credit(side_by_side(SimpleImputer(), strings), RidgeClassifierCV(), 100)


@CASES.case
def support_vectors_of_three_classes() -> Trained:
    return _scaled(LinearSVC(random_state=0), BANDS)


@CASES.case
def gradient_descent_by_logistic_loss_of_three_classes() -> Trained:
    return _scaled(SGDClassifier(loss="log_loss", random_state=0), BANDS)


@CASES.case
def gradient_descent_by_modified_huber() -> Trained:
    return _scaled(SGDClassifier(loss="modified_huber", random_state=0), TWO)


@CASES.case
def linear_discriminant_analysis() -> Trained:
    preprocess = side_by_side(SimpleImputer(), dense_one_hot(drop="first"), sparse_threshold=0)
    return on_credit(preprocess, LinearDiscriminantAnalysis(), 100)


@CASES.case
def quadratic_discriminant_analysis() -> Trained:
    return _scaled(QuadraticDiscriminantAnalysis(), BANDS)


@CASES.case
def logistic_on_a_discriminating_projection() -> Trained:
    model = make_pipeline(LinearDiscriminantAnalysis(solver="eigen"), logistic())
    return trained(model, VALUES, BANDS, ROWS)


@CASES.case
def naive_bayes_of_normal_numbers() -> Trained:
    preprocess = side_by_side(SimpleImputer(), dense_one_hot(), sparse_threshold=0)
    return on_credit(preprocess, GaussianNB(var_smoothing=1e-6), 100)


@CASES.case
def naive_bayes_of_counts() -> Trained:
    return trained(MultinomialNB(), COUNTS, BANDS, OTHER_COUNTS)


@CASES.case
def naive_bayes_of_complements() -> Trained:
    return trained(ComplementNB(), COUNTS, BANDS, OTHER_COUNTS)


@CASES.case
def naive_bayes_of_words() -> Trained:
    columns = ColumnTransformer([("words", OneHotEncoder(handle_unknown="ignore"), STRINGS)])
    return on_credit(columns, BernoulliNB(), 100)


@CASES.case
def naive_bayes_above_a_threshold() -> Trained:
    return trained(BernoulliNB(binarize=1.0), VALUES, BANDS, ROWS)


@CASES.case
def perceptron_of_two_classes() -> Trained:
    preprocess = side_by_side(
        make_pipeline(SimpleImputer(), StandardScaler()), OneHotEncoder(handle_unknown="ignore")
    )
    return on_credit(preprocess, MLPClassifier((6, 4), max_iter=10, random_state=0), 100)


@CASES.case
def perceptron_of_three_classes() -> Trained:
    return _scaled(MLPClassifier((6,), "logistic", max_iter=10, random_state=0), BANDS)


@CASES.case
def perceptron_regression() -> Trained:
    known = {"hidden_layer_sizes": (5,), "activation": "tanh", "max_iter": 10, "random_state": 0}
    return _scaled(MLPRegressor(**known), np.column_stack([NUMBERS, POSITIVE]))


@CASES.case
def clusters() -> Trained:
    return _scaled(KMeans(5, n_init=1, random_state=0), None)


@CASES.case
def clusters_of_bare_numbers() -> Trained:
    return trained(MiniBatchKMeans(4, n_init=1, random_state=0), VALUES, None, ROWS)


@CASES.case
def clusters_by_halves() -> Trained:
    return trained(BisectingKMeans(6, random_state=0), VALUES, None, ROWS)


@CASES.case
def logistic_on_distances_from_clusters() -> Trained:
    model = make_pipeline(StandardScaler(), KMeans(4, n_init=1, random_state=0), logistic())
    return trained(model, VALUES, BANDS, ROWS)


@CASES.case
def each_class_against_the_rest() -> Trained:
    return _scaled(OneVsRestClassifier(GaussianNB()), BANDS)


@CASES.case
def two_classes_as_one_against_the_rest() -> Trained:
    return _scaled(OneVsRestClassifier(LinearSVC(random_state=0)), TWO)


@CASES.case
def each_pair_of_classes() -> Trained:
    return trained(OneVsOneClassifier(LinearSVC(random_state=0)), VALUES, BANDS, ROWS)


@CASES.case
def codes_of_classes() -> Trained:
    return _scaled(OutputCodeClassifier(logistic(), code_size=2, random_state=1), BANDS)
