"""Random contracts, and rows that nearly keep them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import strategies as st

from headway.contract.bounds import type_range
from headway.contract.model import Constraints, Contract, Feature, Output
from headway.contract.nearest import is_unreachable
from headway.contract.nullable import NullableIntegers
from headway.contract.row_rules import read_rules
from headway.contract.tensors import element_feature
from headway.contract.values import ValueChecker
from headway.core.batch import scalars_of
from headway.core.dtypes import PLAIN_DTYPES, DType, Task

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
DECIMALS = (
    0.1,
    5,
    5.0,
    18,
    1e22,
    -2.5,
    "0.10",
    "19.99",
    "-3",
    "18.00",
    "1E+22",
    "12345678901234567890.123456789",
    "1" * 38,
)
DATES = ("2020-01-01", "2026-01-31", "2024-02-29", "0001-01-01", "9999-12-31")
DATETIMES = (
    "2020-01-01T00:00:00", "2026-01-31T10:00:00", "2026-01-31T10:00:00.5", "2026-01-31 10:00:00.001", "2026-01-31t10:00:00.123456",
    "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", "1677-09-21T00:12:43", "2262-04-11T23:47:16",
)  # fmt: skip
ZONED_DATETIMES = (
    "2020-01-01T00:00:00Z", "2026-01-31T10:00:00Z", "2026-01-31T12:00:00+02:00", "2026-01-31 10:00:00.5z", "2026-01-31t10:00:00.123456-11:30",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1677-09-21T00:12:43Z", "2262-04-11T23:47:16+23:59", "2026-03-29T02:30:00+01:00",
)  # fmt: skip
TIMES = ("00:00:00", "09:30:00", "23:59:59.999999", "09:30", "09:30:00.5")
ZONED_TIMES = (
    "00:00:00Z",
    "09:30:00Z",
    "23:59:59.999999Z",
    "10:30+01:00",
    "00:30:00+01:00",
    "23:30:00.5-05:30",
)
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
    "\x00", "straße", "\ud800", [], {}, [1], {"a": 1}, [[5, 5]], [[[1, 2]]] * 50, {"a": {"b": [1]}}, [[[[[[]]]]]],
    1e-310, 5e-324, 1e22, 10**38, 10**38 + 1, "1e400", "0e400", "1e-400", "1e99999999999999999999", "0." + "1" * 38, "0." + "1" * 39,
    "1" + "0" * 308, "1" + "0" * 309, "+5", "05", "5.", ".5", " 5", "5 ", "1_000", "\u0665", "NaN", "Infinity", "-0", "-0.0", "1E+5",
    "2026-01-31", "2026-02-30", "2025-02-29", "0000-01-01", "20260131", "2026-1-31", "2026-01-31 ", "2026-W05-6", "\u0662\u0660\u0662\u0666-01-31",
    "2026-01-31T10:00:00", "2026-01-31t10:00:00z", "2026-01-31 10:00:00Z", "2026-01-31_10:00:00Z", "2026-01-31T10:00", "2026-01-31T10:00Z",
    "2026-01-31T24:00:00Z", "2026-06-30T23:59:60Z", "2026-01-31T10:00:00+24:00", "2026-01-31T10:00:00+05:60", "2026-01-31T10:00:00-00:00",
    "2026-01-31T10:00:00+0100", "2026-01-31T10:00:00+01", "2026-01-31T10:00:00,5Z", "2026-01-31T10:00:00.123456789Z", "2026-01-31T10:00:00.Z",
    "2026-01-31T10:00:00.1234567", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "1500-01-01T00:00:00", "3000-01-01T00:00:00Z",
    "10:00", "10:00:00", "10:00:00.5", "10:00:00.1234567", "10:00Z", "10:00:00z", "10", "10:60", "24:00", "23:59:60", "10:00+23:59", "T10:00", "10:00\n",
)  # fmt: skip


def scalars(values: Any) -> list[Any]:
    """Return the values of a neutral column, `None` for missing."""
    return scalars_of(values.tolist() if isinstance(values, NullableIntegers) else values)


def feature(
    name: str,
    dtype: DType,
    *,
    nullable: bool = False,
    storage: str = "object",
    policy: Any = "refuse",
    is_private: bool = False,
    fields: Mapping[str, Any] | None = None,
    **constraints: Any,
) -> Feature:
    """Return a feature with these declared constraints.

    Args:
        name: Its name.
        dtype: Its type.
        nullable: Whether it takes null.
        storage: dtype of its column.
        fields: Further fields of `Feature`; a tensor has the shape (2,) where none are given.
        policy: What happens to a value that breaks a constraint.
        is_private: Whether its values are shown to nobody.
        constraints: What is declared.
    """
    given = {"storage": storage, **(fields or VARIANTS[dtype][0])}
    if dtype in PLAIN_DTYPES and fields is None:
        given["storage"] = storage
    return Feature(
        name=name,
        dtype=dtype,
        nullable=nullable,
        constraints=Constraints(**constraints),
        policy=policy,
        is_private=is_private,
        **given,
    )


def contract_of(*features: Feature, rules: Sequence[str] = ()) -> Contract:
    """Return a contract of these features, with rules as `"name: expression"`."""
    contract = Contract(features=features, output=OUTPUT)
    declared, problems = read_rules(contract, rules)
    assert not problems, problems
    return msgspec.structs.replace(contract, rules=declared)


def _limits(values: Sequence[Any]) -> st.SearchStrategy[dict[str, Any]]:
    rules = st.sampled_from(["ge", "gt", "le", "lt"])
    return st.dictionaries(rules, st.sampled_from(values), max_size=2)


def _some(values: Sequence[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=4, unique=True).map(tuple)


_POOLS = {
    DType.FLOAT: (FLOATS, FLOAT_LIMITS),
    DType.INTEGER: (INTEGERS, INTEGER_LIMITS),
    DType.BOOLEAN: ((True, False), None),
    DType.STRING: (STRINGS, None),
    DType.DECIMAL: (DECIMALS, ("-2.5", "0", "0.10", "18", "19.99", "1E+22")),
    DType.DATE: (DATES, DATES[:3]),
    DType.TENSOR: ((0, 5.0, 17, 18, 18.5), FLOAT_LIMITS),
}
_TIME_POOLS = {
    (DType.DATETIME, True): ZONED_DATETIMES,
    (DType.DATETIME, False): DATETIMES,
    (DType.TIME, True): ZONED_TIMES,
    (DType.TIME, False): TIMES,
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
    DType.DECIMAL: ({"multiple_of": "0.1"}, {"multiple_of": "2.5"}),
    DType.DATE: ({},),
    DType.DATETIME: ({},),
    DType.TIME: ({},),
    DType.TENSOR: ({"unique_items": True}, {"multiple_of": 0.5}),
}
NUMBERS_IN_RULES = ("0", "1", "-2.5", "10", "1e300", "0.1")
OPERATORS = ("+", "-", "*", "/", "//", "%", "**")
SIGNS = ("<", "<=", ">", ">=", "==", "!=")


def _written_as(known: Feature) -> list[dict[str, Any]]:
    given = {"is_zoned": False, "shape": (), "element": ""}
    return [
        fields
        for fields in VARIANTS[known.dtype]
        if all(getattr(known, name) == fields.get(name, given[name]) for name in given)
    ]


_TIMES = frozenset({DType.DATE, DType.DATETIME, DType.TIME})

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


VARIANTS: dict[DType, tuple[dict[str, Any], ...]] = {
    **{dtype: tuple({"storage": name} for name in names) for dtype, names in STORAGES.items()},
    DType.DECIMAL: ({"storage": "object"},),
    DType.DATE: ({"storage": "object"},),
    DType.DATETIME: (
        *({"storage": f"datetime64[{unit}]"} for unit in ("us", "ns", "ms", "s")),
        {"storage": "object"},
        *(
            {"storage": f"datetime64[{unit}, Europe/Berlin]", "is_zoned": True}
            for unit in ("us", "ns", "s")
        ),
        {"storage": "object", "is_zoned": True},
    ),
    DType.TIME: ({"storage": "object"}, {"storage": "object", "is_zoned": True}),
    DType.TENSOR: tuple(
        {"storage": "object", "shape": shape, "element": element}
        for shape in ((2,), (1, 3), (2, 1, 2))
        for element in ("float64", "float32", "int64", "uint8")
    ),
}


def pools(feature: Feature) -> tuple[Sequence[Any], Sequence[Any] | None]:
    """Return values and limits that the type of a feature can have; of a tensor, its elements'."""
    times = _TIME_POOLS.get((feature.dtype, feature.is_zoned))
    return _POOLS[feature.dtype] if times is None else (times, times[:3])


