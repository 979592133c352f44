from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings

from headway.contract.model import Contract
from headway.core.dtypes import DType
from unit.contract.strategies import contract_of, contracts, feature


@settings(max_examples=50, deadline=None)
@given(contracts())
def test_a_contract_survives_json(contract: Contract) -> None:
    assert msgspec.json.decode(msgspec.json.encode(contract), type=Contract) == contract


@pytest.mark.parametrize(
    ("nullable", "not_null", "accepts"),
    [(False, False, False), (True, False, True), (True, True, False), (False, True, False)],
)
def test_not_null_stands_over_what_was_learned(
    nullable: bool, not_null: bool, accepts: bool
) -> None:
    assert feature("a", DType.FLOAT, nullable=nullable, not_null=not_null).accepts_null is accepts


def test_a_feature_is_found_by_its_name() -> None:
    first, second = feature("a", DType.FLOAT), feature("b", DType.STRING)
    contract = contract_of(first, second)
    assert contract.names == ("a", "b")
    assert contract.feature("b") is second
    with pytest.raises(KeyError):
        contract.feature("c")
