from __future__ import annotations

import numpy as np

from headway.contract.model import Contract, Feature, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType, Task
from headway.optimize.edge_rows import MAY_RAISE, edge_rows, edge_values, jittered_rows
from headway.optimize.feature_values import FeatureValues
from headway.optimize.replaced_rows import KEPT, ReplacedRows
from headway.runtimes.encoder import EncoderColumn
from headway.runtimes.texts import TextColumns

NUMBER = FeatureValues(Feature("n", DType.FLOAT, True, "float64"), EncoderColumn("n"))
COUNT = FeatureValues(Feature("c", DType.INTEGER, False, "uint8"), EncoderColumn("c"))
FLAG = FeatureValues(Feature("f", DType.BOOLEAN, False, "bool"), EncoderColumn("f"))
WORD = FeatureValues(
    Feature("w", DType.STRING, True, "str"), EncoderColumn("w", vocabulary=("a", "b"))
)


def test_a_number_is_tried_missing_zero_negative_extreme_and_infinite():
    values = edge_values(NUMBER, ())
    assert values["missing"] == [None]
    assert [str(zero) for zero in values["zero"]] == ["0.0", "-0.0"]
    assert values["extreme"] == [1e30, -1e30]
    assert values["infinite"] == [np.inf, -np.inf]
    assert all(number < 0 for number in values["negative"])


def test_a_known_number_is_tried_with_its_neighbours():
    values = edge_values(NUMBER, (3.0,))
    assert values["category"] == [3.0]
    assert set(values["beside a category"]) == {np.nextafter(3.0, 0), np.nextafter(3.0, 9)}


def test_an_integer_is_tried_at_the_ends_of_its_storage_and_never_outside():
    values = edge_values(COUNT, (7.0,))
    assert values["extreme"] == [0, 255]
    assert values["negative"] == []
    assert "missing" not in values
    assert "infinite" not in values
    assert values["beside a category"] == [6, 8]


def test_a_word_is_tried_by_every_category_unknown_empty_and_missing():
    values = edge_values(WORD, ())
    assert values["category"] == ["a", "b"]
    assert values["empty string"] == [""]
    assert values["missing"] == [None]
    assert values["unknown category"][0] not in {"a", "b"}


def test_a_flag_is_tried_both_ways():
    assert edge_values(FLAG, ()) == {"category": [False, True]}


def test_each_value_is_put_into_real_rows_and_one_row_misses_all_that_may_be_missing():
    features = [NUMBER, COUNT, FLAG, WORD]
    rows = edge_rows(features, {}, 10, np.random.default_rng(0))
    assert set(rows["all missing"].swaps) == {0, 3}
    for kind, replaced in rows.items():
        assert ((replaced.rows >= 0) & (replaced.rows < 10)).all()
        n_replaced = sum(swap.places != KEPT for swap in replaced.swaps.values())
        np.testing.assert_array_equal(n_replaced, 2 if kind == "all missing" else 1)
    assert set(rows["missing"].swaps) == {0, 3}
    assert {kind: len(rows[kind].rows) for kind in ("infinite", "missing")} == {"infinite": 2, "missing": 4}  # fmt: skip
    assert "infinite" in MAY_RAISE


def test_many_known_numbers_are_all_tried_but_only_some_with_neighbours():
    values = edge_values(NUMBER, tuple(float(number) for number in range(0, 5_000, 10)))
    assert len(values["category"]) == 500
    assert 0 < len(values["beside a category"]) <= 60


def test_jittered_rows_are_the_real_ones_with_each_float_moved_to_its_neighbour():
    features = tuple(values.feature for values in (NUMBER, COUNT))
    contract = Contract(features, Output(Task.REGRESSION))
    real = FeatureBatch.from_rows(contract.names, [(1.0, 7), (None, 8), (3.0, 9), (4.0, 10)])
    rows = ReplacedRows(contract, real, jittered_rows(contract, real, np.random.default_rng(0)))
    numbers, counts = rows.take(range(4)).columns()
    assert counts == [7, 8, 9, 10]
    assert np.isnan(numbers[1])
    for number, moved in zip((1.0, 3.0, 4.0), numbers[[0, 2, 3]], strict=True):
        assert moved in {np.nextafter(number, 0), np.nextafter(number, 9)}


def test_texts_are_tried_that_hold_every_term_and_some_that_are_hard_to_read():
    terms = tuple(f"word{i}" for i in range(120))
    column = EncoderColumn("t", vocabulary=(), texts=(TextColumns("texts_0", terms, r"\w+"),))
    texts = edge_values(FeatureValues(Feature("t", DType.STRING, False, "str"), column), ())["text"]
    assert {word for text in texts for word in text.split()} >= set(terms)
    assert texts[0].upper() in texts
    assert any(not text.isascii() for text in texts)
    assert "text" not in edge_values(WORD, ())
