from __future__ import annotations

import dataclasses

import pytest

from conformance.cases.models import boosting, logistic
from conformance.frames import credit, measurements
from conformance.trained import trained
from headway.optimize.lowering.form import Landmarks
from headway.optimize.lowering.trees import LEAF
from headway.runtimes.onnx import OnnxRuntime

VALUES = measurements(60, missing=False)


def test_nothing_needs_landmarks_unless_a_step_says_so():
    assert (Landmarks().ensembles, dict(Landmarks().numbers)) == ((), {})
    assert Landmarks().numbers is not Landmarks().numbers


def test_a_form_is_fixed():
    form = trained(logistic(), VALUES, VALUES[:, 0] > 0).lower()
    with pytest.raises(dataclasses.FrozenInstanceError):
        form.graph = b""


def test_a_form_alone_is_enough_to_answer():
    fitted = trained(logistic(), VALUES, VALUES[:, 0] > 0)
    form = fitted.lower()
    runtime = OnnxRuntime(form.graph, form.encoder, fitted.contract.output)
    for method in fitted.contract.output.methods:
        assert runtime.predict(fitted.rows, method).n_rows == 60


def test_every_tree_of_an_ensemble_is_a_landmark_with_the_columns_it_looks_at():
    fitted = trained(boosting(max_iter=3), VALUES, VALUES[:, 1] > 0)
    ((trees, columns),) = fitted.lower().landmarks.ensembles
    assert len(trees) == 3
    assert [column.feature for column in columns] == [0, 1, 2, 3, 4]
    for tree, (predictor,) in zip(trees, fitted.model._predictors, strict=True):
        is_split = tree.column != LEAF
        assert tree.threshold[is_split].tolist() == (
            predictor.nodes["num_threshold"][is_split].tolist()
        )


def test_numbers_that_are_categories_are_landmarks_in_ascending_order():
    frame = credit(60)[["rate", "housing"]]
    fitted = trained(boosting(categorical_features=["rate", "housing"]), frame, VALUES[:, 0] > 0)
    assert fitted.lower().landmarks.numbers == {0: (1.0, 2.0, 3.0, 4.0)}
