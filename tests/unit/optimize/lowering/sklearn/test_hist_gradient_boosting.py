from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from conformance.cases.models import boosted_regression, boosting
from conformance.frames import credit, delays, flights, measurements, three_bands
from conformance.trained import Trained, batch_of, trained
from headway.errors import LoweringError
from unit.optimize.lowering.stepwise import run_graph

VALUES = measurements(120)
OTHERS = measurements(300, seed=8)
TARGET = np.nan_to_num(VALUES[:, 1]) + VALUES[:, 4].clip(0, 3)
MANY = flights(300)[["carrier", "airport", "distance", "air_time"]]


def assert_same_answers(fitted: Trained, rows):
    """Hold the graph to the model: the scores to the last bits, the labels exactly."""
    form = fitted.lower()
    matrix = form.encoder.encode(batch_of(fitted.contract.names, rows))
    model = fitted.model
    if hasattr(model, "classes_"):
        expected = model.decision_function(rows)
        made = run_graph(form.graph, matrix, "scores")
        labels = model.classes_[run_graph(form.graph, matrix, "label")]
        np.testing.assert_array_equal(labels, model.predict(rows))
        np.testing.assert_allclose(
            run_graph(form.graph, matrix, "probabilities"), model.predict_proba(rows), rtol=1e-13
        )
    else:
        expected, made = model.predict(rows), run_graph(form.graph, matrix)
    assert made.shape == expected.shape
    np.testing.assert_allclose(made, expected, rtol=1e-13, atol=1e-13)
    return form


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"max_depth": 2},
        {"max_leaf_nodes": 2},
        {"max_iter": 1},
        {"learning_rate": 1.0, "l2_regularization": 3.0},
        {"max_bins": 4},
        {"early_stopping": True, "n_iter_no_change": 2},
        {"monotonic_cst": [1, 0, 0, -1, 0]},
        {"class_weight": "balanced"},
    ],
    ids=str,
)
def test_two_classes_answer_the_same(parameters):
    assert_same_answers(trained(boosting(**parameters), VALUES, TARGET > 1), OTHERS)


def test_three_classes_answer_the_same():
    assert_same_answers(trained(boosting(), VALUES, three_bands(np.nan_to_num(TARGET))), OTHERS)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"loss": "absolute_error"},
        {"loss": "quantile", "quantile": 0.1},
        {"loss": "poisson"},
        {"loss": "gamma"},
    ],
    ids=str,
)
def test_a_regression_answers_the_same_through_its_link(parameters):
    target = np.exp(np.nan_to_num(VALUES[:, 0])) + 0.1
    assert_same_answers(trained(boosted_regression(**parameters), VALUES, target), OTHERS)


@pytest.mark.parametrize("shift", [0.0, 3e5])
def test_the_baseline_is_added_once(shift):
    target = np.nan_to_num(VALUES[:, 1]) + shift
    fitted = trained(boosted_regression(max_iter=3), VALUES, target)
    assert_same_answers(fitted, OTHERS)


def test_trees_that_never_split_answer_their_leaf():
    fitted = trained(boosting(min_samples_leaf=100), VALUES, np.arange(120) % 2)
    assert_same_answers(fitted, OTHERS)


def test_rows_on_each_threshold_and_beside_it_go_the_native_way():
    fitted = trained(boosting(), VALUES, TARGET > 1)
    ((trees, _columns),) = fitted.lower().landmarks.ensembles
    rows = []
    for tree in trees:
        for column, threshold in zip(tree.column, tree.threshold, strict=True):
            for number in (
                threshold,
                np.nextafter(threshold, -np.inf),
                np.nextafter(threshold, np.inf),
            ):
                row = np.zeros(5)
                row[max(column, 0)] = number
                rows.append(row)
    assert_same_answers(fitted, np.array(rows))


