from __future__ import annotations

import pytest

from headway.errors import LoweringError
from headway.optimize.graph import GraphBuilder
from headway.optimize.lowering.matrices import Matrices
from headway.optimize.lowering.texts import MAX_TERMS, Texts
from headway.runtimes.texts import TextColumns

COUNTS = TextColumns("", ("cat", "mat"), r"\w+")


def many(n_terms):
    return TextColumns("", tuple(map(str, range(n_terms))), r"\w+")


def texts():
    graph = GraphBuilder(1)
    return Texts(graph, Matrices(graph, 1))


def test_each_text_has_a_matrix_of_its_own_of_columns_that_are_always_finite():
    made = texts()
    first, second = made.add(0, COUNTS), made.add(3, COUNTS)
    assert [(column.tensor, column.position) for column in first] == [
        ("texts_0", 0),
        ("texts_0", 1),
    ]
    assert {column.tensor for column in second} == {"texts_1"}
    assert all(c.is_mixed and c.is_bounded and c.never_misses for c in (*first, *second))


def test_only_all_columns_in_order_are_the_whole_of_a_text():
    made = texts()
    first, second = made.add(2, COUNTS)
    assert made.whole((first, second)) == (2, TextColumns("texts_0", ("cat", "mat"), r"\w+"))
    for others in ((), (first,), (second, first), (first, second, first)):
        assert made.whole(others) is None


def test_a_feature_is_told_what_the_graph_needs_and_nothing_else():
    made = texts()
    for feature in (1, 4, 1):
        made.add(feature, COUNTS)
    found = made.of_features({"features", "texts_0", "texts_2"})
    assert {feature: [t.tensor for t in read] for feature, read in found.items()} == {
        1: ["texts_0", "texts_2"]
    }


def test_too_many_terms_are_refused_in_one_text_and_in_all():
    made = texts()
    with pytest.raises(LoweringError, match="20,001 terms, of at most 20,000") as caught:
        made.add(0, many(MAX_TERMS + 1))
    assert caught.value.hint == "fit with `max_features=20000`"
    made.add(0, many(MAX_TERMS))
    made.add(1, many(1))
    assert len(made.of_features({"texts_0"})) == 1
    with pytest.raises(LoweringError, match="20,001 terms"):
        made.of_features({"texts_0", "texts_1"})
