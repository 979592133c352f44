"""Constraints are typed as FEATURE=RULES."""

from __future__ import annotations

from typing import Any

import click
import pytest

from headway.cli.constraints import parse_constraints


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age=ge=18", {"age": {"ge": 18}}),
        ("age=gt=-1.5,lt=1e3", {"age": {"gt": -1.5, "lt": 1000.0}}),
        ("mean radius=ge=0", {"mean radius": {"ge": 0}}),
        ("purpose=one_of=car|tv", {"purpose": {"one_of": ["car", "tv"]}}),
        ('floor=one_of="1"|2|true|x y', {"floor": {"one_of": ["1", 2, True, "x y"]}}),
        ("word=one_of=null|[]|{}", {"word": {"one_of": ["null", "[]", "{}"]}}),
        ("age=not_null", {"age": {"not_null": True}}),
        ("day=ge=2020-01-01,lt=2026-01-31", {"day": {"ge": "2020-01-01", "lt": "2026-01-31"}}),
        ("at=ge=2020-01-01T00:00:00Z", {"at": {"ge": "2020-01-01T00:00:00Z"}}),
        ('price=ge="19.90"', {"price": {"ge": "19.90"}}),
        ("age=ge=18, le=120 ,not_null", {"age": {"ge": 18, "le": 120, "not_null": True}}),
    ],
)
def test_rules_are_read(text: str, expected: dict[str, Any]) -> None:
    assert parse_constraints([text]) == expected


def test_several_options_of_one_feature_are_joined() -> None:
    assert parse_constraints(["age=ge=18", "x=not_null", "age=le=120"]) == {
        "age": {"ge": 18, "le": 120},
        "x": {"not_null": True},
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age",
        "=ge=18",
        "age=",
        "age=18",
        "age=ge",
        "age=ge=",
        "age=ge=x",
        "age=ge=true x",
        "age=min=3",
        "age=one_of",
        "age=one_of=",
        "age=not_null=1",
        "age=ge=18,",
    ],
)
def test_what_is_no_rule_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write FEATURE=") as caught:
        parse_constraints([text])
    assert f"`{text}`" in caught.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("code=regex=[A-Z]{1,3}(a|b)", {"regex": "[A-Z]{1,3}(a|b)"}),
        ("code=max_length=5,regex=a,ge=1", {"max_length": 5, "regex": "a,ge=1"}),
        ("code=regex=regex=,regex=", {"regex": "regex=,regex="}),
        ("code=regex= a ", {"regex": " a "}),
        ("price=multiple_of=0.5,pii,policy=warn", {"multiple_of": 0.5, "pii": True, "policy": "warn"}),
        ("code=min_length=1, max_length=3", {"min_length": 1, "max_length": 3}),
        ("v=unique_items", {"unique_items": True}),
    ],
)  # fmt: skip
def test_a_pattern_is_the_rest_of_the_text(text: str, expected: dict[str, Any]) -> None:
    (rules,) = parse_constraints([text]).values()
    assert rules == expected


@pytest.mark.parametrize(
    "text", ["code=regex=", "code=policy", "code=pii=true", "code=max_length=x"]
)
def test_a_rule_without_its_value_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        parse_constraints([text])
