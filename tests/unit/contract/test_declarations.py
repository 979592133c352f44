from __future__ import annotations

from typing import Any

import pytest

from headway.contract.declarations import (
    MultipleOf,
    NotNull,
    OneOf,
    Policy,
    Private,
    Range,
    Text,
    UniqueItems,
)


@pytest.mark.parametrize(
    ("declaration", "keys"),
    [
        (Range(1, 2), {"ge": 1, "le": 2, "gt": None, "lt": None}),
        (OneOf("a", "b"), {"one_of": ("a", "b")}),
        (NotNull(), {"not_null": True}),
        (Text(regex="a"), {"regex": "a", "min_length": None, "max_length": None}),
        (MultipleOf(0.5), {"multiple_of": 0.5}),
        (UniqueItems(), {"unique_items": True}),
        (Private(), {"pii": True}),
        (Policy("warn"), {"policy": "warn"}),
    ],
)
def test_a_declaration_says_what_a_plain_dict_says(declaration: Any, keys: dict[str, Any]) -> None:
    assert declaration.keys() == keys
    assert hash(declaration) == hash(declaration)
