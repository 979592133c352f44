from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from conformance.frames import credit, measurements
from unit.optimize.lowering.stepwise import assert_same, lower_step, refusal


def told(value):
    """Name a case: where a function lies in memory is another text in each process of the tests."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))


VALUES = measurements(60)
OTHERS = measurements(40, seed=8)
WORDS = credit(60)[["purpose", "status"]]
CODES = {"handle_unknown": "use_encoded_value", "unknown_value": -1, "encoded_missing_value": -2}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"strategy": "median"},
        {"strategy": "most_frequent"},
        {"strategy": "constant"},
        {"strategy": "constant", "fill_value": -7.5},
        {"strategy": "constant", "fill_value": 3},
        {"add_indicator": True},
        {"strategy": "median", "add_indicator": True, "copy": False},
        {"keep_empty_features": True},
        {"strategy": np.ptp},
    ],
    ids=told,
)
def test_numbers_are_filled_with_the_same_bits(parameters):
    assert_same(SimpleImputer(**parameters), VALUES.copy(), OTHERS.copy(), rtol=0)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
@pytest.mark.filterwarnings("ignore:Skipping features without any observed values")
def test_a_column_without_any_value_is_dropped_or_kept(strategy, keep):
    values = VALUES.copy()
    values[:, [0, 3]] = np.nan
    imputer = SimpleImputer(strategy=strategy, keep_empty_features=keep, add_indicator=True)
    lowered = lower_step(imputer.fit(values), VALUES)
    np.testing.assert_array_equal(lowered.transform(OTHERS), imputer.transform(OTHERS))


@pytest.mark.parametrize(
    "parameters",
    [
        {"strategy": "most_frequent"},
        {"strategy": "constant", "fill_value": "unheard of"},
        {"strategy": "constant", "fill_value": "tv"},
        {"strategy": "constant"},
    ],
    ids=told,
)
def test_strings_are_filled_as_the_codes_that_follow_tell(parameters):
    asked = credit(60, seed=8)[["purpose", "status"]]
    model = make_pipeline(SimpleImputer(**parameters), OrdinalEncoder(**CODES))
    lowered = assert_same(model, WORDS, asked)
    assert not (lowered.transform(asked) == -2).any()


def test_a_column_of_categories_is_filled_also_by_what_is_none_of_them():
    frame = WORDS.astype("category")
    imputer = SimpleImputer(strategy="constant", fill_value="unheard of")
    lowered = assert_same(make_pipeline(imputer, OrdinalEncoder(**CODES)), frame)
    assert "unheard of" not in lowered.encoder.columns[0].vocabulary


def test_the_mean_of_integers_is_cut_as_their_type_cuts_it():
    frame = pd.DataFrame({"n": [1, 2, 4]})
    assert_same(SimpleImputer(), frame, rtol=0)


def test_what_another_step_computed_is_filled_where_it_lies():
    model = make_pipeline(
        StandardScaler(), SimpleImputer(strategy="constant", fill_value=9.0, add_indicator=True)
    )
    assert_same(model, VALUES, OTHERS, rtol=0)


def test_a_second_imputer_finds_nothing_missing():
    model = make_pipeline(SimpleImputer(), SimpleImputer(strategy="constant", fill_value=1.0))
    assert_same(model, VALUES, OTHERS, rtol=0)


def test_an_infinity_of_numbers_is_refused_and_of_objects_is_not():
    numbers = lower_step(SimpleImputer().fit(VALUES), VALUES)
    assert numbers.encoder.columns[0].maximum == np.finfo(np.float64).max
    mixed = credit(60)[["duration", "purpose"]]
    objects = lower_step(SimpleImputer(strategy="most_frequent").fit(mixed), mixed)
    assert objects.encoder.columns[0].maximum is None


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"missing_values": None}, "`missing_values=None` is not covered"),
        ({"missing_values": "?"}, "is not of the kind of all its columns"),
    ],
)
def test_what_is_not_covered_is_refused_by_name(parameters, message):
    error = refusal(SimpleImputer().fit(VALUES).set_params(**parameters), VALUES)
    assert message in error.message
    assert "`step` (SimpleImputer)" in error.message


@pytest.mark.parametrize(
    "parameters",
    [
        {"missing_values": 2},
        {"missing_values": 0, "strategy": "median", "add_indicator": True},
        {"missing_values": 3.0, "strategy": "most_frequent"},
    ],
    ids=told,
)
def test_a_number_may_stand_for_missing(parameters):
    values, others = (measurements(n, seed=n, missing=False) for n in (60, 40))
    imputer = SimpleImputer(**parameters)
    assert_same(imputer, values, others, rtol=0)
    assert (others == parameters["missing_values"]).any()
    encoder = lower_step(imputer, VALUES).encoder
    assert all(column.refuse_missing for column in encoder.columns)


def test_a_string_may_stand_for_missing():
    frame = pd.DataFrame({"a": ["?", "x", "y", "x"], "b": ["u", "?", "?", "v"]})
    imputer = SimpleImputer(missing_values="?", strategy="most_frequent")
    model = make_pipeline(imputer, OrdinalEncoder())
    assert_same(model, frame)
    nullable = lower_step(model, pd.concat([frame, frame[:1].assign(a=None, b=None)]))
    assert all(column.refuse_missing for column in nullable.encoder.columns)


def test_float32_columns_beside_float64_are_one_array_of_float64():
    frame = pd.DataFrame(
        {"a": np.array([1.1, np.nan, 3.3], dtype="float32"), "b": [1.0, np.nan, 0.1]}
    )
    assert_same(SimpleImputer(add_indicator=True), frame, rtol=0)
    assert_same(make_pipeline(SimpleImputer(), StandardScaler()), frame, rtol=0)


def test_float32_columns_are_refused():
    single = VALUES.astype(np.float32)
    assert "float32" in refusal(SimpleImputer().fit(single), single).message


def test_an_imputer_that_is_not_fitted_is_refused():
    assert "fitted attributes" in refusal(SimpleImputer(), VALUES).message
