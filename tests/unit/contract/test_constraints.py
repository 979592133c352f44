from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.constraints import declare, tighten
from headway.contract.declarations import (
    MultipleOf,
    NotNull,
    OneOf,
    Policy,
    Private,
    Range,
    Rule,
    Text,
    UniqueItems,
)
from headway.contract.declared import KEYS
from headway.contract.model import Constraints, Contract, Feature, Observed
from headway.contract.values import ValueChecker
from headway.core.dtypes import DType
from headway.errors import ContractError
from unit.contract.strategies import contract_of, feature, features, values_near

PURPOSE = msgspec.structs.replace(
    feature("purpose", DType.STRING, nullable=True),
    observed=Observed(categories=("car", "tv"), n_categories=2, missing_ratio=0.1),
)
AGE = msgspec.structs.replace(
    feature("age", DType.INTEGER), observed=Observed(minimum=19, maximum=75)
)
CONTRACT = contract_of(
    AGE, PURPOSE, feature("amount", DType.FLOAT, nullable=True), feature("owner", DType.BOOLEAN)
)


def declared(name: str, spec: Any) -> Constraints:
    return declare(CONTRACT, {name: spec}).feature(name).constraints


@pytest.mark.parametrize(
    ("name", "spec", "constraints"),
    [
        ("age", Range(18, 120), Constraints(ge=18, le=120)),
        ("age", Range(gt=17.5), Constraints(gt=17.5)),
        ("amount", Range(0, lt=1e6), Constraints(ge=0, lt=1e6)),
        ("amount", Range(np.float64(1.5)), Constraints(ge=1.5)),
        ("purpose", OneOf("car", "boat"), Constraints(one_of=("car", "boat"))),
        ("purpose", OneOf(), Constraints(one_of=("car", "tv"))),
        ("age", OneOf(20, 30.0, 20), Constraints(one_of=(20, 30))),
        ("amount", OneOf(1, 2.5), Constraints(one_of=(1.0, 2.5))),
        ("owner", OneOf(True), Constraints(one_of=(True,))),
        ("amount", NotNull(), Constraints(not_null=True)),
        ("amount", (Range(0), NotNull()), Constraints(ge=0, not_null=True)),
        ("amount", [Range(0), Range(5, 9), Range(le=7)], Constraints(ge=5, le=7)),
        ("amount", [Range(5), Range(gt=5)], Constraints(gt=5)),
        ("purpose", [OneOf("a", "b", "c"), OneOf("c", "b")], Constraints(one_of=("b", "c"))),
        ("age", [OneOf(1, 2, 3), Range(2)], Constraints(ge=2, one_of=(2, 3))),
        ("age", {"ge": 18, "le": 120}, Constraints(ge=18, le=120)),
        ("age", {"ge": 18, "le": None}, Constraints(ge=18)),
        ("purpose", {"one_of": ["car"], "not_null": True}, Constraints(one_of=("car",), not_null=True)),
        ("purpose", [{"one_of": ["car", "tv"]}, NotNull()], Constraints(one_of=("car", "tv"), not_null=True)),
        ("age", [], Constraints()),
        ("age", {}, Constraints()),
    ],
)  # fmt: skip
def test_every_way_to_declare_gives_constraints(
    name: str, spec: Any, constraints: Constraints
) -> None:
    assert declared(name, spec) == constraints


def test_declaring_changes_the_named_features_only() -> None:
    contract = declare(CONTRACT, {"age": Range(18)})
    assert contract.names == CONTRACT.names
    assert contract.features[1:] == CONTRACT.features[1:]
    assert contract.output is CONTRACT.output


@pytest.mark.parametrize("spec", [Range(200), Range(le=-129), OneOf(5, 200)])
def test_what_the_column_cannot_hold_is_not_declared(spec: Any) -> None:
    contract = contract_of(feature("age", DType.INTEGER, storage="int8"))
    with pytest.raises(ContractError, match="age"):
        declare(contract, {"age": spec})


