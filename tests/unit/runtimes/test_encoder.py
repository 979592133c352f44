from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.batch import FeatureBatch
from headway.core.dictionary import DictionaryColumn
from headway.errors import InvalidInputError
from headway.runtimes.encoder import UNKNOWN_CODE, Encoder, EncoderColumn
from headway.runtimes.texts import TextColumns

NAMES = ("age", "purpose", "owner")
ENCODER = Encoder(
    [EncoderColumn("age"), EncoderColumn("purpose", vocabulary=("car", "tv", "")), EncoderColumn("owner")]
)  # fmt: skip


def test_numbers_stay_booleans_become_0_and_1_and_strings_become_codes():
    matrix = ENCODER.encode(FeatureBatch.from_rows(NAMES, [(41.5, "tv", True), (2, "", False)]))
    assert matrix.dtype == np.float64
    assert matrix.tolist() == [[41.5, 1.0, 1.0], [2.0, 2.0, 0.0]]


def test_missing_becomes_nan_and_an_unknown_string_its_own_code():
    matrix = ENCODER.encode(FeatureBatch.from_rows(NAMES, [(None, None, None), (1, "boat", True)]))
    assert np.isnan(matrix[0]).all()
    assert matrix[1, 1] == UNKNOWN_CODE


def test_a_batch_without_rows_gives_an_empty_matrix():
    assert ENCODER.encode(FeatureBatch.from_rows(NAMES, [])).shape == (0, 3)


