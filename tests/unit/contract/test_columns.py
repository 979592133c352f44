from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from headway.contract.columns import ColumnChecker
from headway.core.dtypes import DType
from headway.errors import InvalidInputError
from unit.contract.strategies import contract_of, feature

CONTRACT = contract_of(
    feature("age", DType.INTEGER, ge=18),
    feature("purpose", DType.STRING, nullable=True),
    feature("amount", DType.FLOAT, nullable=True),
)
CHECKER = ColumnChecker(CONTRACT)


def broken_by_rows(rows: Any) -> list[tuple[int, str | None, str]]:
    with pytest.raises(InvalidInputError) as caught:
        CHECKER.check_rows(rows)
    assert caught.value.total == len(caught.value.violations)
    return [(v.row, v.field, v.rule) for v in caught.value.violations]


def broken_by_columns(columns: Any) -> list[tuple[int, str | None, str]]:
    with pytest.raises(InvalidInputError) as caught:
        CHECKER.check_columns(columns)
    assert caught.value.total == len(caught.value.violations)
    return [(v.row, v.field, v.rule) for v in caught.value.violations]


@pytest.mark.parametrize(
    "row",
    [
        {"age": 41, "purpose": "car", "amount": 2},
        {"amount": 2.0, "age": 41.0, "purpose": "car"},
        OrderedDict(purpose="car", amount=2, age=np.int64(41)),
        [41, "car", 2],
        (41, "car", 2.0),
    ],
)
def test_a_row_is_read_in_the_order_of_the_contract(row: Any) -> None:
    batch = CHECKER.check_rows([row])
    assert batch.names == ("age", "purpose", "amount")
    assert list(batch.rows()) == [(41, "car", 2.0)]


def test_rows_by_name_and_by_position_may_be_mixed() -> None:
    batch = CHECKER.check_rows([[41, None, None], {"age": 18, "purpose": "", "amount": 0}])
    assert list(batch.rows()) == [(41, None, None), (18, "", 0.0)]


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        ({"age": 41, "purpose": "car"}, [("amount", "missing")]),
        ({}, [("age", "missing"), ("purpose", "missing"), ("amount", "missing")]),
        ({"Age": 1, "purpose": "car", "amount": 1}, [("age", "missing"), ("Age", "unknown")]),
        ({"age": 41, "purpose": "car", "amount": 1, 7: 1}, [("7", "unknown")]),
        ({"age": 17, "purpose": 5, "amount": "1"}, [("age", "ge"), ("purpose", "type"), ("amount", "type")]),
        ({"age": None, "purpose": None, "amount": None}, [("age", "null")]),
        ({"age": 1, "amount": True}, [("age", "ge"), ("purpose", "missing"), ("amount", "type")]),
        ([41, "car"], [(None, "length")]),
        ([41, "car", 1, 1], [(None, "length")]),
        ([17, "car", "1"], [("age", "ge"), ("amount", "type")]),
        (5, [(None, "type")]),
        (None, [(None, "type")]),
        ("age", [(None, "type")]),
    ],
)  # fmt: skip
def test_every_violation_of_a_row_is_found(row: Any, broken: list[tuple[str | None, str]]) -> None:
    good = [41, "car", 1.0]
    expected = [(1, field, rule) for field, rule in broken]
    assert broken_by_rows([good, row, good]) == expected


def test_violations_of_all_rows_are_found() -> None:
    rows = [{"age": 1, "purpose": 1, "amount": 1}, [1], {"age": 41, "purpose": "", "amount": []}]
    assert broken_by_rows(rows) == [
        (0, "age", "ge"),
        (0, "purpose", "type"),
        (1, None, "length"),
        (2, "amount", "type"),
    ]


@pytest.mark.parametrize(
    "columns",
    [
        {"amount": [1, None], "purpose": ["car", None], "age": [41, 18.0]},
        {
            "age": np.array([41, 18], dtype=np.int16),
            "purpose": np.array(["car", None], dtype=object),
            "amount": np.array([1, np.nan], dtype=np.float32),
        },
        {"age": (41, 18), "purpose": ("car", float("nan")), "amount": np.array([1, None])},
    ],
)
def test_columns_are_read_in_the_order_of_the_contract(columns: Any) -> None:
    batch = CHECKER.check_columns(columns)
    assert batch.n_rows == 2
    assert list(batch.rows()) == [(41, "car", 1.0), (18, None, None)]


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"age": [41, 17]}, [(1, "age", "ge")]),
        ({"age": np.array([41, 17])}, [(1, "age", "ge")]),
        ({"age": np.array(["41", "18"])}, [(0, "age", "type"), (1, "age", "type")]),
        ({"age": np.array([5, 6], "M8[ns]")}, [(0, "age", "type"), (1, "age", "type")]),
        ({"purpose": np.array([5.5, np.nan])}, [(0, "purpose", "type")]),
        ({"age": [41]}, [(1, "age", "length")]),
        ({"age": [41, 41, 41]}, [(2, "age", "length")]),
        ({"age": [1, 41, 41]}, [(0, "age", "ge"), (2, "age", "length")]),
        ({"age": 41}, [(0, "age", "type")]),
        ({"age": "ab"}, [(0, "age", "type")]),
        ({"age": np.array([[41, 41]])}, [(0, "age", "type")]),
        ({"Age": [1, 2]}, [(0, "Age", "unknown")]),
        ({"purpose": [5, 5], "extra": []}, [(0, "purpose", "type"), (0, "extra", "unknown"), (1, "purpose", "type")]),
    ],
)  # fmt: skip
def test_every_violation_of_columns_is_found(changed: Any, broken: list[Any]) -> None:
    good = {"age": [41, 18], "purpose": ["car", None], "amount": [1.0, 2.0]}
    assert broken_by_columns(good | changed) == broken


def test_missing_columns_are_named_once() -> None:
    assert broken_by_columns({"age": [41, 41]}) == [
        (0, "purpose", "missing"),
        (0, "amount", "missing"),
    ]
    assert broken_by_columns({}) == [(0, name, "missing") for name in CONTRACT.names]


def test_no_rows_are_refused() -> None:
    assert broken_by_rows([]) == [(0, None, "length")]
    assert broken_by_columns({name: [] for name in CONTRACT.names}) == [(0, None, "length")]


def test_typed_columns_stay_arrays() -> None:
    contract = contract_of(feature("a", DType.FLOAT), feature("b", DType.INTEGER))
    columns = {"a": np.array([1.0, 2.0]), "b": np.array([1, 2])}
    first, second = ColumnChecker(contract).check_columns(columns).columns()
    assert first is columns["a"]
    assert second is columns["b"]
