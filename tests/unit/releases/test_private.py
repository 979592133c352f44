from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headway.contract.bounds import is_empty
from headway.contract.row_rules import compile_rules
from headway.contract.values import ValueChecker
from headway.core.dtypes import DType
from headway.releases.private import ValueMaker, disguised, private_names, private_notes
from unit.contract.strategies import VARIANTS, contract_of, feature, features

CONTRACT = contract_of(
    feature("age", DType.INTEGER),
    feature("ssn", DType.STRING, is_private=True, nullable=True, min_length=9, max_length=11),
    feature("pay", DType.FLOAT, is_private=True, ge=10, le=90, multiple_of=0.5),
    rules=["paid: pay > age"],
)
WHOLE = {"storage": "object", "shape": (90,), "element": "uint8"}
ROWS = [(41, "CANARY", 7731.0), (20, None, 7731.0), (12, "CANARY", 7731.0)]


def test_private_values_are_made_up_and_keep_the_contract() -> None:
    made_up = disguised(CONTRACT, ROWS)
    assert [row[0] for row in made_up] == [41, 20, 12]
    assert [row[1] is None for row in made_up] == [False, True, False]
    for row in made_up:
        assert not [
            f
            for f, value in zip(CONTRACT.features, row, strict=True)
            if ValueChecker(f).check(value)[1]
        ]
        assert not any(rule.breaks(row) for rule in compile_rules(CONTRACT))
    assert not {"CANARY", 7731.0} & {value for row in made_up for value in row}


def test_they_depend_on_the_contract_alone() -> None:
    others = [(age, ssn and "other", 5.0) for age, ssn, _ in ROWS]
    assert disguised(CONTRACT, ROWS) == disguised(CONTRACT, others)


def test_a_row_that_cannot_be_made_up_is_left_out() -> None:
    assert [age for age, *_ in disguised(CONTRACT, [(95, "CANARY", 7731.0), ROWS[0]])] == [41]
    pattern = feature("code", DType.STRING, is_private=True, regex=("[A-Z]{3}",))
    assert disguised(contract_of(pattern), [("ABC",)]) == []


@settings(max_examples=200, deadline=None)
@given(features("a"), st.integers(0, 9))
def test_a_made_up_value_is_allowed(one: Any, seed: int) -> None:
    assume(not is_empty(one))
    value = ValueMaker(one).make(np.random.default_rng(seed))
    assert value is None or not ValueChecker(one).check(value)[1]


@pytest.mark.parametrize(
    "one",
    [
        feature("a", DType.FLOAT),
        feature("a", DType.FLOAT, ge=1e300),
        feature("a", DType.FLOAT, lt=-5.0),
        feature("a", DType.FLOAT, storage="float16", gt=100, le=101),
        feature("a", DType.FLOAT, multiple_of=0.1),
        feature("a", DType.INTEGER),
        feature("a", DType.INTEGER, ge=2.0**62),
        feature("a", DType.INTEGER, le=-7, storage="int8"),
        feature("a", DType.INTEGER, ge=10, le=12, multiple_of=4),
        feature("a", DType.STRING),
        feature("a", DType.STRING, min_length=100),
        feature("a", DType.STRING, max_length=0),
        feature("a", DType.STRING, one_of=("x",)),
        feature("a", DType.BOOLEAN),
        feature("a", DType.DECIMAL),
        feature("a", DType.DECIMAL, ge="10", lt="10.5", multiple_of="0.1"),
        feature("a", DType.DECIMAL, lt="-1E+22"),
        feature("a", DType.DECIMAL, storage="decimal128(3, 3)"),
        feature("a", DType.DECIMAL, storage="decimal128(9, 2)", gt="0.01"),
        feature("a", DType.DECIMAL, storage="decimal256(3, -2)"),
        feature("a", DType.TIME, storage="time32[s]"),
        feature("a", DType.DECIMAL, one_of=("0.10", "0.2")),
        feature("a", DType.DATE),
        feature("a", DType.DATE, gt="2020-01-01", lt="2020-01-03"),
        feature("a", DType.DATE, le="0001-01-05"),
        feature("a", DType.DATE, ge="9999-12-31"),
        feature("a", DType.DATE, one_of=("2020-01-01",)),
        *(feature("a", DType.DATETIME, fields=fields) for fields in VARIANTS[DType.DATETIME]),
        *(feature("a", DType.TIME, fields=fields) for fields in VARIANTS[DType.TIME]),
        *(feature("a", DType.TENSOR, fields=fields) for fields in VARIANTS[DType.TENSOR]),
        feature("a", DType.DATETIME, storage="x", lt="1950-01-01T00:00:00"),
        feature("a", DType.TIME, gt="23:59:59"),
        feature("a", DType.TENSOR, ge=0, le=1, unique_items=True),
        feature("a", DType.TENSOR, one_of=(0.0, 1.0)),
        feature("a", DType.TENSOR, fields=WHOLE, unique_items=True, ge=3),
    ],
)
def test_a_value_is_found_for_usual_declarations(one: Any) -> None:
    value = ValueMaker(one).make(np.random.default_rng(0))
    assert value is not None
    assert ValueChecker(one).check(value)[1] == ()


def test_the_owner_is_told_what_the_model_may_hold() -> None:
    assert private_names(CONTRACT) == ("ssn", "pay")
    assert "what the model itself learned" in private_notes(CONTRACT)[0]
    assert private_notes(contract_of(feature("a", DType.FLOAT))) == ()


def test_nothing_is_made_of_the_categories_of_a_column() -> None:
    seen = tuple(f"CANARY-{i}" for i in range(9))
    fields = {"storage": "category", "storage_categories": seen}
    maker = ValueMaker(feature("ssn", DType.STRING, is_private=True, fields=fields))
    assert maker.make(np.random.default_rng(0)) not in (*seen, None)
