"""The decoder, the column checker and the pydantic model accept and refuse the same rows."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.columns import ColumnChecker
from headway.contract.decoder import AcceptingDecoder
from headway.contract.notices import Notices
from headway.contract.pydantic.models import row_model
from headway.core.dtypes import DType
from headway.errors import InvalidInputError
from unit.contract.strategies import (
    ODD_VALUES,
    STORAGES,
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
    model = row_model(contract, "any")
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


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_all_three_accept_the_same_rows_and_read_the_same_values(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    row = data.draw(rows(contract))
    expected = accepted_by_checker(contract, row)
    assert accepted_by_decoder(contract, row) == expected
    assert accepted_by_pydantic(contract, row) == [expected, expected]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_all_three_agree_on_row_rules(data: st.DataObject) -> None:
    contract = data.draw(contracts_with_rules())
    row = data.draw(rows(contract))
    expected = accepted_by_checker(contract, row)
    assert accepted_by_decoder(contract, row) == expected
    assert accepted_by_pydantic(contract, row) == [expected, expected]


@settings(max_examples=200, deadline=None)
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
    for storage in STORAGES[dtype]:
        contract = contract_of(feature("a", dtype, nullable=True, storage=storage))
        expected = accepted_by_checker(contract, {"a": value})
        assert accepted_by_decoder(contract, {"a": value}) == expected
        assert accepted_by_pydantic(contract, {"a": value}) == [expected, expected]


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


def arrays(feature: Feature) -> st.SearchStrategy[Any]:
    dtypes = {
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

    return st.builds(
        build, st.lists(st.sampled_from(near), min_size=1, max_size=6), st.sampled_from(dtypes)
    )


def fits(value: Any, dtype: str) -> bool:
    kind = np.dtype(dtype).kind
    if kind not in "iu":
        return kind != "f" or abs(value) < 1e38 or dtype == "f8" or math.isnan(value)
    bounds = np.iinfo(dtype)
    return not math.isnan(value) and bounds.min <= value <= bounds.max and value == int(value)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_an_array_is_judged_as_its_values_are(data: st.DataObject) -> None:
    feature = data.draw(features("only"))
    contract = contract_of(feature)
    array = data.draw(arrays(feature))

    def judged(column: Any) -> Any:
        rows, notices, refused = verdict_of_columns(contract, {"only": column})
        return rows, notices, [(v.row, v.rule) for v in refused] if rows is None else refused

    assert judged(array) == judged(array.tolist())
