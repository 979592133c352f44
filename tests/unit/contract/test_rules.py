"""The declared rules of a feature, one by one."""

from __future__ import annotations

from headway.contract.rules import value_rules
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
