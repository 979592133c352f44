"""A diff tells every difference, and where it says that nothing breaks, nothing does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headway.contract.change import Change
from headway.contract.columns import ColumnChecker
from headway.contract.diff import breaks, diff_contracts
from headway.contract.model import Contract, Observed, RowRule, UserValidator
from headway.core.dtypes import DType
from headway.errors import InvalidInputError
from unit.contract.strategies import (
    NAMES,
    contract_of,
    contracts,
    feature,
    features,
    good_rows,
    neighbours,
    rows,
)

AGE = feature("age", DType.INTEGER)
INCOME = feature("income", DType.FLOAT)
PURPOSE = feature("purpose", DType.STRING)
CONTRACT = contract_of(AGE, INCOME, PURPOSE)


def told(old: Contract, new: Contract) -> list[tuple[str, str, str]]:
    return [(change.kind, change.name, change.part) for change in diff_contracts(old, new)]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Contract, Contract]:
    """Draw a contract, and another one with some of its features drawn anew."""
    old = draw(contracts(NAMES[:2]))
    changed = [
        draw(features(known.name)) if draw(st.booleans()) else draw(neighbours(known))
        for known in old.features
    ]
    if draw(st.integers(0, 9)) == 0:
        changed = draw(st.permutations(changed))
    return old, msgspec.structs.replace(old, features=tuple(changed))


def is_accepted(contract: Contract, row: Any) -> bool:
    try:
        ColumnChecker(contract).check_rows([row])
    except InvalidInputError:
        return False
    return True


@given(contracts())
def test_a_contract_does_not_differ_from_itself(contract: Contract) -> None:
    again = msgspec.json.decode(msgspec.json.encode(contract), type=Contract)
    assert diff_contracts(contract, again) == ()


@settings(max_examples=50)
@given(st.data(), pairs())
def test_where_nothing_breaks_every_row_that_was_accepted_still_is(
    data: st.DataObject, pair: tuple[Contract, Contract]
) -> None:
    old, new = pair
    assume(not breaks(diff_contracts(old, new)))
    drawn = [data.draw(strategy) for strategy in (good_rows(old), good_rows(new), rows(old))]
    for row in drawn:
        if is_accepted(old, row):
            assert is_accepted(new, row), diff_contracts(old, new)
            by_position = [row[name] for name in old.names]
            assert is_accepted(new, by_position)


@settings(max_examples=80)
@given(pairs())
def test_a_diff_the_other_way_round_is_its_mirror(pair: tuple[Contract, Contract]) -> None:
    there, back = diff_contracts(*pair), diff_contracts(*pair[::-1])

    def key(change: Change, old: Any, new: Any) -> tuple[str, ...]:
        return (change.scope, change.name, change.part, repr(old), repr(new))

    mirrored = {key(change, change.new, change.old): change.kind for change in back}
    assert {key(change, change.old, change.new) for change in there} == set(mirrored)
    for change in there:
        if change.kind in {"widens", "new"}:
            assert mirrored[key(change, change.old, change.new)] == "breaks"


@settings(max_examples=80)
@given(st.data(), contracts(NAMES[:2]))
def test_a_tighter_contract_breaks_where_it_refuses(data: st.DataObject, old: Contract) -> None:
    changed = tuple(data.draw(neighbours(known)) for known in old.features)
    new = msgspec.structs.replace(old, features=changed)
    row = data.draw(good_rows(old))
    if is_accepted(old, row) and not is_accepted(new, row):
        assert breaks(diff_contracts(old, new))


def test_features_that_come_and_go_break() -> None:
    assert told(CONTRACT, contract_of(AGE, PURPOSE)) == [("breaks", "income", "feature")]
    assert told(contract_of(AGE, PURPOSE), CONTRACT) == [("breaks", "income", "feature")]


def test_a_feature_with_another_name_is_guessed() -> None:
    new = msgspec.structs.replace(INCOME, name="incomes")
    gone, added = diff_contracts(CONTRACT, contract_of(AGE, new, PURPOSE))
    assert (gone.name, gone.hint) == ("income", "it may be called `incomes` now")
    assert (added.name, added.hint) == ("incomes", "it may be what `income` was")


def test_values_tell_more_of_a_name_than_letters() -> None:
    seen = Observed(minimum=1.5, maximum=17.25)
    old = msgspec.structs.replace(INCOME, observed=seen)
    salary = msgspec.structs.replace(old, name="salary")
    other = feature("incomes", DType.FLOAT)
    found = diff_contracts(contract_of(old), contract_of(salary, other))
    assert found[0].hint == "it may be called `salary` now"


def test_a_feature_of_another_type_is_no_other_name() -> None:
    found = diff_contracts(contract_of(INCOME), contract_of(feature("incomes", DType.STRING)))
    assert [change.hint for change in found] == [None, None]


def test_another_order_breaks_lists_only() -> None:
    (change,) = diff_contracts(CONTRACT, contract_of(PURPOSE, AGE, INCOME))
    assert (change.kind, change.scope, change.part) == ("breaks", "contract", "order")
    assert change.hint == "rows by name stay as they are"


def test_what_breaks_comes_first() -> None:
    old = contract_of(feature("a", DType.FLOAT, ge=0), INCOME)
    new = contract_of(
        feature("a", DType.FLOAT), msgspec.structs.replace(INCOME, description="x"), AGE
    )
    assert [change.kind for change in diff_contracts(old, new)] == ["breaks", "widens", "note"]


@pytest.mark.parametrize(
    ("field", "value"), [("layout", "array"), ("n_training_rows", 7), ("format", 2)]
)
def test_what_no_request_shows_is_a_note(field: str, value: Any) -> None:
    new = msgspec.structs.replace(CONTRACT, **{field: value})
    assert told(CONTRACT, new) == [("note", "", field)]


def test_a_part_that_is_not_known_here_breaks() -> None:
    class Wider(Contract, frozen=True):
        zone: str = ""

    plain, zoned = (Wider(CONTRACT.features, CONTRACT.output, zone=z) for z in ("", "utc"))
    assert told(plain, zoned) == [("breaks", "", "zone")]
    assert told(zoned, plain) == [("breaks", "", "zone")]


AFFORDABLE = RowRule("affordable", "income >= age")
VALIDATOR = UserValidator("Loan", ("positive",))


def with_rules(*rules: RowRule, **changes: Any) -> Contract:
    return msgspec.structs.replace(CONTRACT, rules=rules, **changes)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (with_rules(AFFORDABLE), with_rules(), "widens"),
        (with_rules(), with_rules(AFFORDABLE), "breaks"),
        (with_rules(AFFORDABLE), with_rules(RowRule("affordable", "income > age")), "breaks"),
        (with_rules(AFFORDABLE), with_rules(RowRule("affordable", "income >= age", "too little")), "note"),
    ],
)  # fmt: skip
def test_rules_between_features(old: Contract, new: Contract, kind: str) -> None:
    assert told(old, new) == [(kind, "affordable", "rule")]


def test_a_rule_may_refuse_what_is_moved_to_another_limit() -> None:
    clipped = [
        contract_of(AGE, feature("income", DType.FLOAT, ge=limit, policy="clip"), PURPOSE)
        for limit in (10.0, 0.0)
    ]
    old, new = (msgspec.structs.replace(one, rules=(AFFORDABLE,)) for one in clipped)
    assert ("breaks", "", "rule") in told(old, new)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (VALIDATOR, None, "widens"),
        (None, VALIDATOR, "breaks"),
        (VALIDATOR, UserValidator("Loan", ("positive", "affordable")), "breaks"),
    ],
)
def test_code_that_is_asked_about_rows(before: Any, after: Any, kind: str) -> None:
    old, new = (msgspec.structs.replace(CONTRACT, validator=one) for one in (before, after))
    assert told(old, new) == [(kind, "Loan", "validator")]
