from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from conformance.cases.models import boosting
from conformance.frames import measurements
from conformance.trained import trained
from headway.optimize.lowering import lower as lowering
from headway.optimize.threadpoolctl import one_thread
from unit.optimize.mixing import Rotation, steps_with_rotation

VALUES = measurements(60, missing=False)
TARGET = VALUES[:, 1] > 0


@pytest.fixture(autouse=True)
def setting(monkeypatch):
    monkeypatch.setattr(lowering, "known_steps", steps_with_rotation)
    with one_thread():
        yield


def parts(*steps):
    return trained(make_pipeline(*steps), VALUES, TARGET).lower().landmarks.parts


def small():
    return boosting(max_iter=2, max_leaf_nodes=3)


def test_trees_behind_a_step_that_mixes_features_are_a_part():
    (part,) = parts(Rotation(), small())
    assert part.path == ("model", "histgradientboostingclassifier")
    assert part.method == "decision_function"
    assert len(part.contract.features) == 4
    ((trees, columns),) = part.landmarks.ensembles
    assert len(trees) == 2
    assert [column.only_feature for column in columns] == [0, 1, 2, 3]


def test_the_outermost_step_that_can_be_traced_is_the_part():
    inner = make_pipeline(StandardScaler(), small())
    (part,) = parts(Rotation(), inner)
    assert part.path == ("model", "pipeline")
    (part,) = parts(Rotation(), make_pipeline(StandardScaler(), Rotation(), small()))
    assert part.path == ("model", "pipeline", "histgradientboostingclassifier")


def test_a_transformer_that_compares_numbers_is_a_part():
    whole = make_pipeline(Rotation(), StandardScaler()).fit(VALUES).transform(VALUES)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(
        np.round(whole)
    )
    found = trained(
        make_pipeline(Rotation(), StandardScaler(), codes, LogisticRegression()), VALUES, TARGET
    )
    (part,) = found.lower().landmarks.parts
    assert (part.path, part.method) == (("model", "ordinalencoder"), "transform")
    assert set(part.landmarks.numbers) == {0, 1, 2, 3}


def test_what_compares_nothing_or_mixes_nothing_is_no_part():
    assert parts(Rotation(), StandardScaler(), LogisticRegression()) == ()
    assert parts(StandardScaler(), small()) == ()
