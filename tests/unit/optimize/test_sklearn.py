from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from xgboost import XGBRegressor

from headway.core.dtypes import Method, Task
from headway.errors import ContractError
from headway.optimize.sklearn import describe_output

X = np.random.default_rng(0).normal(size=(60, 2))
ALL = (Method.PREDICT, Method.PREDICT_PROBA, Method.DECISION_FUNCTION)


@pytest.mark.parametrize(
    "labels", [["no", "yes"], [0, 1], [False, True], [-1.0, 2.0], ["a", "b", "c"]]
)
def test_classes_are_python_scalars_in_the_models_order(labels):
    y = np.array(labels)[np.arange(60) % len(labels)]
    output = describe_output(LogisticRegression().fit(X, y))
    assert output.classes == tuple(sorted(labels))
    assert {type(label) for label in output.classes} == {type(labels[0])}
    assert (output.task, output.methods, output.n_outputs) == (Task.CLASSIFICATION, ALL, 1)


def test_a_pipeline_is_described_by_its_last_step():
    model = make_pipeline(StandardScaler(), make_pipeline(LogisticRegression()))
    assert describe_output(model.fit(X, np.arange(60) % 2)).methods == ALL


def test_only_methods_that_the_model_has_are_named():
    y = np.arange(60) % 2
    forest = describe_output(RandomForestClassifier(2).fit(X, y))
    assert forest.methods == (Method.PREDICT, Method.PREDICT_PROBA)
    assert describe_output(LinearSVC().fit(X, y)).methods == (
        Method.PREDICT,
        Method.DECISION_FUNCTION,
    )


@pytest.mark.parametrize(
    "model",
    [
        LinearRegression(),
        RandomForestRegressor(2),
        MultiOutputRegressor(LinearRegression()),
        make_pipeline(StandardScaler(), LinearRegression()),
    ],
)
def test_a_regression_tells_how_many_values_it_answers(model):
    output = describe_output(model.fit(X, X[:, [0, 1, 0]]))
    assert (output.task, output.methods, output.n_outputs) == (
        Task.REGRESSION,
        (Method.PREDICT,),
        3,
    )


@pytest.mark.parametrize("model", [LinearRegression(), RandomForestRegressor(2)])
def test_a_regression_of_one_target_answers_one_value(model):
    assert describe_output(model.fit(X, X[:, 0])).n_outputs == 1


def test_a_classification_of_several_targets_has_no_one_list_of_classes():
    y = np.stack([np.arange(60) % 2, np.arange(60) % 3], axis=1)
    output = describe_output(RandomForestClassifier(2).fit(X, y))
    assert (output.n_outputs, output.classes) == (2, ())


def test_what_is_neither_is_other():
    assert describe_output(KMeans(2, n_init=1).fit(X)).task is Task.OTHER


def test_a_class_that_no_reply_can_hold_is_refused():
    model = LogisticRegression().fit(X, np.arange(60) % 2)
    model.classes_ = np.array([dt.date(2020, 1, 1), dt.date(2021, 1, 1)], dtype=object)
    with pytest.raises(ContractError, match="is no string, number or boolean"):
        describe_output(model)


@pytest.mark.parametrize(
    "model", [OneVsRestClassifier(LogisticRegression()), MLPClassifier((3,), max_iter=5)]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_labels_that_may_hold_together_are_values_of_their_own(model):
    y = np.stack([np.arange(60) % 2, np.arange(60) % 3 > 0], axis=1).astype(int)
    output = describe_output(model.fit(X, y))
    assert (output.n_outputs, output.classes, output.methods) == (2, (), (Method.PREDICT,))
    assert describe_output(model.fit(X, y[:, 0])).classes == (0, 1)


@pytest.mark.parametrize(("target", "n_outputs"), [(X[:, 0], 1), (X, 2)])
def test_a_regressor_of_a_transformed_target_answers_as_the_one_inside(target, n_outputs):
    model = TransformedTargetRegressor(Ridge(), transformer=StandardScaler()).fit(X, target)
    assert describe_output(model).n_outputs == n_outputs


@pytest.mark.parametrize(("target", "n_outputs"), [(X[:, 0], 1), (X, 2)])
def test_a_booster_tells_how_many_targets_it_has(target, n_outputs):
    model = XGBRegressor(n_estimators=1, max_depth=1, n_jobs=1).fit(X, target)
    assert describe_output(model).n_outputs == n_outputs
