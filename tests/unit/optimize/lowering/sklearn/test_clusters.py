from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from conformance.frames import measurements
from conformance.trained import trained
from headway.core.dtypes import Task
from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.sklearn.registry import steps as sklearn_steps
from headway.optimize.lowering.state import Lowering
from unit.optimize.lowering.answering import (
    NUMBERS,
    OTHERS,
    VALUES,
    answers_at,
    assert_holds,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    refusal_of,
)
from unit.optimize.lowering.stepwise import run_graph

MODELS = [
    KMeans(4, n_init=1, random_state=0),
    KMeans(1, n_init=1),
    MiniBatchKMeans(4, n_init=1, random_state=0),
    BisectingKMeans(2, random_state=0),
    BisectingKMeans(7, random_state=0, bisecting_strategy="largest_cluster"),
    BisectingKMeans(1),
]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_labels_are_the_same(model):
    fitted = assert_same_answers(model, None)
    assert fitted.contract.output.task is Task.OTHER


def test_every_leaf_of_a_tree_is_come_to():
    fitted = trained(
        BisectingKMeans(7, random_state=0), VALUES, None, measurements(400, 8, missing=False)
    )
    assert_holds(fitted)
    assert set(fitted.model.predict(VALUES)) == set(range(7))


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_distances_are_the_same(model):
    fitted = trained(model, VALUES, None)
    lowering = Lowering(fitted.contract, sklearn_steps())
    columns = lowering.transform("step", model, lowering.features)
    assert all(column.is_mixed for column in columns)
    tensor = lowering.matrices.of(columns)
    graph, _ = lowering.finish({"values": GraphOutput(tensor, width=len(columns))})
    expected = model.transform(OTHERS)
    np.testing.assert_allclose(run_graph(graph, OTHERS), expected, rtol=1e-12, atol=1e-12)


def test_another_model_can_be_fitted_on_the_distances():
    assert_same_answers(make_pipeline(KMeans(3, n_init=1, random_state=0), Ridge()), NUMBERS)


def test_between_two_centres_the_first_is_chosen():
    fitted = trained(KMeans(2, n_init=1, random_state=0), VALUES, None)
    fitted.model.cluster_centers_[:] = 0.0
    fitted.model.cluster_centers_[:, 0] = [-1.0, 1.0]
    assert answers_at(fitted, np.zeros((1, 5))).tolist() == [0]
    assert fitted.model.predict(np.zeros((1, 5))).tolist() == [0]


@pytest.mark.parametrize("model", [MODELS[0], MODELS[3]], ids=str)
def test_missing_and_infinite_numbers_are_refused_as_the_model_refuses_them(model):
    assert_refuses_missing_and_infinite(model, None)


@pytest.mark.parametrize("model", MODELS[::2], ids=str)
def test_a_fit_in_float32_is_refused(model):
    fitted = trained(model, VALUES.astype(np.float32), None)
    assert "float32" in refusal_of(fitted).message


def test_a_parameter_that_is_not_known_is_refused():
    fitted = trained(KMeans(2, n_init=1), VALUES, None)
    fitted.model.get_params = lambda deep=True: {"tuned": deep}
    assert "its parameter `tuned` is not known" in refusal_of(fitted).message
