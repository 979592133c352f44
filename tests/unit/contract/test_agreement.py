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
from headway.contract.pydantic import row_model
from headway.core.dtypes import DType
from headway.errors import InvalidInputError
from unit.contract.strategies import (
    ODD_VALUES,
    VARIANTS,
    contract_of,
    contracts,
    feature,
    features,
    good_rows,
    rows,
    values_near,
)

if TYPE_CHECKING:
    from headway.contract.model import Contract, Feature


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


@pytest.mark.parametrize("dtype", DType)
@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: ascii(value)[:30])
def test_all_three_agree_on_odd_values(dtype: DType, value: Any) -> None:
    for fields in VARIANTS[dtype]:
        contract = contract_of(feature("a", dtype, nullable=True, fields=fields))
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
    checker = ColumnChecker(contract)

    def verdict(column: Any) -> Any:
        try:
            return checker.check_columns({"only": column}).rows()
        except InvalidInputError as error:
            return [(v.row, v.rule) for v in error.violations], error.total

    assert verdict(array) == verdict(array.tolist())