@st.composite
def features(
    draw: st.DrawFn,
    name: str,
    dtypes: Sequence[DType] = tuple(DType),
    like: Feature | None = None,
) -> Feature:
    """Draw a feature with any constraints that its type can have, contradictory ones too.

    Its values are written as those of the feature `like`, where one is given.
    """
    dtype = draw(st.sampled_from(dtypes))
    fields = draw(st.sampled_from(VARIANTS[dtype] if like is None else _written_as(like)))
    values, limits = pools(feature(name, dtype, fields=fields))
    given: dict[str, Any] = dict(draw(_limits(limits))) if limits else {}
    if draw(st.integers(0, 2)) == 0:
        given["one_of"] = draw(_some(values))
    if draw(st.integers(0, 3)) == 0:
        given |= draw(st.sampled_from(OTHER_CONSTRAINTS[dtype]))
    given["not_null"] = draw(st.integers(0, 3)) == 0
    policy = draw(st.sampled_from(["refuse", "refuse", "warn", "clip"]))
    nullable = draw(st.booleans())
    drawn = feature(name, dtype, nullable=nullable, fields=fields, policy=policy, **given)
    return _declarable(drawn)


def _declarable(drawn: Feature) -> Feature:
    """Return the feature, without a policy of which nobody can declare it."""
    constraints = drawn.constraints
    has_others = constraints.one_of is not None or constraints.multiple_of is not None
    cannot_move = drawn.policy == "clip" and (has_others or is_unreachable(drawn))
    return msgspec.structs.replace(drawn, policy="refuse") if cannot_move else drawn


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
    numbers = _operands(features, (DType.FLOAT, DType.INTEGER, DType.DECIMAL))
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
    choices += [_about_times(feature, features) for feature in features if feature.dtype in _TIMES]
    if not choices:
        return "True"
    return draw(st.one_of(choices))


