"""Random contracts, and rows that nearly keep them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from headway.contract.bounds import type_range
from headway.contract.model import Constraints, Contract, Feature, Output
from headway.contract.tensors import element_feature
from headway.contract.values import ValueChecker
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


def feature(
    name: str,
    dtype: DType,
    *,
    nullable: bool = False,
    storage: str = "object",
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
        constraints: What is declared.
    """
    given = {"storage": storage, **(fields or VARIANTS[dtype][0])}
    if dtype in PLAIN_DTYPES and fields is None:
        given["storage"] = storage
    return Feature(
        name=name, dtype=dtype, nullable=nullable, constraints=Constraints(**constraints), **given
    )


def contract_of(*features: Feature) -> Contract:
    """Return a contract of these features."""
    return Contract(features=features, output=OUTPUT)


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
def features(draw: st.DrawFn, name: str, dtypes: Sequence[DType] = tuple(DType)) -> Feature:
    """Draw a feature with any constraints that its type can have, contradictory ones too."""
    dtype = draw(st.sampled_from(dtypes))
    fields = draw(st.sampled_from(VARIANTS[dtype]))
    values, limits = pools(feature(name, dtype, fields=fields))
    given: dict[str, Any] = dict(draw(_limits(limits))) if limits else {}
    if draw(st.integers(0, 2)) == 0:
        given["one_of"] = draw(_some(values))
    given["not_null"] = draw(st.integers(0, 3)) == 0
    return feature(name, dtype, nullable=draw(st.booleans()), fields=fields, **given)


@st.composite
def contracts(draw: st.DrawFn, names: Sequence[str] = NAMES) -> Contract:
    """Draw a contract of one to five features."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=5, unique=True))
    return contract_of(*(draw(features(name)) for name in chosen))


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
