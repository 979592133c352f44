from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headway.contract.conflicts import training_conflicts
from headway.contract.constraints import declare
from headway.contract.declarations import NotNull, OneOf, Policy, Private, Range, Text
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType
from unit.contract.strategies import contract_of, feature

CONTRACT = contract_of(
    feature("age", DType.INTEGER),
    feature("purpose", DType.STRING, nullable=True),
    feature("amount", DType.FLOAT, nullable=True),
)
ROWS = FeatureBatch.from_columns(
    CONTRACT.names,
    [np.array([19, 40, 75]), ["car", None, "tv"], np.array([1.5, np.nan, np.inf])],
)


@pytest.mark.parametrize(
    ("name", "spec", "conflict"),
    [
        ("age", Range(18, 80), None),
        ("age", Range(19, 75), None),
        ("age", Range(20), "`age`: in 1 of 3 training rows `19` is not at least `20`, so rows like these are refused"),
        ("age", Range(lt=40), "in 2 of 3 training rows `40` is not below `40`"),
        ("age", [Range(20), Policy("warn")], "so rows like these are answered with a warning"),
        ("age", [Range(20), Policy("clip")], "so such values are moved to the nearest limit"),
        ("age", [Range(20), Private()], "in 1 of 3 training rows the value is not at least `20`"),
        ("purpose", OneOf("car", "tv"), None),
        ("purpose", OneOf("car", "boat"), "in 1 of 3 training rows `tv` is not one of"),
        ("purpose", NotNull(), "in 1 of 3 training rows null is not allowed"),
        ("purpose", Text(max_length=2), "in 1 of 3 training rows `car` does not have at most 2 characters"),
        ("amount", Range(0), None),
    ],
)  # fmt: skip
def test_a_declaration_that_training_rows_break_is_told(
    name: str, spec: Any, conflict: str | None
) -> None:
    conflicts = training_conflicts(declare(CONTRACT, {name: spec}), ROWS)
    assert len(conflicts) == (conflict is not None)
    if conflict:
        assert conflict in conflicts[0]


def test_a_rule_that_training_rows_break_is_told() -> None:
    contract = declare(CONTRACT, {}, ["old: age > 40 or amount > 1", "named: len(purpose) > 2"])
    assert training_conflicts(contract, ROWS) == (
        "rule `named`: in 1 of 3 training rows len(purpose) > 2 does not hold, so rows like these are refused",
    )
