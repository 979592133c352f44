"""What is typed about answers becomes a declaration."""

from __future__ import annotations

from typing import Any

import click
import pytest

from headway.cli.output import OUTPUT_OPTIONS, parse_output
from headway.contract.output import Answer


def parsed(*arguments: str) -> Answer | None:
    given: dict[str, Any] = {}
    command = click.Command("x", callback=lambda **options: given.update(options))
    for option in OUTPUT_OPTIONS:
        command = option(command)
    command.main(list(arguments), standalone_mode=False)
    answer = parse_output(given)
    assert not given
    return answer


def test_nothing_typed_declares_nothing() -> None:
    assert parsed() is None


def test_everything_can_be_typed() -> None:
    assert parsed(
        *("--class-name", "0=good", "--class-name", "1=a=b"),
        *("--threshold", "0.3", "--positive", "a=b"),
        *("--post", "expm1", "--post", "round=2"),
        *("--output-range", "ge=0,le=1e3", "--output-policy", "clip"),
    ) == Answer(
        class_names={"0": "good", "1": "a=b"},
        threshold=0.3,
        positive="a=b",
        post=("expm1", "round=2"),
        ge=0,
        le=1000,
        policy="clip",
    )


def test_rules_may_come_one_by_one() -> None:
    answer = parsed("--output-range", "ge=0", "--output-range", "lt=5")
    assert answer == Answer(class_names={}, ge=0, lt=5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--class-name", "good"], "has no name"),
        (["--class-name", "0=a", "--class-name", "0=b"], "twice"),
        (["--output-range", "ge"], "write ge=0"),
        (["--output-range", "ge=a"], "write ge=0"),
        (["--output-range", "gee=1"], "did you mean `ge`"),
    ],
)
def test_what_cannot_be_read_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(click.BadParameter, match=message):
        parsed(*arguments)