@pytest.mark.parametrize("chosen", [[4], [3, 4], [True, False, False, True, True]], ids=str)
def test_categories_in_an_array_are_reordered_as_the_model_reorders_them(chosen):
    values = np.column_stack([VALUES[:, 3] // 10, VALUES[:, :2], VALUES[:, 4] * 7, VALUES[:, 4]])
    others = np.column_stack([OTHERS[:, 3] // 7, OTHERS[:, :2], OTHERS[:, 4] * 5, OTHERS[:, 4]])
    target = np.nan_to_num(values[:, 4]) * 2 + np.nan_to_num(values[:, 1]) > 3
    values, others = (v - np.nanmin(values, axis=0) for v in (values, others))
    fitted = trained(boosting(categorical_features=chosen), values, target)
    others[others < 0] = np.nan
    assert_same_answers(fitted, others)


def test_category_columns_of_a_frame_answer_the_same_also_unknown_and_missing():
    frame = credit(150).astype(dict.fromkeys(["purpose", "housing", "rate"], "category"))
    frame = frame.drop(columns="status")
    target = np.where(credit(150)["purpose"].isin(["tv", "study"]), "bad", "good")
    rows = frame.head(60).copy()
    for name in ("purpose", "housing", "rate"):
        rows.loc[::7, name] = np.nan
    assert_same_answers(trained(boosting(), frame, target), rows)


def test_sets_of_more_categories_than_a_word_has_bits_answer_the_same():
    model = boosted_regression(categorical_features=["carrier", "airport"], max_iter=20)
    fitted = trained(model, MANY, delays(flights(300)))
    rows = MANY.copy()
    rows.loc[::5, "airport"] = "never seen"
    rows.loc[::9, "carrier"] = "never seen"
    form = assert_same_answers(fitted, rows)
    members = [
        m for trees, _ in form.landmarks.ensembles for tree in trees for m in tree.members.values()
    ]
    assert max(map(len, members)) > 5


def test_missing_among_many_categories_answers_the_same():
    frame = MANY.copy()
    frame.loc[::7, ["airport"]] = np.nan
    model = boosted_regression(categorical_features=["carrier", "airport"])
    assert_same_answers(trained(model, frame, delays(flights(300))), frame)


def test_categories_that_are_numbers_of_any_kind_are_replaced_by_their_places():
    frame = pd.DataFrame({"kind": VALUES[:, 3] // 10 + 0.5, "size": VALUES[:, 0]})
    fitted = trained(
        boosting(categorical_features=["kind"]), frame, np.nan_to_num(VALUES[:, 3]) % 20 > 9
    )
    rows = frame.assign(kind=np.where(np.arange(120) % 6 == 0, 1e9, frame["kind"]))
    assert_same_answers(fitted, rows)


def test_codes_of_an_encoder_are_native_categories():
    frame = credit(150)[["purpose", "housing", "amount"]]
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    words = frame[["purpose", "housing"]]
    target = frame["purpose"].isin(["tv", "study"]).to_numpy()
    model = make_pipeline(codes, boosting(categorical_features=[0, 1]))
    fitted = trained(model, words, target)
    report = fitted.check(fitted.lower())
    assert report.passed, report.reason


def test_float32_numbers_answer_the_same():
    fitted = trained(boosting(), VALUES.astype(np.float32), TARGET > 1)
    assert_same_answers(fitted, OTHERS.astype(np.float32))


def test_infinite_numbers_are_answered_and_infinite_categories_refused():
    fitted = trained(boosting(categorical_features=[4]), VALUES, TARGET > 1)
    columns = fitted.lower().encoder.columns
    assert columns[0].maximum is None
    assert columns[4].maximum == np.finfo(np.float64).max


def test_strings_where_numbers_are_expected_are_refused():
    fitted = trained(boosting(), VALUES[:, :2], TARGET > 1)
    words = trained(
        make_pipeline(OrdinalEncoder(), boosting()), credit(120)[["housing", "age"]], TARGET > 1
    )
    with pytest.raises(LoweringError, match="strings or categories where numbers are expected"):
        Trained(fitted.model, words.contract, words.rows).lower()


def test_another_loss_is_refused_by_name():
    fitted = trained(boosted_regression(), VALUES, np.arange(120.0))
    fitted.model.loss = "huber"
    with pytest.raises(LoweringError, match=r"\(HistGradientBoostingRegressor\): `loss='huber'`"):
        fitted.lower()


def test_a_loss_with_another_link_is_refused():
    fitted = trained(boosted_regression(), VALUES, np.arange(120.0))
    fitted.model.loss = "poisson"
    with pytest.raises(LoweringError, match="the loss `poisson` has the link IdentityLink"):
        fitted.lower()


def test_a_model_without_trees_is_refused():
    fitted = trained(boosting(), VALUES, TARGET > 1)
    fitted.model._predictors = []
    with pytest.raises(LoweringError, match="it holds no trees"):
        fitted.lower()


def test_a_subclass_is_refused():
    class Own(HistGradientBoostingClassifier):
        pass

    fitted = trained(Own(max_iter=2), VALUES, TARGET > 1)
    with pytest.raises(LoweringError, match=r"`model` \(Own\): .*Own` is not covered"):
        fitted.lower()
