"""The decoder, the column checker and the pydantic model accept and refuse the same rows."""

from __future__ import annotations

import functools
import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.columns import ColumnChecker
from headway.contract.decoder import AcceptingDecoder
from headway.contract.notices import Notices
from headway.contract.pydantic.models import request_model, row_model
from headway.contract.reader import BodyReader
from headway.core.dtypes import DType
from headway.errors import HeadwayError, InvalidInputError
from unit.contract.strategies import (
    ODD_VALUES,
    VARIANTS,
    contract_of,
    contracts,
    contracts_with_rules,
    feature,
    features,
    good_rows,
    rows,
    values_near,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Contract, Feature
    from headway.core.batch import FeatureBatch


def accepted_by_checker(contract: Contract, row: Any) -> tuple[Any, ...] | None:
    try:
        return ColumnChecker(contract).check_rows([row]).rows()[0]
    except InvalidInputError:
        return None


def accepted_by_decoder(contract: Contract, row: Any) -> tuple[Any, ...] | None:
    read = AcceptingDecoder(contract).read(json.dumps({"features": row}).encode())
    return None if read is None else read.batch.rows()[0]


def accepted_by_pydantic(contract: Contract, row: Any) -> list[tuple[Any, ...] | None]:
    return accepted_by_model(row_model(contract, "any"), row)


def accepted_by_model(model: type[pydantic.BaseModel], row: Any) -> list[tuple[Any, ...] | None]:
    verdicts: list[tuple[Any, ...] | None] = []
    for validate, sent in (
        (model.model_validate_json, json.dumps(row)),
        (model.model_validate, row),
    ):
        try:
            verdicts.append(tuple(validate(sent).model_dump(by_alias=True).values()))
        except pydantic.ValidationError:
            verdicts.append(None)
    return verdicts


# each example builds pydantic models, which takes its time on a busy machine
@pytest.mark.timeout(120)
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_all_three_accept_the_same_rows_and_read_the_same_values(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    row = data.draw(rows(contract))
    expected = accepted_by_checker(contract, row)
    assert accepted_by_decoder(contract, row) == expected
    assert accepted_by_pydantic(contract, row) == [expected, expected]


@pytest.mark.timeout(120)
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_all_three_agree_on_row_rules(data: st.DataObject) -> None:
    contract = data.draw(contracts_with_rules())
    row = data.draw(rows(contract))
    expected = accepted_by_checker(contract, row)
    assert accepted_by_decoder(contract, row) == expected
    assert accepted_by_pydantic(contract, row) == [expected, expected]


@pytest.mark.timeout(120)
@settings(max_examples=80, deadline=None)
@given(st.data())
def test_columns_are_judged_as_their_rows_are_and_tell_the_same(data: st.DataObject) -> None:
    contract = data.draw(contracts_with_rules())
    many = data.draw(st.lists(good_rows(contract), min_size=1, max_size=4))
    columns = {name: [row[name] for row in many] for name in contract.names}
    assert verdict_of_columns(contract, columns) == verdict_of_rows(contract, many)
    for body in ({"rows": many}, {"columns": columns}):
        read = AcceptingDecoder(contract).read(json.dumps(body).encode())
        expected = verdict_of_rows(contract, many)
        assert (read is None) == (expected[0] is None)
        if read is not None:
            notices = [] if read.notices is None else told(read.notices)
            assert (list(read.batch.rows()), notices) == expected[:2]


def verdict_of_rows(contract: Contract, many: list[dict[str, Any]]) -> tuple[Any, Any, Any]:
    return verdict(contract, lambda checker, notices: checker.check_rows(many, notices))


def verdict_of_columns(contract: Contract, columns: dict[str, Any]) -> tuple[Any, Any, Any]:
    return verdict(contract, lambda checker, notices: checker.check_columns(columns, notices))


def verdict(
    contract: Contract, check: Callable[[ColumnChecker, Notices], FeatureBatch]
) -> tuple[Any, Any, Any]:
    notices = Notices(contract)
    try:
        rows = list(check(ColumnChecker(contract), notices).rows())
    except InvalidInputError as error:
        return None, None, error.violations
    return rows, told(notices), notices.counts


def told(notices: Notices) -> list[tuple[int, str, str]]:
    # a decoded float is shown as it was rounded, a Python integer as it came
    return [(notice.row, notice.field, notice.rule) for notice in notices.listed()]


@pytest.mark.parametrize("dtype", DType)
@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: ascii(value)[:30])
def test_all_three_agree_on_odd_values(dtype: DType, value: Any) -> None:
    for checkers in checkers_of(dtype):
        expected = accepted_by_checker(checkers.contract, {"a": value})
        read = checkers.decoder.read(json.dumps({"features": {"a": value}}).encode())
        assert (None if read is None else read.batch.rows()[0]) == expected
        assert accepted_by_model(checkers.row, {"a": value}) == [expected, expected]


@pytest.mark.timeout(120)
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_list_in_order_is_judged_as_the_row_is(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    row = data.draw(good_rows(contract))
    odd = data.draw(rows(contract))
    positional = [odd.get(name, row[name]) for name in contract.names]
    expected = accepted_by_checker(contract, positional)
    assert accepted_by_decoder(contract, positional) == expected
    assert accepted_by_checker(contract, dict(zip(contract.names, positional, strict=True))) == (
        expected
    )


# what Python's own values do not tell: the text of a number, and keys that come twice
TEXTS = (
    "0.12345678901234567890123", "-0.10000000000000000000000000000000000001", "1e400", "-1E400", "1e-400", "0e400", "0e999999", "1e1000000",
    "1e99999999999999999999", "5e0", "50e-1", "0.5E+1", "1" + "0" * 300, "1" + "0" * 310, "-1" + "0" * 308, "1" + "2" * 309, "1" * 5_000,
    "0." + "1" * 37, "0." + "1" * 39, "1." + "0" * 900, "1." + "0" * 2_000, "9007199254740993", "9007199254740993.0", "9223372036854775808",
    "NaN", "Infinity", "-Infinity", "-NaN", "01", "1.", ".5", "+5", "-", "5 5", "'5'", "True", "nul", "0x10", '"\\ud800"', '"\\ud83d\\ude00"', '"\ud800"',
    '"5', '"\n"', '"2026-01-31T10\\u003a00:00Z"', '"2026-01-31T10\\u003a00:00"', '"10\\u003a00"', '{"a": 1, "a": 2}', '{"b": {"c": 1, "c": 2}}',
    '[{"c": 1, "c": 1}]', '[[5, 5], [{"c": [], "c": []}]]', "[5, 5,]", "[5 5]", "[5.0, 5e0]", "[[5, 5.0, 5]]", "[NaN, 5]", "[1e400, 5]", "[5, null]",
    "[" * 500 + "]" * 500, "[" * 60_000 + "]" * 60_000, '{"a":' * 60_000 + "1" + "}" * 60_000, "[" + "5," * 50_000 + "5]",
)  # fmt: skip


@pytest.mark.parametrize("dtype", DType)
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:30])
def test_all_three_read_the_same_bytes(dtype: DType, text: str) -> None:
    for checkers in checkers_of(dtype)[: 1 if len(text) > 10_000 else None]:
        for form in ('{"a": %s}', '{"features": [%s]}', '{"columns": {"a": [%s]}}'):
            body = (form % text).encode(errors="surrogatepass")
            expected = read_thoroughly(checkers.reader, body)
            quickly = checkers.decoder.read(body)
            assert (None if quickly is None else list(quickly.batch.rows())) == expected
            try:
                checkers.model.model_validate_json(body)
            except pydantic.ValidationError:
                assert expected is None
            else:
                assert expected is not None


