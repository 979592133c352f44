from __future__ import annotations

import pytest

from headway.contract.declarations import OneOf, Range, Text
from headway.contract.declared import KEYS, is_learned, read_declaration
from headway.contract.model import Declaration
from headway.core.dtypes import DType
from unit.contract.strategies import feature


def test_one_dict_declares_everything_at_once() -> None:
    part = {"min_length": 1, "regex": "[a-z]+", "not_null": True, "policy": "warn", "pii": True}
    assert read_declaration(feature("code", DType.STRING), part) == Declaration(
        min_length=1, regex=("[a-z]+",), not_null=True, policy="warn", pii=True
    )


def test_every_field_of_a_declaration_has_a_key() -> None:
    assert set(KEYS) == set(Declaration.__struct_fields__)


@pytest.mark.parametrize("part", [Range(), OneOf()])
def test_without_values_a_declaration_is_learned(part: Range | OneOf) -> None:
    assert is_learned(part)


@pytest.mark.parametrize("part", [Range(1), OneOf(1), Text(), {}, None, Range])
def test_with_values_it_is_not(part: object) -> None:
    assert not is_learned(part)
