from __future__ import annotations

import numpy as np
import pytest
from sklearn.impute import MissingIndicator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from conformance.frames import credit, measurements
from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.missing import is_marker, missing_indicators, with_missing
from headway.optimize.lowering.state import Lowering, Steps
from unit.optimize.lowering.stepwise import assert_same, contract_of, feature, lower_step, refusal

VALUES = measurements(60)
OTHERS = measurements(40, seed=8)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"features": "all"}, {"error_on_new": False}, {"sparse": True}],
    ids=str,
)
def test_missing_is_told_by_the_columns_that_were_fitted(parameters):
    values = VALUES.copy()
    values[:, [1, 4]] = 0.5
    asked = OTHERS if parameters.get("features") or "error_on_new" in parameters else values
    lowered = assert_same(MissingIndicator(**parameters), values, asked)
    assert len(lowered.columns) == (5 if parameters.get("features") == "all" else 3)


def test_a_column_that_was_never_missing_may_not_be_unless_told_so():
    values = VALUES.copy()
    values[:, 1] = 0.5
    rules = [
        [
            c.refuse_missing
            for c in lower_step(MissingIndicator(**p).fit(values), VALUES).encoder.columns
        ]
        for p in ({}, {"error_on_new": False}, {"features": "all"})
    ]
    assert rules == [[False, True, False, False, False], [False] * 5, [False] * 5]


def test_strings_are_told_and_nothing_is_refused_of_objects():
    frame = credit(60)[["purpose", "duration", "housing"]]
    lowered = assert_same(MissingIndicator(features="all"), frame)
    assert lowered.encoder.columns[1].maximum is None


def test_a_number_may_stand_for_missing():
    values = measurements(60, missing=False)
    step = MissingIndicator(missing_values=3, features="all")
    lowered = assert_same(step, values)
    assert lowered.transform(values).any()
    encoder = lower_step(step, VALUES).encoder
    assert all(column.refuse_missing for column in encoder.columns)


def test_what_another_step_computed_is_told_too():
    assert_same(make_pipeline(StandardScaler(), MissingIndicator()), VALUES, OTHERS)


def test_booleans_beside_numbers_are_refused():
    frame = credit(30)[["duration", "foreign"]]
    assert "booleans" in refusal(MissingIndicator().fit(frame), frame).message


def test_no_column_has_no_indicator():
    lowering = Lowering(contract_of(feature()), Steps({}, {}))
    assert missing_indicators(lowering, ()) == ()


@pytest.mark.parametrize("marker", ["?", 0.0])
def test_a_marker_of_another_kind_than_the_columns_is_refused(marker):
    lowering = Lowering(contract_of(feature()), Steps({}, {}))
    with pytest.raises(LoweringError, match="is not of the kind"):
        with_missing(lowering, lowering.features, marker, is_of_objects=marker == 0.0)


def test_markers_are_nan_numbers_and_strings():
    assert all(map(is_marker, [np.nan, -1, 0.0, np.int64(3), "?"]))
    assert not any(map(is_marker, [None, True, np.inf, (), b"?"]))