def test_declaring_again_replaces() -> None:
    contract = declare(declare(CONTRACT, {"age": Range(18)}), {"age": Range(16)})
    assert contract.feature("age").constraints == Constraints(ge=16)


@pytest.mark.parametrize(
    ("name", "spec", "fault"),
    [
        ("purpose", Range(1), "`ge` is for numbers"),
        ("owner", {"le": 1}, "`le` is for numbers"),
        ("age", Range("18"), "`ge` is `18`, not a finite number"),
        ("age", Range(True), "`ge` is `true`, not a finite number"),
        ("age", Range(float("nan")), "not a finite number"),
        ("age", Range(le=float("inf")), "not a finite number"),
        ("age", Range(2**53 + 1), "not a finite number that a float64 holds"),
        ("age", Range(10**400), "not a finite number"),
        ("age", Range(120, 18), "no value keeps all"),
        ("age", Range(gt=17, lt=18), "no value keeps all"),
        ("age", Range(1e30), "no value keeps all"),
        ("amount", Range(5, lt=5), "no value keeps all"),
        ("age", [OneOf(1, 2), Range(5)], "no value keeps all"),
        ("purpose", [OneOf("a"), OneOf("b")], "no value keeps all"),
        ("age", OneOf("20"), "`one_of` holds `20`, which a feature of type integer never is"),
        ("age", OneOf(20, 5.5, True), "`5.5`, `true`"),
        ("purpose", OneOf("car", None), "`one_of` holds `None`"),
        ("purpose", OneOf(5), "`one_of` holds `5`"),
        ("owner", OneOf(1), "`one_of` holds `1`"),
        ("age", OneOf(), "no categories were learned"),
        ("purpose", {"one_of": []}, "list of at least one value"),
        ("purpose", {"one_of": "car"}, "list of at least one value"),
        ("purpose", {"one_of": 5}, "list of at least one value"),
        ("age", {"gte": 18}, "unknown key `gte`"),
        ("age", {"not_null": False}, "`not_null` is `false`, and it can only be `true`"),
        ("age", {"not_null": "yes"}, "it can only be `true`"),
        ("age", 18, "`18` is no constraint"),
        ("age", "ge", "`ge` is no constraint"),
        ("age", Range, "is no constraint"),
        ("Age", Range(18), "no feature `Age`"),
    ],
)
def test_what_cannot_be_kept_or_understood_is_refused(name: str, spec: Any, fault: str) -> None:
    with pytest.raises(ContractError) as caught:
        declared(name, spec)
    assert fault in caught.value.message


@pytest.mark.parametrize(
    ("name", "spec", "hint"),
    [
        ("Age", Range(18), "did you mean `age`?"),
        ("zzz", Range(18), "features: `age`, `purpose`, `amount`, `owner`"),
        ("age", {"on_of": [1]}, "did you mean `one_of`?"),
        ("age", {"minimum": 1}, "keys: " + ", ".join(f"`{key}`" for key in KEYS)),
    ],
)
def test_a_wrong_name_comes_with_a_hint(name: str, spec: Any, hint: str) -> None:
    with pytest.raises(ContractError) as caught:
        declared(name, spec)
    assert caught.value.hint == hint


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ContractError) as caught:
        declare(CONTRACT, {"Age": Range(18), "purpose": Range(1), "amount": Range(2, 1)})
    assert caught.value.message.count(";") == 2


def with_constraints(name: str, spec: Any) -> Contract:
    return declare(CONTRACT, {name: spec})


