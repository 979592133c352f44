from __future__ import annotations

import pytest

from headway.contract.request import WRAPPERS, takes_bare_rows
from headway.core.dtypes import DType
from unit.contract.strategies import contract_of, feature


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_feature_named_like_a_wrapper_forbids_bare_rows(name: str) -> None:
    age = feature("age", DType.INTEGER)
    assert takes_bare_rows(contract_of(age))
    assert not takes_bare_rows(contract_of(age, feature(name, DType.INTEGER)))
    assert takes_bare_rows(contract_of(age, feature(name.upper(), DType.INTEGER)))
