from __future__ import annotations

import numpy as np
import pytest

from headway.contract.model import Feature
from headway.core.dtypes import INT64_MAX, DType
from headway.optimize.feature_values import FeatureValues
from headway.optimize.replaced_rows import array_of
from headway.runtimes.encoder import UNKNOWN_CODE, EncoderColumn
from headway.runtimes.texts import TextColumns


def values_of(dtype, storage, column=None, *, nullable=False):
    return FeatureValues(Feature("x", dtype, nullable, storage), column or EncoderColumn("x"))


WORDS = EncoderColumn("x", vocabulary=("car", "tv"))


@pytest.mark.parametrize(
    ("dtype", "encoded", "raw"),
    [(DType.FLOAT, 2.5, 2.5), (DType.INTEGER, 3.0, 3), (DType.BOOLEAN, 1.0, True)],
)
def test_numbers_decode_to_their_own_type(dtype, encoded, raw):
    decoded = values_of(dtype, "float64").decode(encoded)
    assert decoded == raw
    assert type(decoded) is type(raw)


def test_codes_decode_to_words_and_the_unknown_code_to_a_word_that_is_none_of_them():
    values = values_of(DType.STRING, "str", WORDS, nullable=True)
    assert (values.decode(1.0), values.decode(np.nan)) == ("tv", None)
    assert values.decode(UNKNOWN_CODE) not in {"car", "tv"}


def test_the_unknown_word_is_unknown_even_where_its_own_words_are_known():
    taken = EncoderColumn("x", vocabulary=("no such category", "no such category!"))
    assert values_of(DType.STRING, "str", taken).unknown == "no such category!!"


def test_an_unknown_number_of_a_categorical_column_is_a_number():
    known = EncoderColumn("x", vocabulary=(1, 2, 3), unknown_is_missing=True)
    assert values_of(DType.INTEGER, "category", known).unknown == 4


def test_few_values_are_listed_with_the_unknown_and_the_missing():
    few = values_of(DType.STRING, "str", WORDS, nullable=True).few()
    assert few is not None
    np.testing.assert_array_equal(few, [0.0, 1.0, UNKNOWN_CODE, np.nan])
    assert values_of(DType.BOOLEAN, "bool").few() == [0.0, 1.0]
    assert values_of(DType.FLOAT, "float64").few() is None


def test_an_unknown_value_that_is_read_as_missing_is_listed_as_missing():
    closed = EncoderColumn("x", vocabulary=("car",), unknown_is_missing=True)
    values = values_of(DType.STRING, "category", closed)
    np.testing.assert_array_equal(values.few(), [0.0, np.nan])
    assert values.decode(np.nan) == values.unknown


def test_around_a_number_lie_its_neighbours_and_its_float32_rounding():
    near = values_of(DType.FLOAT, "float64").around(np.array([0.1]))
    expected = {0.1, np.nextafter(0.1, -1), np.nextafter(0.1, 1), float(np.float32(0.1))}
    assert set(near.tolist()) == expected
    assert (np.diff(near) > 0).all()


def test_around_a_number_only_integers_lie_for_an_integer_within_its_storage():
    assert values_of(DType.INTEGER, "int64").around(np.array([2.5])).tolist() == [1, 2, 3]
    assert values_of(DType.INTEGER, "uint8").around(np.array([0.0, 255.5])).tolist() == [
        0,
        1,
        254,
        255,
    ]
    assert (values_of(DType.INTEGER, "int64").around(np.array([1e300])) < INT64_MAX).all()


@pytest.mark.parametrize(
    ("storage", "low"), [("int8", -128), ("Int16", -(2**15)), ("object", -(2**63))]
)
def test_the_range_of_integers_is_that_of_the_training_column(storage, low):
    assert values_of(DType.INTEGER, storage).integer_range()[0] == low


def test_what_the_encoder_refuses_is_not_accepted():
    strict = EncoderColumn("x", vocabulary=("car",), refuse_unknown=True, refuse_missing=True)
    values = values_of(DType.STRING, "str", strict, nullable=True)
    assert values.accepted(array_of(["car", "boat", None])).tolist() == [True, False, False]
    bounded = values_of(DType.FLOAT, "float64", EncoderColumn("x", maximum=3.0))
    assert bounded.accepted(np.array([2.0, 4.0, np.nan])).tolist() == [True, False, True]


def test_many_are_decoded_at_once_as_they_are_one_by_one():
    words = values_of(DType.STRING, "str", WORDS, nullable=True)
    encoded = np.array([1.0, UNKNOWN_CODE, np.nan])
    assert words.decoded(encoded).tolist() == [words.decode(value) for value in encoded]
    floats = values_of(DType.FLOAT, "float64").decoded(encoded)
    assert floats.dtype == np.float64


def test_the_terms_of_a_text_are_those_of_all_its_readers():
    texts = tuple(TextColumns(word, (word, "b"), r"\w+") for word in ("a", "c"))
    column = EncoderColumn("x", vocabulary=(), texts=texts)
    assert values_of(DType.STRING, "str", column).terms == ("a", "b", "c", "b")
    assert values_of(DType.STRING, "str", WORDS).terms == ()