@pytest.mark.parametrize(
    ("name", "before", "spec", "after"),
    [
        ("age", [], Range(18), Constraints(ge=18)),
        ("age", Range(18, 120), Range(21), Constraints(ge=21, le=120)),
        ("age", Range(18, 120), Range(18, 120), Constraints(ge=18, le=120)),
        ("age", Range(18), Range(gt=17), Constraints(ge=18)),
        ("age", Range(18), NotNull(), Constraints(ge=18, not_null=True)),
        ("amount", Range(0), Range(gt=0), Constraints(gt=0)),
        ("purpose", OneOf("a", "b"), OneOf("b"), Constraints(one_of=("b",))),
        ("age", OneOf(1, 2, 3), Range(2), Constraints(ge=2, one_of=(2, 3))),
        ("age", Range(18), OneOf(20, 30), Constraints(ge=18, one_of=(20, 30))),
        ("amount", NotNull(), Range(0), Constraints(ge=0, not_null=True)),
    ],
)
def test_tightening_adds_to_what_was_declared(
    name: str, before: Any, spec: Any, after: Constraints
) -> None:
    contract = tighten(with_constraints(name, before), {name: spec})
    assert contract.feature(name).constraints == after


@pytest.mark.parametrize(
    ("name", "before", "spec", "fault"),
    [
        ("age", Range(18), Range(17), "`ge` `17` is looser than the contract's `ge` `18`"),
        ("age", Range(18), Range(gt=16.5), "is looser"),
        ("amount", Range(gt=0), Range(0), "is looser"),
        ("age", Range(le=120), Range(20, 121), "`le` `121` is looser"),
        ("age", Range(le=120), [Range(le=100), Range(le=121)], "is looser"),
        ("purpose", OneOf("a", "b"), OneOf("b", "c"), "`one_of` adds `c`"),
        ("age", Range(18), OneOf(17, 20), "`one_of` adds `17`"),
        ("age", Range(18), Range(le=17), "no value keeps all"),
        ("Age", [], Range(18), "no feature `Age`"),
    ],
)
def test_tightening_never_loosens(name: str, before: Any, spec: Any, fault: str) -> None:
    contract = with_constraints(name, before) if before else CONTRACT
    with pytest.raises(ContractError) as caught:
        tighten(contract, {name: spec})
    assert fault in caught.value.message


def as_spec(constraints: Constraints) -> dict[str, Any]:
    given: dict[str, Any] = msgspec.to_builtins(constraints)
    return given


@settings(max_examples=200, deadline=None)
@given(features("age"), st.data())
def test_a_tightened_contract_accepts_what_both_accept(
    before: Feature, data: st.DataObject
) -> None:
    before = msgspec.structs.replace(before, policy="refuse")
    other = data.draw(features("age", [before.dtype]))
    try:
        contract = tighten(contract_of(before), {"age": as_spec(other.constraints)})
    except ContractError:
        return
    alone = msgspec.structs.replace(before, constraints=other.constraints)
    tightened = ValueChecker(contract.features[0])
    for value in (*values_near(before), *values_near(alone), None):
        accepted = all(not ValueChecker(one).check(value)[1] for one in (before, alone))
        assert (not tightened.check(value)[1]) == accepted


TEXT = contract_of(
    feature("code", DType.STRING, nullable=True),
    msgspec.structs.replace(
        feature("amount", DType.FLOAT), observed=Observed(minimum=1.5, maximum=9.0)
    ),
    msgspec.structs.replace(AGE, example=41),
)


@pytest.mark.parametrize(
    ("name", "spec", "constraints"),
    [
        ("code", Text(regex="[A-Z]{3}"), Constraints(regex=("[A-Z]{3}",))),
        ("code", Text(min_length=1, max_length=3), Constraints(min_length=1, max_length=3)),
        ("code", {"regex": ["a+", "b?"]}, Constraints(regex=("a+", "b?"))),
        ("code", [Text(regex="a+"), Text(regex="a+", min_length=2), Text(min_length=1)], Constraints(regex=("a+",), min_length=2)),
        ("code", [Text(max_length=5), Text(max_length=3)], Constraints(max_length=3)),
        ("code", [Text(regex="[a-z]+"), OneOf("car", "5")], Constraints(regex=("[a-z]+",), one_of=("car",))),
        ("amount", MultipleOf(0.5), Constraints(multiple_of=0.5)),
        ("amount", [MultipleOf(0.1), MultipleOf(0.3)], Constraints(multiple_of=0.3)),
        ("amount", Range(), Constraints(ge=1.5, le=9.0)),
        ("age", {"multiple_of": 5}, Constraints(multiple_of=5)),
    ],
)  # fmt: skip
def test_texts_and_steps_are_declared(name: str, spec: Any, constraints: Constraints) -> None:
    assert declare(TEXT, {name: spec}).feature(name).constraints == constraints


