from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from conformance.frames import credit, unseen
from headway.errors import InvalidInputError
from unit.optimize.lowering.stepwise import assert_same, lower_step, refusal

WORDS = credit(120)[["purpose", "status", "housing"]]
ASKED = unseen(credit(80, seed=8)[["purpose", "status", "housing"]])
NUMBERS = credit(120)[["rate", "foreign", "age"]]
FREE = [("ignore", True), ("ignore", False), ("infrequent_if_exist", True), ("warn", False)]


@pytest.mark.parametrize(("unknown", "is_sparse"), FREE)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"drop": "first"},
        {"drop": "if_binary"},
        {"min_frequency": 30},
        {"min_frequency": 0.3, "drop": "first"},
        {"max_categories": 2},
        {"max_categories": 3, "drop": "first"},
        {"drop": ["car", "", "own"]},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_strings_known_unknown_and_missing_take_the_same_slots(parameters, unknown, is_sparse):
    encoder = OneHotEncoder(handle_unknown=unknown, sparse_output=is_sparse, **parameters)
    assert_same(encoder, WORDS, ASKED)


@pytest.mark.parametrize("parameters", [{}, {"drop": "first"}, {"min_frequency": 35}], ids=str)
@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_numbers_and_booleans_are_categories_too(parameters):
    asked = NUMBERS.assign(rate=NUMBERS["rate"] + 0.5, age=NUMBERS["age"] - 3)
    assert_same(OneHotEncoder(handle_unknown="ignore", **parameters), NUMBERS, asked)
    assert_same(OneHotEncoder(handle_unknown="ignore", **parameters), NUMBERS)


def test_missing_numbers_are_a_category_of_their_own():
    frame = credit(120)[["duration"]].round(-1)
    assert_same(OneHotEncoder(handle_unknown="ignore"), frame)


def test_given_categories_keep_their_order():
    encoder = OneHotEncoder(
        categories=[["tv", "boat", "car", np.nan], ["", "< 0"], ["own"]], handle_unknown="ignore"
    )
    assert_same(encoder, WORDS, ASKED)


def test_categories_of_a_category_column_are_found_by_value():
    frame = WORDS.astype("category")
    frame["purpose"] = frame["purpose"].cat.reorder_categories(["tv", "study", "house", "car"])
    assert_same(OneHotEncoder(handle_unknown="ignore"), frame)


def test_what_an_imputer_put_in_has_a_slot():
    imputer = SimpleImputer(strategy="constant", fill_value="none")
    model = make_pipeline(imputer, OneHotEncoder(handle_unknown="ignore"))
    assert_same(model, WORDS, ASKED)


def test_codes_of_another_encoder_are_categories():
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    assert_same(make_pipeline(codes, OneHotEncoder(handle_unknown="ignore")), WORDS, ASKED)


def test_where_every_slot_is_dropped_nothing_is_left():
    frame = pd.DataFrame({"only": ["a", "a"], "other": ["b", "c"]})
    assert_same(OneHotEncoder(handle_unknown="ignore", drop="first"), frame)


def test_where_every_category_is_infrequent_there_is_nothing_to_tell():
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=1)
    assert "all its categories are infrequent" in refusal(encoder.fit(WORDS), WORDS).message


@pytest.mark.parametrize("value", ["boat", None])
def test_a_strict_encoder_refuses_what_it_does_not_know(value):
    known = pd.DataFrame({"housing": ["own", "rent"]})
    nullable = pd.DataFrame({"housing": ["own", "rent", None]})
    lowered = lower_step(OneHotEncoder().fit(known), nullable)
    assert lowered.transform(known).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    with pytest.raises(InvalidInputError):
        lowered.transform(pd.DataFrame({"housing": ["own", value]}))


def test_a_strict_encoder_of_numbers_refuses_other_numbers():
    lowered = assert_same(OneHotEncoder(), NUMBERS)
    with pytest.raises(InvalidInputError, match="`rate`"):
        lowered.transform(NUMBERS.assign(rate=1.5))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"dtype": np.float32}, "`dtype="), ({"dtype": np.int64}, "`dtype=")],
)
def test_what_is_not_covered_is_refused_by_name(parameters, message):
    error = refusal(OneHotEncoder(**parameters).fit(WORDS), WORDS)
    assert message in error.message
    assert "`step` (OneHotEncoder)" in error.message


def test_float32_categories_are_refused():
    single = NUMBERS[["rate"]].astype(np.float32)
    assert "float32" in refusal(OneHotEncoder().fit(single), single).message


def test_none_as_a_category_is_refused():
    words = np.array([["a"], [None], ["b"]], dtype=object)
    assert "`None`" in refusal(OneHotEncoder().fit(words), words).message


def test_an_encoder_that_is_not_fitted_is_refused():
    assert "fitted attributes" in refusal(OneHotEncoder(), WORDS).message
