from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from headway.core.dtypes import DType
from headway.errors import LoweringError
from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.sklearn.categories import (
    Lookup,
    encoded_categories,
    indicators,
    looked_up,
    marked,
    places,
)
from headway.optimize.lowering.state import Lowering, Steps
from headway.runtimes.encoder import UNKNOWN_CODE
from unit.optimize.lowering.stepwise import contract_of, feature, run_graph

WORD = feature("w", dtype=DType.STRING, storage="str")
OTHER = feature("v", dtype=DType.STRING, storage="str")
CLOSED = feature("k", dtype=DType.STRING, storage="category", storage_categories=("b", "a"))
NUMBER = feature("n")
NAN = np.nan


def lowering_of(*features):
    lowering = Lowering(contract_of(*features), Steps({}, {}))
    return lowering, lowering.features


def run(lowering, tensor, width, rows):
    graph, _ = lowering.finish({"values": GraphOutput(tensor, width=width)})
    return run_graph(graph, rows)


def objects(*values):
    return np.array(values, dtype=object)


def test_words_become_codes_in_the_order_of_first_use():
    _, (column,) = lowering_of(WORD)
    np.testing.assert_array_equal(encoded_categories(column, objects("x", "y", NAN)), [0, 1, NAN])
    assert encoded_categories(column, objects("y", "z")).tolist() == [1, 2]


def test_categories_of_a_category_column_keep_its_codes():
    _, (column,) = lowering_of(CLOSED)
    assert encoded_categories(column, objects("a", "b")).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    "values", [np.array([1.5, -2.0]), np.array([3, 2**53 - 1]), np.array([False, True])], ids=str
)
def test_numbers_and_booleans_stay_the_numbers_they_are(values):
    _, (column,) = lowering_of(NUMBER)
    assert encoded_categories(column, values).tolist() == [float(value) for value in values]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (objects(1.0, None), "knows `None` as a category"),
        (objects(1.0, "a"), "'a' is no number, in a column of numbers"),
        (np.array([2**53]), "more digits than float64 holds"),
        (np.array([-(2**60)]), "more digits than float64 holds"),
    ],
)
def test_what_float64_or_a_request_cannot_hold_is_refused(values, message):
    _, (column,) = lowering_of(NUMBER)
    with pytest.raises(LoweringError, match=message):
        encoded_categories(column, values)


def test_a_number_among_words_is_refused():
    _, (column,) = lowering_of(WORD)
    with pytest.raises(LoweringError, match="5 is no string"):
        encoded_categories(column, objects("a", 5))


def test_a_column_is_marked_by_a_number_that_no_value_is_unless_it_is_filled():
    _, (word, number) = lowering_of(WORD, NUMBER)
    assert marked(word).fill < UNKNOWN_CODE
    assert marked(number).fill == -np.inf
    filled = dataclasses.replace(number, fill=3.0)
    assert marked(filled) is filled


def test_indicators_tell_each_value_the_unknown_and_the_missing_apart():
    lowering, (word, number) = lowering_of(WORD, NUMBER)
    pairs = [(word, 0.0), (word, NAN), (number, 2.5), (number, NAN)]
    tensor = indicators(lowering, pairs)
    rows = [[0.0, 2.5], [NAN, NAN], [UNKNOWN_CODE, -1e300], [1.0, 0.0]]
    made = run(lowering, tensor, 4, rows)
    assert made.tolist() == [[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]


def lookups_of(columns, known, answers):
    return [
        Lookup(column, np.array(k, dtype=float), np.array(a, dtype=float))
        for column, k, a in zip(columns, known, answers, strict=True)
    ]


def test_places_are_counted_from_one_and_nothing_known_is_zero():
    lowering, columns = lowering_of(NUMBER, feature("m"))
    made = places(lowering, lookups_of(columns, [[5.0, NAN, -2.0], [0.5]], [[0] * 4, [0] * 2]))
    rows = np.array([[5.0, 0.5], [NAN, NAN], [-2.0, 0.0], [7.0, 0.5]])
    expected = [[1, 1], [2, 0], [3, 0], [0, 1]]
    assert run(lowering, lowering.matrices.of(made), 2, rows).tolist() == expected
    assert np.column_stack([c.trace(rows[:, j]) for j, c in enumerate(made)]).tolist() == expected
    assert all(column.is_code_like for column in made)


def test_codes_and_numbers_are_looked_up_beside_each_other_in_their_order():
    lowering, columns = lowering_of(NUMBER, WORD, feature("m"), OTHER)
    encoded_categories(columns[1], objects("a", "b"))
    encoded_categories(columns[3], objects("c"))
    lookups = lookups_of(
        columns,
        [[1.0, 2.0], [0.0, 1.0, NAN], [NAN, 4.0], [0.0]],
        [[-1, 10, 20], [-2, 30, 40, 50], [-3, 60, 70], [NAN, 80]],
    )
    made = looked_up(lowering, lookups)
    rows = np.array([[1, 0, NAN, 0], [2, 1, 4, UNKNOWN_CODE], [3, NAN, 5, NAN], [NAN, -1, 0, 0]])
    expected = [[10, 30, 60, 80], [20, 40, 70, NAN], [-1, 50, -3, NAN], [-1, -2, -3, 80]]
    found = run(lowering, lowering.matrices.of(made), 4, rows)
    np.testing.assert_array_equal(found, expected)
    traced = np.column_stack([c.trace(rows[:, j]) for j, c in enumerate(made)])
    np.testing.assert_array_equal(traced, expected)


def test_a_word_that_a_later_step_brings_in_is_no_category_of_an_earlier_one():
    lowering, columns = lowering_of(WORD, OTHER)
    encoded_categories(columns[0], objects("a"))
    encoded_categories(columns[1], objects("a"))
    made = looked_up(lowering, lookups_of(columns, [[0.0], [0.0]], [[-1, 5], [-2, 6]]))
    assert columns[0].vocabulary.code("later") == 1.0
    found = run(lowering, lowering.matrices.of(made), 2, [[1.0, 0.0], [0.0, UNKNOWN_CODE]])
    assert found.tolist() == [[-1, 6], [5, -2]]


@pytest.mark.parametrize(
    ("answers", "is_code_like"),
    [([-1, 0, 1], True), ([NAN, 0, 1], True), ([0.5, 0, 1], False), ([2**40, 0, 1], False)],
)
def test_an_answered_column_knows_whether_its_numbers_are_small_integers(answers, is_code_like):
    _, (column,) = lowering_of(WORD)
    (lookup,) = lookups_of([column], [[0.0, 1.0]], [answers])
    made = lookup.answering()
    assert (made.vocabulary, made.is_computed, made.is_bounded) == (None, True, True)
    assert made.is_code_like == is_code_like