rows = st.lists(
    st.tuples(
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.sampled_from(["car", "tv", "", "boat"]),
        st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=40,
)


@given(rows)
def test_rows_and_columns_encode_alike_whatever_their_number(given_rows):
    by_row = ENCODER.encode(FeatureBatch.from_rows(NAMES, given_rows))
    columns = [list(column) for column in zip(*given_rows, strict=True)]
    by_column = ENCODER.encode(FeatureBatch.from_columns(NAMES, columns))
    typed = [np.array([math.nan if v is None else v for v in columns[0]]), *columns[1:]]
    by_array = ENCODER.encode(FeatureBatch.from_columns(NAMES, typed))
    held_once = [columns[0], *map(DictionaryColumn.of, columns[1:])]
    by_dictionary = ENCODER.encode(FeatureBatch.from_columns(NAMES, held_once))
    np.testing.assert_array_equal(by_row, by_dictionary)
    np.testing.assert_array_equal(by_row, by_column)
    np.testing.assert_array_equal(by_row, by_array)


def test_a_strict_column_refuses_every_unknown_value_and_names_row_and_field():
    encoder = Encoder([EncoderColumn("purpose", vocabulary=("car", "tv"), refuse_unknown=True)])
    batch = FeatureBatch.from_rows(("purpose",), [("car",), ("boat",), (None,), ("moon",)])
    with pytest.raises(InvalidInputError) as caught:
        encoder.encode(batch)
    assert [(v.row, v.field, v.rule) for v in caught.value.violations] == [
        (1, "purpose", "one_of"),
        (3, "purpose", "one_of"),
    ]
    assert "`car`, `tv`" in str(caught.value.violations[0].hint)


def test_json_keeps_the_encoder():
    again = Encoder.from_json(ENCODER.to_json())
    assert again.columns == ENCODER.columns


def batches(*values):
    """Return the values of one feature by row, as a list and, where they are numbers, as an array."""
    yield FeatureBatch.from_rows(("x",), [(value,) for value in values])
    yield FeatureBatch.from_columns(("x",), [list(values)])
    if all(value is None or isinstance(value, float) for value in values):
        numbers = np.array([math.nan if value is None else value for value in values])
        yield FeatureBatch.from_columns(("x",), [numbers])


def refused(column, *values):
    """Return the rules that the values break, which are the same in every view of them."""
    encoder = Encoder([column])
    found = set()
    for batch in batches(*values):
        try:
            encoder.encode(batch)
            found.add(())
        except InvalidInputError as error:
            found.add(tuple((violation.row, violation.rule) for violation in error.violations))
    (rules,) = found
    return rules


def test_a_category_outside_of_the_training_columns_is_missing():
    column = EncoderColumn("x", vocabulary=("a", "b"), unknown_is_missing=True)
    for batch in batches("b", "boat", None):
        np.testing.assert_array_equal(
            Encoder([column]).encode(batch).ravel(), [1.0, math.nan, math.nan]
        )


def test_categories_may_be_numbers():
    column = EncoderColumn("x", vocabulary=(10, 20, 30), unknown_is_missing=True)
    for batch in batches(20.0, 5.0, None):
        np.testing.assert_array_equal(
            Encoder([column]).encode(batch).ravel(), [1.0, math.nan, math.nan]
        )


def test_missing_is_refused_where_the_model_raises_on_it():
    words = EncoderColumn("x", vocabulary=("a",), refuse_missing=True)
    assert refused(words, "a", None, "boat") == ((1, "null"),)
    closed = EncoderColumn("x", vocabulary=("a",), unknown_is_missing=True, refuse_missing=True)
    assert refused(closed, "a", None, "boat") == ((1, "null"), (2, "null"))
    assert refused(EncoderColumn("x", refuse_missing=True), 1.0, None) == ((1, "null"),)


def test_a_value_that_only_another_step_knows_is_refused_where_unknown_ones_are():
    column = EncoderColumn(
        "x", vocabulary=("a", "b", "filled in"), refuse_unknown=True, one_of=(0.0, 1.0)
    )
    assert refused(column, "a", "filled in", "boat", None) == ((1, "one_of"), (2, "one_of"))
    lenient = EncoderColumn("x", vocabulary=("a", "b"), one_of=(1.0,))
    assert refused(lenient, "b", "a", "boat") == ((1, "one_of"),)


def test_numbers_beyond_the_bounds_or_outside_of_the_list_are_refused_and_missing_is_not():
    bounded = EncoderColumn("x", minimum=-2.0, maximum=5.0)
    assert refused(bounded, -2.0, 5.0, None) == ()
    assert refused(bounded, 5.5, -math.inf, 0.0, math.inf) == ((0, "le"), (1, "ge"), (3, "le"))
    listed = EncoderColumn("x", one_of=(1.0, 2.0))
    assert refused(listed, 1.0, None, 2.0) == ()
    assert refused(listed, 1.0, 1.5) == ((1, "one_of"),)


def test_a_refusal_says_what_is_allowed():
    column = EncoderColumn("x", vocabulary=("a", "b", "c"), refuse_unknown=True, one_of=(0.0, 2.0))
    with pytest.raises(InvalidInputError) as caught:
        Encoder([column]).encode(FeatureBatch.from_rows(("x",), [("b",)]))
    assert str(caught.value.hint) == "allowed: `a`, `c`"
    with pytest.raises(InvalidInputError, match="no number beyond 5"):
        Encoder([EncoderColumn("x", maximum=5.0)]).encode(FeatureBatch.from_rows(("x",), [(6,)]))


def test_json_keeps_every_rule():
    columns = [
        EncoderColumn("a", vocabulary=("x", 1, 2.5, True), unknown_is_missing=True, one_of=(0.0,)),
        EncoderColumn("t", (), texts=(TextColumns("texts_0", ("a",), "a+", idf=(1 / 3,)),)),
        EncoderColumn("b", refuse_missing=True, minimum=-1.5, maximum=1.7976931348623157e308),
    ]
    assert Encoder.from_json(Encoder(columns).to_json()).columns == tuple(columns)


def test_a_dictionary_column_is_refused_for_values_that_rows_have_and_for_no_other():
    encoder = Encoder(
        [EncoderColumn("purpose", ("car",), refuse_unknown=True, refuse_missing=True)]
    )
    words = ["car", "boat"]
    for codes, rows in (([0, 0], []), ([0, 1, 1], [1, 2]), ([-1, 0], [0])):
        batch = FeatureBatch.from_columns(("purpose",), [DictionaryColumn(np.array(codes), words)])
        if not rows:
            assert encoder.encode(batch).tolist() == [[0.0], [0.0]]
            continue
        with pytest.raises(InvalidInputError) as caught:
            encoder.encode(batch)
        assert [violation.row for violation in caught.value.violations] == rows


def test_texts_are_given_to_what_reads_them_whichever_way_they_came():
    text = TextColumns("texts_0", ("cat", "mat"), r"\w+")
    other = TextColumns("texts_1", ("dog",), r"\w+")
    columns = [EncoderColumn("n"), EncoderColumn("t", (), refuse_missing=True, texts=(text, other))]
    encoder = Encoder(columns)
    assert encoder.n_terms == 3
    words = ["a cat", "mat and dog", "a cat"]
    for batch in (
        FeatureBatch.from_rows(("n", "t"), [(1, word) for word in words]),
        FeatureBatch.from_columns(("n", "t"), [np.ones(3), DictionaryColumn.of(words)]),
        FeatureBatch.from_columns(("n", "t"), [np.ones(3), np.array(words, dtype=object)]),
    ):
        assert encoder.encode(batch).tolist() == [[1.0, UNKNOWN_CODE]] * 3
        made = {reader.tensor: reader.matrix(texts) for reader, texts in encoder.texts(batch)}
        assert made["texts_0"].tolist() == [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
        assert made["texts_1"].tolist() == [[0.0], [1.0], [0.0]]
    assert ENCODER.texts(FeatureBatch.from_rows(NAMES, [(1, "tv", True)])) == []
