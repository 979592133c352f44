"""Each part of a feature is judged by what it does to a request that was accepted."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.feature_diff import diff_feature
from headway.contract.model import Constraints, Feature, Observed
from headway.contract.values import ValueChecker
from headway.core.dtypes import DType
from unit.contract.strategies import ODD_VALUES, feature, features, neighbours, values_near

WHOLE = {"dtype": DType.INTEGER, "storage": "int64"}
NUMBER = {"dtype": DType.FLOAT, "storage": "float64"}
TEXT = {"dtype": DType.STRING, "storage": "str"}
FLAG = {"dtype": DType.BOOLEAN, "storage": "bool"}


def made(fields: dict[str, Any]) -> Feature:
    inside = {name: fields[name] for name in fields if name in Feature.__struct_fields__}
    rules = {name: fields[name] for name in fields if name not in inside}
    given = {"nullable": False, **inside, "constraints": Constraints(**rules)}
    return Feature("x", **given)


def told(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    return [(change.part, change.kind) for change in diff_feature(made(old), made(new))]


# old, new, what is told there, what is told back
CASES: list[tuple[dict[str, Any], dict[str, Any], list[Any], list[Any]]] = [
    (WHOLE, WHOLE | NUMBER, [("type", "widens"), ("storage", "note")], [("type", "breaks"), ("storage", "note")]),
    (WHOLE, TEXT, [("type", "breaks"), ("storage", "note")], [("type", "breaks"), ("storage", "note")]),
    (WHOLE, WHOLE | {"nullable": True}, [("null", "widens")], [("null", "breaks")]),
    (
        WHOLE | {"nullable": True},
        WHOLE | {"nullable": True, "not_null": True},
        [("null", "breaks")],
        [("null", "widens")],
    ),
    (WHOLE, WHOLE | {"nullable": True, "not_null": True}, [("null", "note")], [("null", "note")]),
    (WHOLE | {"ge": 18}, WHOLE | {"ge": 21}, [("lower limit", "breaks")], [("lower limit", "widens")]),
    (WHOLE | {"ge": 17.5}, WHOLE | {"gt": 17}, [("lower limit", "note")], [("lower limit", "note")]),
    (NUMBER | {"ge": 0}, NUMBER | {"gt": 0}, [("lower limit", "breaks")], [("lower limit", "widens")]),
    (NUMBER, NUMBER | {"lt": 5}, [("upper limit", "breaks")], [("upper limit", "widens")]),
    (
        NUMBER | {"ge": 0, "le": 9},
        NUMBER | {"ge": 1, "le": 10},
        [("lower limit", "breaks"), ("upper limit", "widens")],
        [("lower limit", "widens"), ("upper limit", "breaks")],
    ),
    (WHOLE, WHOLE | {"storage": "int8"}, [("storage", "breaks")], [("storage", "widens")]),
    (WHOLE, WHOLE | {"storage": "Int64"}, [("storage", "note")], [("storage", "note")]),
    # a limit keeps every value within the narrower column
    (
        WHOLE | {"ge": 0, "le": 100},
        WHOLE | {"ge": 0, "le": 100, "storage": "int8"},
        [("storage", "note")],
        [("storage", "note")],
    ),
    (NUMBER, NUMBER | {"storage": "float32"}, [("storage", "breaks")], [("storage", "widens")]),
    # 2^63 - 1 becomes 2^63 as a float
    (
        WHOLE,
        NUMBER | {"lt": 2.0**63},
        [("type", "widens"), ("storage", "note"), ("upper limit", "breaks")],
        [("type", "breaks"), ("storage", "note"), ("upper limit", "widens")],
    ),
    (TEXT, TEXT | {"one_of": ("a",)}, [("one_of", "breaks")], [("one_of", "widens")]),
    (TEXT | {"one_of": ("a", "b")}, TEXT | {"one_of": ("b", "c")}, [("one_of", "breaks")], [("one_of", "breaks")]),
    (TEXT | {"one_of": ("a", "b")}, TEXT | {"one_of": ("b", "a")}, [("one_of", "note")], [("one_of", "note")]),
    (FLAG, FLAG | {"one_of": (False, True)}, [("one_of", "note")], [("one_of", "note")]),
    # what is listed keeps the new limit
    (
        WHOLE | {"one_of": (1, 2)},
        WHOLE | {"one_of": (1, 2), "ge": 0},
        [("lower limit", "note")],
        [("lower limit", "note")],
    ),
    (TEXT, TEXT | {"max_length": 5}, [("max_length", "breaks")], [("max_length", "widens")]),
    (TEXT | {"max_length": 5}, TEXT | {"max_length": 4}, [("max_length", "breaks")], [("max_length", "widens")]),
    (TEXT | {"min_length": 5}, TEXT | {"min_length": 4}, [("min_length", "widens")], [("min_length", "breaks")]),
    (TEXT, TEXT | {"max_length": 0}, [("max_length", "breaks")], [("max_length", "widens")]),
    (WHOLE, WHOLE | {"multiple_of": 2}, [("multiple_of", "breaks")], [("multiple_of", "widens")]),
    (WHOLE | {"multiple_of": 3}, WHOLE | {"multiple_of": 2}, [("multiple_of", "breaks")], [("multiple_of", "breaks")]),
    (TEXT | {"unique_items": True}, TEXT, [("unique_items", "widens")], [("unique_items", "breaks")]),
    (
        WHOLE | {"ge": 0},
        WHOLE | {"ge": 0, "policy": "warn"},
        [("policy", "widens")],
        [("policy", "breaks")],
    ),
    (WHOLE, WHOLE | {"policy": "warn"}, [("policy", "note")], [("policy", "note")]),
    (
        WHOLE | {"one_of": (1,), "policy": "clip"},
        WHOLE | {"one_of": (1,)},
        [("policy", "note")],
        [("policy", "note")],
    ),
    # what is only warned about may become anything
    (
        WHOLE | {"ge": 0, "policy": "warn"},
        WHOLE | {"ge": 5, "policy": "warn"},
        [("lower limit", "note")],
        [("lower limit", "note")],
    ),
    (
        WHOLE | {"ge": 0, "policy": "warn"},
        WHOLE | {"ge": -5},
        [("lower limit", "breaks"), ("policy", "breaks")],
        [("lower limit", "widens"), ("policy", "widens")],
    ),
    (WHOLE, WHOLE | {"observed": Observed(minimum=1)}, [("observed", "note")], [("observed", "note")]),
    (TEXT, TEXT | {"description": "a"}, [("description", "note")], [("description", "note")]),
    (TEXT, TEXT | {"example": "a"}, [("example", "note")], [("example", "note")]),
    (TEXT, TEXT | {"is_private": True}, [("is_private", "note")], [("is_private", "note")]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "there", "back"), CASES)
def test_a_part_is_told_there_and_back(
    old: dict[str, Any], new: dict[str, Any], there: list[Any], back: list[Any]
) -> None:
    assert told(old, new) == there
    assert told(new, old) == back


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Feature, Feature]:
    old = draw(features("x"))
    return old, draw(st.one_of(neighbours(old), features("x", (old.dtype,)), features("x")))


@settings(max_examples=250)
@given(pairs())
def test_where_nothing_breaks_every_value_that_was_accepted_still_is(
    pair: tuple[Feature, Feature],
) -> None:
    old, new = pair
    changes = list(diff_feature(old, new))
    if any(change.kind == "breaks" for change in changes):
        return
    before, after = ValueChecker(old).check, ValueChecker(new).check
    for value in (*values_near(old), *values_near(new), *ODD_VALUES):
        if not before(value)[1]:
            assert not after(value)[1], (value, changes)


@settings(max_examples=100)
@given(pairs())
def test_what_only_widens_breaks_the_other_way_round(pair: tuple[Feature, Feature]) -> None:
    old, new = pair
    back = {change.part: change.kind for change in diff_feature(new, old)}
    for change in diff_feature(old, new):
        assert change.kind != "widens" or back[change.part] == "breaks"
        assert (back[change.part] == "note") <= (change.kind in {"note", "breaks"})


def test_a_pattern_that_changes_may_refuse_and_one_that_is_gone_does_not() -> None:
    kind = type(Constraints().regex)
    wrap = (lambda text: (text,)) if kind is tuple else (lambda text: text)
    first, second = TEXT | {"regex": wrap("a+")}, TEXT | {"regex": wrap("b+")}
    assert told(first, second) == [("regex", "breaks")]
    assert told(first, TEXT) == [("regex", "widens")]
    assert told(TEXT, first) == [("regex", "breaks")]


def test_a_part_that_is_not_known_here_breaks() -> None:
    class Wider(Feature, frozen=True):
        shape: tuple[int, ...] = ()

    old, new = (Wider("x", DType.FLOAT, False, "object", shape=shape) for shape in ((), (3,)))
    for pair in ((old, new), (new, old)):
        (change,) = diff_feature(*pair)
        assert (change.part, change.kind) == ("shape", "breaks")


def test_values_are_named() -> None:
    old, new = (feature("x", DType.STRING, one_of=one_of) for one_of in (("a", "b"), ("b", "c")))
    (change,) = diff_feature(old, new)
    assert change.what == "`a` no longer taken, `c` taken too"
    limited = msgspec.structs.replace(feature("n", DType.FLOAT), constraints=Constraints(ge=18))
    (change,) = diff_feature(feature("n", DType.FLOAT), limited)
    assert (change.old, change.new) == (None, "ge 18")


@pytest.mark.parametrize(
    ("dtype", "narrow", "wide"),
    [
        (DType.DECIMAL, "decimal128(9, 2)", "decimal128(10, 2)"),
        (DType.DECIMAL, "decimal128(9, 2)", "decimal256(11, 4)"),
        (DType.DECIMAL, "decimal128(9, 2)", "object"),
        (DType.TIME, "time32[s]", "time64[ns]"),
        (DType.DATETIME, "timestamp[s, tz=UTC]", "timestamp[us, tz=UTC]"),
        (DType.DECIMAL, "decimal128(9, 2)", "decimal128(12, 5)"),
    ],
)
def test_a_column_of_arrow_that_holds_less_breaks(dtype: DType, narrow: str, wide: str) -> None:
    fields = {"dtype": dtype}
    old, new = fields | {"storage": narrow}, fields | {"storage": wide}
    assert told(old, new) == [("storage", "widens")]
    assert told(new, old) == [("storage", "breaks")]
