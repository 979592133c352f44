"""Random contracts, and rows that nearly keep them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st

from headway.contract.bounds import is_empty, type_range
from headway.contract.model import Constraints, Contract, Feature, Output
from headway.contract.row_rules import read_rules
from headway.contract.values import ValueChecker
from headway.core.dtypes import DType, Task

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTPUT = Output(task=Task.REGRESSION)
ABSENT: Any = object()

NAMES = (
    "age",
    "my col",
    "color:red",
    "straße",
    "class",
    "model_x",
    "json",
    "field_1",
    "_x",
    "A" * 70,
)
FLOAT_LIMITS = (-1e30, -2.5, -0.0, 0.0, 0.1, 17.5, 18.0, 120.0, 2.0**53, 1e300)
INTEGER_LIMITS = (-1e30, -(2.0**63), -17.5, 0.0, 2.0, 17.5, 18.0, 120.0, 2.0**53, 2.0**63, 1e30)
FLOATS = (-2.5, 0.0, 0.1, 5.0, 17.5, 18.0, 2.0**53, 1e22)
INTEGERS = (-3, 0, 1, 5, 18, 2**53 + 1, 2**63 - 1, -(2**63))
STRINGS = (
    "",
    "a",
    "A",
    "car",
    "a:b",
    "straße",
    'say "hi"',
    "back\\slash",
    "new\nline",
    "5",
    "null",
    "😀",
)
# what a client may send by mistake, for any feature
ODD_VALUES = (
    None, True, False, 0, 1, -0.0, 5, 5.0, 5.5, -17.5, 18, 18.5, 120, 121, 1e-320, 1e308, "", "5", "true", "a", "Car",
    2**53 + 1, 2.0**53, 2**63 - 1, 2**63, 2.0**63, -(2**63), -(2**63) - 1, 2**64, 10**30, 1e30, 10**308, 10**400,
    "\x00", "straße", "\ud800", [], {}, [1], {"a": 1},
)  # fmt: skip


def feature(
    name: str,
    dtype: DType,
    *,
    nullable: bool = False,
    storage: str = "object",
    policy: Any = "refuse",
    is_private: bool = False,
    **constraints: Any,
) -> Feature:
    """Return a feature with these declared constraints."""
    return Feature(
        name=name,
        dtype=dtype,
        nullable=nullable,
        storage=storage,
        constraints=Constraints(**constraints),
        policy=policy,
        is_private=is_private,
    )


def contract_of(*features: Feature, rules: Sequence[str] = ()) -> Contract:
    """Return a contract of these features, with rules as `"name: expression"`."""
    contract = Contract(features=features, output=OUTPUT)
    declared, problems = read_rules(contract, rules)
    assert not problems, problems
    return msgspec.structs.replace(contract, rules=declared)


def _limits(values: Sequence[float]) -> st.SearchStrategy[dict[str, float]]:
    rules = st.sampled_from(["ge", "gt", "le", "lt"])
    return st.dictionaries(rules, st.sampled_from(values), max_size=2)


def _some(values: Sequence[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=4, unique=True).map(tuple)


_POOLS = {
    DType.FLOAT: (FLOATS, FLOAT_LIMITS),
    DType.INTEGER: (INTEGERS, INTEGER_LIMITS),
    DType.BOOLEAN: ((True, False), None),
    DType.STRING: (STRINGS, None),
}

OTHER_CONSTRAINTS: dict[DType, tuple[dict[str, Any], ...]] = {
    DType.FLOAT: ({"multiple_of": 0.1}, {"multiple_of": 2.5}),
    DType.INTEGER: ({"multiple_of": 3.0}, {"multiple_of": 0.5}),
    DType.BOOLEAN: ({},),
    DType.STRING: (
        {"regex": ("[a-z]+",)},
        {"regex": (r"[^\d]*", ".+")},
        {"min_length": 1},
        {"max_length": 3},
        {"min_length": 2, "max_length": 4, "regex": ("(?i)c.*|ß?",)},
    ),
}
NUMBERS_IN_RULES = ("0", "1", "-2.5", "10", "1e300", "0.1")
OPERATORS = ("+", "-", "*", "/", "//", "%", "**")
SIGNS = ("<", "<=", ">", ">=", "==", "!=")

STORAGES = {
    DType.FLOAT: ("object", "float64", "Float64", "float32", "Float32", "float16"),
    DType.INTEGER: (
        "object",
        "int64",
        "int8",
        "Int8",
        "uint8",
        "Int16",
        "int32",
        "UInt32",
        "uint64",
    ),
    DType.BOOLEAN: ("object", "bool"),
    DType.STRING: ("object", "str", "category"),
}


@st.composite
def features(draw: st.DrawFn, name: str, dtypes: Sequence[DType] = tuple(DType)) -> Feature:
    """Draw a feature with any constraints that its type can have, contradictory ones too."""
    dtype = draw(st.sampled_from(dtypes))
    values, limits = _POOLS[dtype]
    given: dict[str, Any] = dict(draw(_limits(limits))) if limits else {}
    if draw(st.integers(0, 2)) == 0:
        given["one_of"] = draw(_some(values))
    if draw(st.integers(0, 3)) == 0:
        given |= draw(st.sampled_from(OTHER_CONSTRAINTS[dtype]))
    given["not_null"] = draw(st.integers(0, 3)) == 0
    storage = draw(st.sampled_from(STORAGES[dtype]))
    policy = draw(st.sampled_from(["refuse", "refuse", "warn", "clip"]))
    nullable = draw(st.booleans())
    drawn = feature(name, dtype, nullable=nullable, storage=storage, policy=policy, **given)
    # nothing can be moved to limits that contradict each other, and nobody can declare such
    return msgspec.structs.replace(drawn, policy="refuse") if is_empty(drawn) else drawn


def _operands(features: Sequence[Feature], dtypes: Sequence[DType]) -> list[str]:
    return [f"`{feature.name}`" for feature in features if feature.dtype in dtypes]


@st.composite
def expressions(draw: st.DrawFn, features: Sequence[Feature], depth: int = 2) -> str:
    """Draw the expression of a row rule about these features."""
    if depth and draw(st.integers(0, 2)) == 0:
        left, right = (draw(expressions(features, depth - 1)) for _ in range(2))
        word = draw(st.sampled_from(["and", "or", "==", "!="]))
        negation = draw(st.sampled_from(["", "not "]))
        return f"{negation}(({left}) {word} ({right}))"
    numbers = _operands(features, (DType.FLOAT, DType.INTEGER))
    strings = _operands(features, (DType.STRING,))
    booleans = _operands(features, (DType.BOOLEAN,))
    choices = []
    if numbers:
        operands = st.sampled_from([*numbers, *NUMBERS_IN_RULES])
        steps = st.builds("({} {} {})".format, operands, st.sampled_from(OPERATORS), operands)
        calls = st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), operands, operands)
        terms = operands | steps | calls | operands.map("abs({})".format)
        choices.append(st.builds("{} {} {}".format, terms, st.sampled_from(SIGNS), terms))
        choices.append(st.builds("0 < {} <= {}".format, terms, terms))
        choices.append(operands.map("{} in (0, 5, 18)".format))
    if strings:
        texts = st.sampled_from([*strings, "'car'", "''"])
        choices.append(st.builds("{} {} {}".format, texts, st.sampled_from(["==", "!="]), texts))
        choices.append(texts.map("{} not in ('a', 'car')".format))
        choices.append(texts.map("len({}) < 3".format))
    if booleans:
        choices.append(st.sampled_from(booleans))
    return draw(st.one_of(choices))


@st.composite
def neighbours(draw: st.DrawFn, known: Feature) -> Feature:
    """Draw a feature that differs from a known one in one rule, in its column, or in being wider."""
    other = draw(features(known.name, (known.dtype,)))
    field = draw(
        st.sampled_from(["ge", "gt", "le", "lt", "one_of", "not_null", "storage", "dtype"])
    )
    if field == "storage":
        return msgspec.structs.replace(known, storage=other.storage)
    if field == "dtype" and known.dtype is DType.INTEGER:
        return msgspec.structs.replace(known, dtype=DType.FLOAT, storage="float64")
    if field == "dtype":
        return known
    change = {field: getattr(other.constraints, field)}
    constraints = msgspec.structs.replace(known.constraints, **change)
    return msgspec.structs.replace(known, constraints=constraints)


@st.composite
def contracts(draw: st.DrawFn, names: Sequence[str] = NAMES) -> Contract:
    """Draw a contract of one to five features."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=5, unique=True))
    return contract_of(*(draw(features(name)) for name in chosen))