@pytest.mark.parametrize(
    ("name", "spec", "fault"),
    [
        ("age", Text(regex="a"), "`regex` is for strings, and this feature is a integer"),
        ("amount", Text(max_length=3), "`max_length` is for strings"),
        ("code", Text(regex="(a"), "`regex` `(a` is no pattern: unclosed group"),
        ("code", Text(regex="a)|(?:b"), "is no pattern"),
        ("code", Text(regex="(?=a)b"), "look-around"),
        ("code", Text(regex=r"(a)\1"), "backreferences"),
        ("code", {"regex": ["a", "[a&&b]"]}, "`code`: `regex` `[a&&b]` has `&&`, which"),
        ("code", Text(regex="a" * 1_001), "not a pattern of at most 1000 characters"),
        ("code", {"regex": 5}, "`regex` is `5`, not a pattern"),
        ("code", {"min_length": -1}, "`min_length` is `-1`, not a number of characters"),
        ("code", {"min_length": True}, "not a number of characters"),
        ("code", {"max_length": 2.5}, "not a number of characters"),
        ("code", Text(min_length=3, max_length=2), "no value keeps all"),
        ("code", [Text(regex="[a-z]+"), OneOf("A")], "no value keeps all"),
        ("code", MultipleOf(2), "`multiple_of` is for numbers"),
        ("code", Range(), "no range was learned that `Range()` could declare"),
        ("code", UniqueItems(), "`unique_items` is for vectors"),
        ("amount", MultipleOf(0), "`multiple_of` is `0`; it must be above 0"),
        (
            "amount",
            [MultipleOf(0.2), MultipleOf(0.3)],
            "`0.2` and `0.3`, and neither is a multiple",
        ),
        (
            "amount",
            {"policy": "ignore"},
            "`policy` is `ignore`; it is one of `refuse`, `warn`, `clip`",
        ),
        ("amount", Policy("clip"), "no limit to move a value to"),
        (
            "amount",
            [Range(0), MultipleOf(2), Policy("clip")],
            "a limit need not be allowed by `multiple_of`",
        ),
        (
            "amount",
            [Policy("warn"), Policy("clip"), Range(0)],
            "policies `warn`, `clip`; choose one",
        ),
        ("amount", [Range(), Private()], "it is private, and learned values would be shown"),
        ("amount", {"pii": False}, "`pii` is `false`, and it can only be `true`"),
    ],
)
def test_what_no_text_or_number_keeps_is_refused(name: str, spec: Any, fault: str) -> None:
    with pytest.raises(ContractError) as caught:
        declare(TEXT, {name: spec})
    assert fault in caught.value.message


def test_a_private_feature_forgets_what_was_learned_of_it() -> None:
    private = declare(TEXT, {"age": [Range(18), Private()]}).feature("age")
    assert private.is_private
    assert private.observed == Observed()
    assert private.example is None
    assert private.constraints == Constraints(ge=18)


CATEGORIES = {"storage": "category", "storage_categories": ("a", "b")}


def test_a_column_whose_categories_are_in_the_contract_cannot_be_private() -> None:
    contract = contract_of(feature("code", DType.STRING, fields=CATEGORIES))
    for declares in (declare, tighten):
        with pytest.raises(ContractError, match="its training column is a `category`") as caught:
            declares(contract, {"code": Private()})
        assert caught.value.hint == 'fit the model on strings: `X["code"] = X["code"].astype(str)`'