class Checkers(NamedTuple):
    contract: Contract
    row: type[pydantic.BaseModel]
    decoder: AcceptingDecoder
    reader: BodyReader
    model: type[pydantic.BaseModel]


@functools.cache
def checkers_of(dtype: DType) -> list[Checkers]:
    contracts = (
        contract_of(feature("a", dtype, nullable=True, fields=fields)) for fields in VARIANTS[dtype]
    )
    return [
        Checkers(
            c,
            row_model(c, "any"),
            AcceptingDecoder(c),
            BodyReader(c, max_rows=10),
            request_model(c, "any"),
        )
        for c in contracts
    ]


def read_thoroughly(reader: BodyReader, body: bytes) -> Any:
    """Return what the checker that names every violation reads, or `None` where it refuses."""
    try:
        return list(reader._read_thoroughly(body).batch.rows())
    except HeadwayError:
        return None


@pytest.mark.parametrize("dtype", DType)
def test_no_rows_are_refused_by_all(dtype: DType) -> None:
    checkers = checkers_of(dtype)[0]
    for body in (b'{"rows": []}', b'{"columns": {"a": []}}'):
        assert checkers.decoder.read(body) is None
        assert read_thoroughly(checkers.reader, body) is None
    with pytest.raises(pydantic.ValidationError):
        checkers.model.model_validate_json(b'{"rows": []}')


