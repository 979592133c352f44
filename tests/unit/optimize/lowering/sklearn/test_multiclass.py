from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from conformance.trained import trained
from unit.optimize.lowering.answering import (
    BANDS,
    TWO,
    VALUES,
    assert_holds,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    refusal_of,
)

SCALED = VALUES / [1, 10, 1e-3, 100, 1]
FAR = np.zeros((4, 5))
FAR[:, 0], FAR[:, 1] = [1e30, -1e30, 1e308, -1e308], [0.0, 1e30, 0.0, 1e30]
PARTS = [
    LogisticRegression(),
    LinearSVC(random_state=0),
    GaussianNB(),
    SGDClassifier(loss="modified_huber", random_state=0),
    make_pipeline(StandardScaler(), LogisticRegression()),
]


@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
@pytest.mark.parametrize("part", [*PARTS, LinearRegression()], ids=lambda part: type(part).__name__)
def test_each_class_against_the_rest_answers_the_same(part, target):
    assert_same_answers(OneVsRestClassifier(part), target, values=SCALED, rows=SCALED * 2)


@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_each_pair_of_classes_answers_the_same(part, target):
    assert_same_answers(OneVsOneClassifier(part), target, values=SCALED, rows=SCALED * 2)


@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
@pytest.mark.parametrize("seed", [1, 3])
def test_codes_of_classes_answer_the_same(part, target, seed):
    model = OutputCodeClassifier(part, code_size=2.5, random_state=seed)
    assert_same_answers(model, target, values=SCALED, rows=SCALED * 2)


def test_a_place_where_all_classes_have_one_code_is_a_constant():
    for seed in range(20):
        model = OutputCodeClassifier(LinearSVC(random_state=0), random_state=seed)
        assert_same_answers(model, BANDS, values=SCALED, rows=SCALED)
        if any(type(part).__name__ == "_ConstantPredictor" for part in model.estimators_):
            return
    raise AssertionError("no code had such a place")


@pytest.mark.parametrize("kind", [OneVsRestClassifier, OneVsOneClassifier, OutputCodeClassifier])
def test_what_is_far_away_is_answered_as_natively(kind):
    random = {"random_state": 1} if kind is OutputCodeClassifier else {}
    assert_holds(trained(kind(LinearSVC(random_state=0), **random), SCALED, BANDS, FAR[:2]))


def test_more_than_three_classes_answer_the_same():
    target = np.digitize(SCALED[:, 1], np.quantile(SCALED[:, 1], [0.2, 0.4, 0.6, 0.8]))
    for kind in (OneVsRestClassifier, OneVsOneClassifier):
        assert_same_answers(kind(GaussianNB()), target, values=SCALED, rows=SCALED * 2)


@pytest.mark.parametrize("part", [LogisticRegression(), SGDClassifier("log_loss")], ids=str)
def test_where_every_class_is_impossible(part):
    fitted = trained(OneVsRestClassifier(part), SCALED, BANDS)
    for estimator in fitted.model.estimators_:
        estimator.coef_[:] = 0.0
        estimator.intercept_[:] = -800.0
    assert_holds(fitted)


def test_logistic_regressions_take_one_product():
    fitted = trained(OneVsRestClassifier(LogisticRegression()), SCALED, BANDS)
    graph = fitted.lower().graph
    other = trained(OneVsRestClassifier(SGDClassifier("log_loss")), SCALED, BANDS).lower().graph
    assert (graph.count(b"Gemm"), other.count(b"Gemm")) == (1, 3)


@pytest.mark.parametrize("kind", [OneVsRestClassifier, OneVsOneClassifier, OutputCodeClassifier])
def test_missing_and_infinite_numbers_are_refused_as_the_model_refuses_them(kind):
    assert_refuses_missing_and_infinite(kind(GaussianNB()), BANDS)


@pytest.mark.parametrize("kind", [OneVsRestClassifier, OneVsOneClassifier, OutputCodeClassifier])
def test_a_part_that_is_not_covered_is_named(kind):
    fitted = trained(kind(GaussianNB()), VALUES, BANDS)
    fitted.model.estimators_ = [object(), *fitted.model.estimators_[1:]]
    assert "step `0` (object): `builtins.object` is not covered" in refusal_of(fitted).message


def test_a_regression_for_each_pair_is_refused():
    fitted = trained(OneVsOneClassifier(LinearRegression()), VALUES, BANDS)
    assert "a part of it is a regression" in refusal_of(fitted).message


def test_a_part_of_three_classes_is_refused():
    fitted = trained(OneVsRestClassifier(GaussianNB()), VALUES, BANDS)
    fitted.model.estimators_[0] = GaussianNB().fit(VALUES, BANDS)
    assert "more than two classes" in refusal_of(fitted).message


def test_several_labels_and_kernels_are_refused():
    labels = np.column_stack([TWO == "no", BANDS == "low"]).astype(int)
    fitted = trained(OneVsRestClassifier(LogisticRegression()), VALUES, labels)
    assert "several labels is not covered" in refusal_of(fitted).message
    pairs = trained(OneVsOneClassifier(LogisticRegression()), VALUES, BANDS)
    pairs.model.pairwise_indices_ = ()
    assert "given a kernel" in refusal_of(pairs).message


def test_a_class_without_a_part_is_refused():
    fitted = trained(OneVsRestClassifier(GaussianNB()), VALUES, BANDS)
    fitted.model.estimators_ = fitted.model.estimators_[:2]
    assert "2 parts for 3 classes" in refusal_of(fitted).message