@pytest.mark.parametrize(
    ("dtype", "limit"),
    [(DType.FLOAT, {"gt": 0}), (DType.DECIMAL, {"lt": "1"}), (DType.TENSOR, {"lt": 1})],
)
def test_a_number_is_clipped_to_no_bound_that_is_left_out(
    dtype: DType, limit: dict[str, Any]
) -> None:
    contract = contract_of(feature("a", dtype))
    with pytest.raises(ContractError, match="bound that is left out"):
        declare(contract, {"a": limit | {"policy": "clip"}})
    closed = declare(contract, {"a": {"ge": -9, "le": 9, "policy": "clip"}})
    with pytest.raises(ContractError, match="bound that is left out"):
        tighten(closed, {"a": limit})


@pytest.mark.parametrize(
    ("dtype", "limit"), [(DType.INTEGER, {"gt": 0}), (DType.DATE, {"lt": "2020-01-01"})]
)
def test_what_comes_in_steps_is_clipped_to_the_next_one(
    dtype: DType, limit: dict[str, Any]
) -> None:
    contract = declare(contract_of(feature("a", dtype)), {"a": limit | {"policy": "clip"}})
    assert contract.feature("a").policy == "clip"


def test_a_policy_belongs_to_the_feature() -> None:
    clipped = declare(TEXT, {"age": [Range(18, 60), Policy("clip")]}).feature("age")
    assert clipped.policy == "clip"
    assert declare(TEXT, {"age": {"ge": 18, "policy": "warn"}}).feature("age").policy == "warn"
    assert declare(TEXT, {"age": Range(18)}).feature("age").policy == "refuse"


@pytest.mark.parametrize(
    ("name", "before", "spec", "after"),
    [
        ("code", Text(regex="a+"), {"regex": ["[a-z]+"]}, Constraints(regex=("a+", "[a-z]+"))),
        ("code", Text(max_length=5), {"max_length": 3}, Constraints(max_length=3)),
        ("amount", MultipleOf(0.5), {"multiple_of": 1.5}, Constraints(multiple_of=1.5)),
        ("amount", MultipleOf(1.5), {"multiple_of": 0.5}, Constraints(multiple_of=1.5)),
    ],
)
def test_texts_and_steps_are_tightened(
    name: str, before: Any, spec: Any, after: Constraints
) -> None:
    contract = declare(TEXT, {name: before})
    assert tighten(contract, {name: spec}).feature(name).constraints == after


@pytest.mark.parametrize(
    ("name", "before", "spec", "fault"),
    [
        ("code", Text(max_length=3), {"max_length": 5}, "`max_length` `5` is looser than the contract's `max_length` `3`"),
        ("code", Text(min_length=3), {"min_length": 2}, "is looser"),
        ("code", Text(regex="[a-z]+"), {"one_of": ["5"]}, "`one_of` adds `5`"),
        ("amount", Range(0), {"policy": "warn"}, "`policy` `warn` is looser than the contract's `policy` `refuse`"),
        ("amount", [Range(0), Policy("warn")], {"policy": "clip"}, "is looser"),
        ("amount", [Range(0), Policy("clip")], {"one_of": [1.0]}, "need not be allowed by `one_of`"),
        ("amount", MultipleOf(0.2), {"multiple_of": 0.3}, "neither is a multiple"),
    ],
)  # fmt: skip
def test_looser_texts_and_policies_are_refused(
    name: str, before: Any, spec: Any, fault: str
) -> None:
    contract = declare(TEXT, {name: before})
    with pytest.raises(ContractError) as caught:
        tighten(contract, {name: spec})
    assert fault in caught.value.message


def test_settings_make_a_policy_stricter_and_a_feature_private() -> None:
    contract = declare(TEXT, {"age": [Range(18, 60), Policy("clip")]})
    tightened = tighten(contract, {"age": {"policy": "refuse", "pii": True}}).feature("age")
    assert (tightened.policy, tightened.is_private, tightened.example) == ("refuse", True, None)
    assert tighten(contract, {"age": {"le": 50}}).feature("age").policy == "clip"


