from __future__ import annotations

from typing import Any

import pytest

from headway.contract.finishing import Finisher, is_checked_while_decoding
from headway.core.dtypes import DType
from unit.contract.strategies import contract_of, feature

CONTRACT = contract_of(
    feature("age", DType.INTEGER, le=120, policy="clip"),
    feature("code", DType.STRING, max_length=2),
    rules=["paired: code != 'x' or age > 5"],
)


def test_rows_come_back_as_a_batch_holds_them() -> None:
    rows, notices = Finisher(CONTRACT).rows([(130, "a"), (7, "b")]) or ([], None)
    assert rows == [(120, "a"), (7, "b")]
    assert notices is not None
    assert notices.counts == {("age", "le"): 1}
    columns, _ = Finisher(CONTRACT).columns([[130, 7], ["a", "b"]]) or ([], None)
    assert columns == [[120, 7], ["a", "b"]]


@pytest.mark.parametrize("row", [(1, "abc"), (5, "x")])
def test_a_row_that_breaks_a_rule_is_not_taken(row: tuple[Any, ...]) -> None:
    assert Finisher(CONTRACT).rows([(7, "a"), row]) is None
    assert Finisher(CONTRACT).columns([[7, row[0]], ["a", row[1]]]) is None


def test_there_is_nothing_to_finish_where_the_decoder_checks_all() -> None:
    assert not Finisher(contract_of(feature("age", DType.INTEGER, ge=18, le=120)))
    assert Finisher(CONTRACT)


@pytest.mark.parametrize(
    ("dtype", "given", "is_checked"),
    [
        (DType.FLOAT, {"ge": 1}, True),
        (DType.STRING, {"one_of": ("a",)}, True),
        (DType.INTEGER, {"one_of": (1,)}, False),
        (DType.FLOAT, {"multiple_of": 0.1}, False),
        (DType.STRING, {"regex": ("a",)}, False),
        (DType.STRING, {"min_length": 1}, False),
        (DType.STRING, {"max_length": 1}, False),
        (DType.FLOAT, {"ge": 1, "policy": "warn"}, False),
    ],
)
def test_what_the_decoder_has_no_words_for_is_left(
    dtype: DType, given: dict[str, Any], is_checked: bool
) -> None:
    assert is_checked_while_decoding(feature("a", dtype, **given)) is is_checked
