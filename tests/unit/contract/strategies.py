"""Random contracts, and rows that nearly keep them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from headway.contract.bounds import type_range
from headway.contract.model import Constraints, Contract, Feature, Output
from headway.contract.nullable import NullableIntegers
from headway.contract.values import ValueChecker
from headway.core.batch import scalars_of
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


def scalars(values: Any) -> list[Any]:
    """Return the values of a neutral column, `None` for missing."""
    return scalars_of(values.tolist() if isinstance(values, NullableIntegers) else values)


def feature(
    name: str,
    dtype: DType,
    *,
    nullable: bool = False,
    storage: str = "object",
    **constraints: Any,
) -> Feature:
    """Return a feature with these declared constraints."""
    return Feature(
        name=name,
        dtype=dtype,
        nullable=nullable,
        storage=storage,
        constraints=Constraints(**constraints),
    )


def contract_of(*features: Feature) -> Contract:
    """Return a contract of these features."""
    return Contract(features=features, output=OUTPUT)


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
    given["not_null"] = draw(st.integers(0, 3)) == 0
    storage = draw(st.sampled_from(STORAGES[dtype]))
    return feature(name, dtype, nullable=draw(st.booleans()), storage=storage, **given)


@st.composite
def contracts(draw: st.DrawFn, names: Sequence[str] = NAMES) -> Contract:
    """Draw a contract of one to five features."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=5, unique=True))
    return contract_of(*(draw(features(name)) for name in chosen))


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