def test_rules_are_added_and_every_fault_of_theirs_is_told() -> None:
    contract = declare(TEXT, {}, [Rule("amount <= 10 * age", name="affordable")])
    tightened = tighten(contract, {}, ["coded: code != 'x'"])
    assert [rule.name for rule in tightened.rules] == ["affordable", "coded"]
    with pytest.raises(ContractError) as caught:
        tighten(contract, {"ag": Range(1)}, ["affordable: age > 1", "other: agee > 1"])
    for fault in ("no feature `ag`", "two rules `affordable`", "rule `other`", "`agee`"):
        assert fault in caught.value.message


ZONED = {"storage": "datetime64[ns, UTC]", "is_zoned": True}


@pytest.mark.parametrize(
    ("dtype", "fields", "spec", "expected"),
    [
        (DType.DATE, None, Range(dt.date(2020, 1, 1)), Constraints(ge="2020-01-01")),
        (DType.DATE, None, {"lt": "2020-01-01"}, Constraints(lt="2020-01-01")),
        (DType.TIME, None, Range("09:30", dt.time(17)), Constraints(ge="09:30:00", le="17:00:00")),
        (DType.DECIMAL, None, Range(0, Decimal("0.10")), Constraints(ge="0", le="0.10")),
        (DType.DECIMAL, None, OneOf(0.5, "0.50", 1), Constraints(one_of=("0.5", "1"))),
        (
            DType.DATETIME,
            ZONED,
            Range("2020-01-01T01:00:00+01:00"),
            Constraints(ge="2020-01-01T00:00:00Z"),
        ),
        (DType.TENSOR, None, Range(0, 1), Constraints(ge=0, le=1)),
        (DType.TENSOR, None, OneOf(0, 1), Constraints(one_of=(0.0, 1.0))),
    ],
)
def test_values_of_every_type_are_declared_as_python_or_text(
    dtype: DType, fields: Any, spec: Any, expected: Constraints
) -> None:
    contract = contract_of(feature("a", dtype, fields=fields))
    declared = declare(contract, {"a": spec}).features[0].constraints
    assert declared == expected
    assert (
        tighten(contract, {"a": msgspec.to_builtins(declared)}).features[0].constraints == declared
    )


@pytest.mark.parametrize(
    ("dtype", "fields", "spec", "fault"),
    [
        (
            DType.DATE,
            None,
            Range(dt.datetime(2020, 1, 1, 10)),
            "expected a date, got the date-time",
        ),
        (DType.DATE, None, Range(5), "expected a date"),
        (DType.DATETIME, ZONED, Range("2020-01-01T00:00:00"), "with an offset"),
        (DType.DATETIME, ZONED, Range("3000-01-01T00:00:00Z"), "to 2262"),
        (DType.DECIMAL, None, Range("x"), "expected a decimal"),
        (DType.DECIMAL, None, Range("2", "1.99"), "no value keeps"),
        (DType.DATE, None, Range("2020-01-02", gt="2020-01-05", le="2020-01-04"), "no value keeps"),
        (DType.TENSOR, None, Range("x"), "not a finite number"),
        (DType.TENSOR, None, OneOf([1, 2]), "never is"),
        (DType.TENSOR, None, Range(2, 1), "no value keeps"),
    ],
)
def test_what_a_type_never_is_cannot_be_declared(
    dtype: DType, fields: Any, spec: Any, fault: str
) -> None:
    with pytest.raises(ContractError, match=fault):
        declare(contract_of(feature("a", dtype, fields=fields)), {"a": spec})


def test_text_is_tightened_as_what_it_stands_for() -> None:
    contract = contract_of(feature("a", DType.DECIMAL, ge="9", one_of=("9.5", "10", "11.0")))
    tightened = tighten(contract, {"a": [Range("10"), OneOf("10.0", "11")]})
    assert tightened.features[0].constraints == Constraints(ge="10", one_of=("10", "11.0"))
    with pytest.raises(ContractError, match="looser"):
        tighten(contract, {"a": Range("8.5")})
