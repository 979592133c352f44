from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.columns import ColumnChecker
from headway.contract.declarations import Rule
from headway.contract.findings import MAX_LISTED, RULES
from headway.contract.model import RowRule
from headway.contract.row_rules import MAX_RULES, broken_words, compile_rules, read_rules
from headway.contract.values import ValueChecker
from headway.core.dtypes import DType
from headway.errors import ContractError, InvalidInputError
from unit.contract.strategies import contract_of, contracts_with_rules, feature, good_rows

AFFORDABLE = "affordable: amount <= 10 * income"
CONTRACT = contract_of(
    feature("amount", DType.FLOAT),
    feature("income", DType.FLOAT, nullable=True),
    feature("ssn", DType.STRING, is_private=True),
    rules=[AFFORDABLE],
)


@pytest.mark.parametrize(
    "spec",
    [
        "affordable: amount <= 10 * income",
        Rule("amount <= 10 * income", name="affordable"),
        {"name": "affordable", "expression": "amount <= 10 * income"},
    ],
)
def test_every_way_to_write_a_rule_gives_the_same(spec: Any) -> None:
    contract = msgspec.structs.replace(CONTRACT, rules=())
    assert read_rules(contract, [spec]) == ((RowRule("affordable", "amount <= 10 * income"),), [])


@pytest.mark.parametrize("name", [*RULES, "not_null"])
def test_a_rule_has_the_name_of_no_other(name: str) -> None:
    _, problems = read_rules(CONTRACT, [f"{name}: amount <= income"])
    assert f"`{name}` cannot be the name" in problems[0].message


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("amount <= income", "`amount <= income` cannot be the name of a rule"),
        ("1st: amount <= income", "cannot be the name"),
        ("null: amount <= income", "`null` cannot be the name"),
        ("regex: amount <= income", "`regex` cannot be the name"),
        ("affordable: amount < 1", "there are two rules `affordable`"),
        ({"name": "a"}, "a rule cannot be read"),
        ({"name": "a", "expression": "amount < 1", "policy": "warn"}, "a rule cannot be read"),
        (5, "`5` is no rule"),
        (Rule("amount < 1", name="a", message="m" * 1_001), "has 1001 characters"),
        ("a: amuont < 1", "rule `a`: the model has no feature `amuont`"),
    ],
)
def test_what_is_no_rule_is_told(spec: Any, fault: str) -> None:
    rules, problems = read_rules(CONTRACT, [spec])
    assert rules == ()
    assert fault in problems[0].message


def test_the_number_of_rules_is_bounded() -> None:
    _, problems = read_rules(CONTRACT, [f"r{i}: amount > {i}" for i in range(MAX_RULES)])
    assert "at most 100 can be" in problems[0].message
    rules = tuple(RowRule(f"r{i}", f"amount > {i}") for i in range(MAX_RULES + 1))
    assert len(compile_rules(msgspec.structs.replace(CONTRACT, rules=rules[1:]))) == MAX_RULES
    with pytest.raises(ContractError, match="at most 100 can be"):
        compile_rules(msgspec.structs.replace(CONTRACT, rules=rules))


@pytest.mark.timeout(120)
@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_row_and_the_same_row_within_columns_get_the_same_answer(data: st.DataObject) -> None:
    contract = data.draw(contracts_with_rules())
    checks = {one.name: ValueChecker(one).check for one in contract.features}
    judged = [
        [check(row[name]) for name, check in checks.items()]
        for row in data.draw(st.lists(good_rows(contract), min_size=1, max_size=5))
    ]
    rows = [tuple(None if broken else value for value, broken in row) for row in judged]
    columns = [list(column) for column in zip(*rows, strict=True)]
    for compiled in compile_rules(contract):
        assert compiled.broken(columns).tolist() == [compiled.breaks(row) for row in rows]


def test_a_broken_rule_is_told_with_its_values() -> None:
    (compiled,) = compile_rules(CONTRACT)
    assert broken_words(CONTRACT, compiled, (500.0, 10.0, "CANARY")) == (
        "amount <= 10 * income does not hold: `amount` is `500`, `income` is `10`"
    )


def test_private_values_are_not_told_and_an_undefined_step_is() -> None:
    contract = contract_of(*CONTRACT.features, rules=["known: len(ssn) / 0 > amount"])
    (compiled,) = compile_rules(contract)
    said = broken_words(contract, compiled, (500.0, 10.0, "CANARY"))
    assert said == (
        "len(ssn) / 0 > amount does not hold (a step of it has no finite result): `amount` is `500`"
    )


def violations(rows: list[Any]) -> list[tuple[int, str | None, str]]:
    with pytest.raises(InvalidInputError) as caught:
        ColumnChecker(CONTRACT).check_rows(rows)
    return [(v.row, v.field, v.rule) for v in caught.value.violations]


def test_rules_are_checked_beside_other_violations() -> None:
    rows = [[500, 10, "a"], [500, "x", "a"], [500, 10, 5], [1, None, "a"], [500, 1]]
    assert violations(rows) == [
        (0, None, "affordable"),
        (1, "income", "type"),
        (2, "ssn", "type"),
        (2, None, "affordable"),
        (4, None, "length"),
    ]


def test_the_list_is_bounded_and_the_total_is_exact() -> None:
    rows = [[500, 10, "a"]] * (MAX_LISTED + 7)
    with pytest.raises(InvalidInputError) as caught:
        ColumnChecker(CONTRACT).check_rows(rows)
    assert len(caught.value.violations) == MAX_LISTED
    assert caught.value.total == MAX_LISTED + 7
