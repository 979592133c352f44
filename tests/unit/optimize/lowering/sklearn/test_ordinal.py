from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from conformance.frames import credit, unseen
from headway.errors import InvalidInputError
from unit.optimize.lowering.stepwise import assert_same, lower_step, refusal

WORDS = credit(120)[["purpose", "status", "housing"]]
ASKED = unseen(credit(80, seed=8)[["purpose", "status", "housing"]])
NUMBERS = credit(120)[["rate", "foreign", "age"]]


@pytest.mark.parametrize("unknown", [-1, 99, np.nan])
@pytest.mark.parametrize("missing", [-2, np.nan])
@pytest.mark.parametrize(
    "parameters", [{}, {"min_frequency": 30}, {"max_categories": 2}, {"max_categories": 1}], ids=str
)
def test_strings_known_unknown_and_missing_take_the_same_codes(parameters, missing, unknown):
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=unknown,
        encoded_missing_value=missing,
        **parameters,
    )
    assert_same(encoder, WORDS, ASKED)


@pytest.mark.parametrize("parameters", [{}, {"min_frequency": 35}], ids=str)
def test_numbers_and_booleans_have_codes_too(parameters):
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, **parameters)
    assert_same(encoder, NUMBERS, NUMBERS.assign(age=NUMBERS["age"] - 3))


def test_numbers_and_strings_keep_the_order_of_their_columns():
    frame = credit(120)[["purpose", "rate", "housing", "duration"]]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    lowered = assert_same(encoder, frame, unseen(frame))
    assert [column.feature for column in lowered.columns] == [0, 1, 2, 3]


def test_given_categories_keep_their_order():
    encoder = OrdinalEncoder(
        categories=[["tv", "car", "study", "house", np.nan], ["", "< 0"], ["own"]],
        handle_unknown="use_encoded_value",
        unknown_value=-1,
    )
    assert_same(encoder, WORDS, ASKED)


def test_categories_of_a_category_column_are_found_by_value():
    frame = WORDS.astype("category")
    frame["purpose"] = frame["purpose"].cat.reorder_categories(["tv", "study", "house", "car"])
    assert_same(OrdinalEncoder(), frame)


def test_codes_computed_from_codes_are_looked_up_again():
    first = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    second = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-5)
    model = make_pipeline(first, SimpleImputer(strategy="most_frequent"), second)
    assert_same(model, WORDS, ASKED)


@pytest.mark.parametrize("value", ["boat", None])
def test_a_strict_encoder_refuses_what_it_does_not_know(value):
    known = pd.DataFrame({"housing": ["own", "rent"]})
    nullable = pd.DataFrame({"housing": ["own", "rent", None]})
    lowered = lower_step(OrdinalEncoder().fit(known), nullable)
    assert lowered.transform(known).tolist() == [[0.0], [1.0]]
    with pytest.raises(InvalidInputError):
        lowered.transform(pd.DataFrame({"housing": ["own", value]}))


def test_codes_are_known_to_be_small_integers_unless_one_is_a_fraction():
    whole = assert_same(OrdinalEncoder(encoded_missing_value=-3), WORDS)
    assert all(column.is_code_like for column in whole.columns)
    half = assert_same(OrdinalEncoder(encoded_missing_value=-0.5), WORDS)
    assert not half.columns[0].is_code_like


def test_a_float32_result_is_refused_by_name():
    error = refusal(OrdinalEncoder(dtype=np.float32).fit(WORDS), WORDS)
    assert error.message.startswith("step `step` (OrdinalEncoder): `dtype=")


def test_float32_categories_are_refused():
    single = NUMBERS[["rate"]].astype(np.float32)
    assert "float32" in refusal(OrdinalEncoder().fit(single), single).message


def test_an_encoder_that_is_not_fitted_is_refused():
    assert "fitted attributes" in refusal(OrdinalEncoder(), WORDS).message
