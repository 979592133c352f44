"""The declared rules of a feature, one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headway.contract.model import Constraints
from headway.contract.rules import (
    MAX_MATCHED_CHARS,
    enforced,
    has_unique_items,
    is_multiple,
    matcher,
    value_rules,
)
from headway.core.dtypes import DType
from unit.contract.strategies import feature


def broken(rules: tuple[object, ...], value: object) -> list[str]:
    return [rule.name for rule in rules if not rule.allows(value)]  # type: ignore[attr-defined]


def test_nothing_declared_allows_everything() -> None:
    assert value_rules(feature("a", DType.FLOAT)) == ()


def test_limits_come_first_and_each_is_asked() -> None:
    rules = value_rules(feature("a", DType.FLOAT, ge=1.0, gt=2.0, le=9.0, one_of=(1.0, 5.0)))
    assert [rule.name for rule in rules] == ["ge", "gt", "le", "one_of"]
    assert broken(rules, 5.0) == []
    assert broken(rules, 1.5) == ["gt", "one_of"]
    assert broken(rules, 0.0) == ["ge", "gt", "one_of"]


def test_a_limit_of_an_integer_lets_the_same_integers_through() -> None:
    rules = value_rules(feature("a", DType.INTEGER, gt=2.5))
    assert broken(rules, 2) == ["gt"]
    assert broken(rules, 3) == []


@pytest.mark.parametrize(
    ("value", "of", "is_whole", "expected"),
    [
        (0.3, 0.1, False, True),
        (0.7, 0.1, False, True),
        (1e22, 0.1, False, True),
        (1.7976931348623157e308, 5e-324, False, True),
        (0.35, 0.1, False, False),
        (-7.5, 2.5, False, True),
        (0.0, 3.0, False, True),
        (2**63 - 1, 7.0, True, True),
        (2**62 + 1, 2.0, True, False),
        (2.0**62 + 2**10, 3.0, True, (2**62 + 2**10) % 3 == 0),
        (3, 0.5, True, True),
        (5, "2.5", True, True),
    ],
)
def test_a_multiple_is_counted_in_decimal(
    value: float, of: Any, *, is_whole: bool, expected: bool
) -> None:
    assert is_multiple(value, of, is_whole=is_whole) is expected


@pytest.mark.parametrize(
    ("vector", "is_unique"),
    [([1, 2, 3], True), ([1, 2, 1], False), ([], True), (["a", "a"], False), ([[1, 2], [1, 2]], False), ([[1, 2], [2, 1]], True), (np.array([1.0, 1.5]), True)],
)  # fmt: skip
def test_an_item_twice_is_found(vector: Any, *, is_unique: bool) -> None:
    assert has_unique_items(vector) is is_unique


def test_a_long_string_breaks_every_pattern() -> None:
    match = matcher(("a*",))
    assert match("a" * MAX_MATCHED_CHARS)
    assert not match("a" * (MAX_MATCHED_CHARS + 1))


def test_what_a_policy_lets_through_is_not_enforced() -> None:
    declared = {"ge": 1, "le": 9, "multiple_of": 2.0, "not_null": True}
    for policy, kept in (
        ("refuse", Constraints(**declared)),
        ("warn", Constraints(not_null=True)),
        ("clip", Constraints(multiple_of=2.0, not_null=True)),
    ):
        found = enforced(feature("a", DType.FLOAT, policy=policy, **declared))
        assert (found.constraints, found.policy) == (kept, "refuse")
