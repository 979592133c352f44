from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.batch import FeatureBatch
from headway.errors import InvalidInputError
from headway.runtimes.encoder import UNKNOWN_CODE, Encoder, EncoderColumn

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