def _about_times(feature: Feature, features: Sequence[Feature]) -> st.SearchStrategy[str]:
    """Draw a comparison of a date or a time with one of its kind, or with text."""
    kind = (feature.dtype, feature.is_zoned)
    others = [f"`{other.name}`" for other in features if (other.dtype, other.is_zoned) == kind]
    texts = st.sampled_from([*others, *map(repr, pools(feature)[0])])
    compared = st.builds(f"`{feature.name}` {{}} {{}}".format, st.sampled_from(SIGNS), texts)
    listed = st.lists(st.sampled_from(pools(feature)[0]), min_size=1, max_size=3)
    return compared | listed.map(f"`{feature.name}` in {{}}".format)


@st.composite
def neighbours(draw: st.DrawFn, known: Feature) -> Feature:
    """Draw a feature that differs from a known one in one rule, in its column, or in being wider."""
    other = draw(features(known.name, (known.dtype,), like=known))
    field = draw(
        st.sampled_from(["ge", "gt", "le", "lt", "one_of", "not_null", "storage", "dtype"])
    )
    if field == "storage":
        return _declarable(msgspec.structs.replace(known, storage=other.storage))
    if field == "dtype" and known.dtype is DType.INTEGER:
        wider = msgspec.structs.replace(known, dtype=DType.FLOAT, storage="float64")
        return _declarable(wider)
    if field == "dtype":
        return known
    change = {field: getattr(other.constraints, field)}
    constraints = msgspec.structs.replace(known.constraints, **change)
    return _declarable(msgspec.structs.replace(known, constraints=constraints))


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
    """Return values on, beside and far from what the feature allows, as JSON holds them."""
    if feature.dtype is DType.TENSOR:
        return _tensors_near(feature)
    constraints = feature.constraints
    near: list[Any] = [*pools(feature)[0], *(constraints.one_of or ())]
    if feature.dtype not in PLAIN_DTYPES:
        limits = [constraints.ge, constraints.gt, constraints.le, constraints.lt]
        return near + [limit for limit in limits if limit is not None]
    limits = [constraints.ge, constraints.gt, constraints.le, constraints.lt]
    if feature.dtype in (DType.FLOAT, DType.INTEGER):
        limits += type_range(feature.dtype, feature.storage)
    for limit in limits:
        if limit is not None:
            near += [limit, math.nextafter(limit, math.inf), math.nextafter(limit, -math.inf)]
            near += [math.floor(limit), math.floor(limit) + 1, math.floor(limit) - 1]
    # JSON has no infinity
    return [value for value in near if value not in (math.inf, -math.inf)]


def tensor_of(value: Any, shape: Sequence[int]) -> Any:
    """Return nested lists of one value."""
    for length in reversed(shape):
        value = [value] * length
    return value


def _tensors_near(feature: Feature) -> list[Any]:
    """Return tensors of one value each, and some in which one number or list is another."""
    shape = feature.shape
    near = [tensor_of(value, shape) for value in values_near(element_feature(feature))]
    for odd in (None, True, "5", 1.5, -7, 2**63, 10**400, 1e308, [], {"a": {"b": 1}}):
        last = tensor_of(5, shape)
        part = last
        for _ in shape[1:]:
            part = part[-1]
        part[-1] = odd
        near.append(last)
    return [*near, tensor_of(5, (*shape, 1)), tensor_of(5, (shape[0] + 1, *shape[1:])), [], [[[]]]]


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