def arrays(feature: Feature) -> st.SearchStrategy[Any]:
    if feature.dtype is DType.DATETIME:
        return time_arrays()
    if feature.dtype is DType.TENSOR:
        return tensor_arrays(feature)
    dtypes = {
        DType.DECIMAL: ["f8", "f4", "i8", "O", "U"],
        DType.DATE: ["M8[D]", "M8[us]", "U"],
        DType.TIME: ["U", "O"],
        DType.FLOAT: ["f8", "f4", "i8", "i4", "u8"],
        DType.INTEGER: ["i8", "i2", "u8", "f8", "f4"],
        DType.BOOLEAN: ["?"],
        DType.STRING: ["U", "O"],
    }[feature.dtype]
    near = values_near(feature)
    if feature.dtype in (DType.FLOAT, DType.INTEGER):
        near += [0, 1, -1, 0.5, float("nan"), float("inf"), 2**63, -(2**63)]

    def build(picked: list[Any], dtype: str) -> Any:
        fitting = [value for value in picked if fits(value, dtype)]
        return np.array(fitting, dtype=dtype)

    if feature.dtype in (DType.DECIMAL, DType.DATE):
        near = [value for value in near if isinstance(value, str)]
    return st.builds(
        build, st.lists(st.sampled_from(near), min_size=1, max_size=6), st.sampled_from(dtypes)
    )


UNITS = ("D", "h", "s", "ms", "us", "ns")


def time_arrays() -> st.SearchStrategy[Any]:
    """Draw date-times near the ends of what Python and nanoseconds hold, missing ones too."""
    ends = (-62_135_596_800, 253_402_300_799, -(2**63) // 10**9, 2**63 // 10**9, 0)
    seconds = st.sampled_from(ends).flatmap(lambda end: st.integers(end - 90_000, end + 90_000))

    def build(picked: list[int], parts: list[int], unit: str) -> Any:
        array = np.array(picked, dtype="M8[s]").astype(f"M8[{unit}]")
        if unit in {"ms", "us", "ns"}:
            array = array + np.resize(np.array(parts), len(picked))
        return np.append(array, np.datetime64("NaT"))

    parts = st.lists(st.sampled_from([0, 1, 999, 1_000, 500_000]), min_size=1, max_size=3)
    return st.builds(
        build, st.lists(seconds, min_size=1, max_size=6), parts, st.sampled_from(UNITS)
    )


def tensor_arrays(feature: Feature) -> st.SearchStrategy[Any]:
    numbers = (0, 5, 17, 18, 120, 255, 256, -1, 0.5, 18.5, float("nan"), float("inf"), 1e39)
    shapes = (feature.shape, feature.shape, (*feature.shape, 1), (3,))

    def build(picked: list[Any], shape: tuple[int, ...], dtype: str) -> Any:
        fitting = [value for value in picked if fits(value, dtype) and abs(value) < 2**31] or [5]
        return np.resize(np.array(fitting, dtype=dtype), (3, *shape))

    return st.builds(
        build,
        st.lists(st.sampled_from(numbers), min_size=1, max_size=8),
        st.sampled_from(shapes),
        st.sampled_from(["f8", "f4", "i8", "i2", "u8"]),
    )


def fits(value: Any, dtype: str) -> bool:
    kind = np.dtype(dtype).kind
    if kind not in "fiu":
        return True
    if isinstance(value, str):
        return False
    if kind not in "iu":
        return kind != "f" or abs(value) < 1e38 or dtype == "f8" or math.isnan(value)
    bounds = np.iinfo(dtype)
    return not math.isnan(value) and bounds.min <= value <= bounds.max and value == int(value)


@pytest.mark.timeout(120)
@settings(max_examples=250, deadline=None)
@given(st.data())
def test_an_array_is_judged_as_its_values_are(data: st.DataObject) -> None:
    feature = data.draw(features("only"))
    contract = contract_of(feature)
    array = data.draw(arrays(feature))

    def judged(column: Any) -> Any:
        rows, notices, refused = verdict_of_columns(contract, {"only": column})
        return rows, notices, [(v.row, v.rule) for v in refused] if rows is None else refused

    # `tolist` turns a datetime64 of nanoseconds into a plain integer
    one_by_one = array.tolist() if array.ndim > 1 else list(array)
    assert judged(array) == judged(one_by_one)