@st.composite
def contracts_with_rules(draw: st.DrawFn) -> Contract:
    """Draw a contract that has up to two row rules."""
    contract = draw(contracts())
    about = expressions(contract.features)
    rules = [f"rule_{i}: {draw(about)}" for i in range(draw(st.integers(1, 2)))]
    # an expression may happen to be about constants only, which is refused
    declared, _ = read_rules(contract, rules)
    return msgspec.structs.replace(contract, rules=declared)


def values_near(feature: Feature) -> list[Any]:
    """Return values on, beside and far from what the feature allows."""
    constraints = feature.constraints
    near: list[Any] = [*_POOLS[feature.dtype][0], *(constraints.one_of or ())]
    limits = [constraints.ge, constraints.gt, constraints.le, constraints.lt]
    if feature.dtype in (DType.FLOAT, DType.INTEGER):
        limits += type_range(feature.dtype, feature.storage)
    for limit in limits:
        if limit is not None:
            near += [limit, math.nextafter(limit, math.inf), math.nextafter(limit, -math.inf)]
            near += [math.floor(limit), math.floor(limit) + 1, math.floor(limit) - 1]
    # JSON has no infinity
    return [value for value in near if value not in (math.inf, -math.inf)]


def values(feature: Feature) -> st.SearchStrategy[Any]:
    """Draw a value that the feature accepts, as far as it accepts any that is tried."""
    check = ValueChecker(feature).check
    good = [value for value in (*values_near(feature), None) if not check(value)[1]]
    return st.sampled_from(good or values_near(feature))


@st.composite
def good_rows(draw: st.DrawFn, contract: Contract) -> dict[str, Any]:
    """Draw a row that keeps the contract, as far as one is found."""
    return {feature.name: draw(values(feature)) for feature in contract.features}


@st.composite
def rows(draw: st.DrawFn, contract: Contract) -> dict[str, Any]:
    """Draw a row with up to two faults."""
    row = draw(good_rows(contract))
    for _ in range(draw(st.integers(0, 2))):
        feature = draw(st.sampled_from(contract.features))
        odd = st.sampled_from([*values_near(feature), *ODD_VALUES, ABSENT])
        row[feature.name] = draw(odd)
    if draw(st.integers(0, 5)) == 0:
        row[draw(st.sampled_from([*NAMES, "extra"]))] = 1
    return {name: value for name, value in row.items() if value is not ABSENT}
