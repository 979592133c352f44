from __future__ import annotations

import dataclasses

import pytest

from headway.core.dtypes import DType
from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.arrays import as_float64, is_boolean, is_wide
from headway.optimize.lowering.state import Lowering, Steps
from unit.optimize.lowering.stepwise import contract_of, feature

SINGLE = feature("s", storage="float32")
DOUBLE = feature("d")
COUNT = feature("c", dtype=DType.INTEGER, storage="int64")
SMALL = feature("m", dtype=DType.INTEGER, storage="int8")
FLAG = feature("f", dtype=DType.BOOLEAN, storage="bool")
WORD = feature("w", dtype=DType.STRING, storage="str")


def lowering_of(*features):
    return Lowering(contract_of(*features), Steps({}, {}))


@pytest.mark.parametrize("wide", [DOUBLE, COUNT], ids=lambda f: f.storage)
def test_one_wide_column_makes_float64_of_all(wide):
    lowering = lowering_of(SINGLE, wide)
    assert not any(column.is_single for column in as_float64(lowering, lowering.features))


@pytest.mark.parametrize("others", [(), (SMALL,), (FLAG,)], ids=len)
def test_float32_columns_alone_or_beside_narrow_ones_are_refused(others):
    lowering = lowering_of(SINGLE, *others)
    with pytest.raises(LoweringError, match="float32"):
        as_float64(lowering, lowering.features)


def test_strings_are_refused():
    lowering = lowering_of(DOUBLE, WORD)
    with pytest.raises(LoweringError, match="strings"):
        as_float64(lowering, lowering.features)


def test_what_a_step_computed_is_float64_unless_it_may_be_a_boolean():
    lowering = lowering_of(FLAG)
    computed = dataclasses.replace(lowering.features[0], is_computed=True, is_code_like=False)
    assert is_wide(lowering, computed)
    assert not is_wide(lowering, dataclasses.replace(computed, is_code_like=True))


def test_a_boolean_is_a_feature_of_booleans_and_nothing_that_is_computed():
    lowering = lowering_of(FLAG, COUNT)
    flag, count = lowering.features
    assert is_boolean(lowering, flag)
    assert not is_boolean(lowering, count)
    assert not is_boolean(lowering, dataclasses.replace(flag, is_computed=True))
    assert not is_boolean(lowering, lowering.mixed("features", 2)[0])
