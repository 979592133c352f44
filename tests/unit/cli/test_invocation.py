"""Shared options are kept, and what is not given stays out of the settings."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click
import pytest

from headway.cli.invocation import Command, Invocation

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command(cls=Command, is_remote=True)
def nothing() -> None:
    """Do nothing."""


def invoke(*arguments: str) -> Invocation:
    invocation = Invocation()
    nothing.main(list(arguments), obj=invocation, standalone_mode=False)
    return invocation


@pytest.fixture(autouse=True)
def level_as_it_was() -> Iterator[None]:
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)


def test_a_command_to_type_works_on_the_same_home() -> None:
    assert invoke().command("serve", "credit") == "headway serve credit"
    typed = invoke("--home", "my files").command("models", "tag", "credit", "a=b c")
    assert typed == "headway models tag credit 'a=b c' --home 'my files'"


def test_nothing_given_is_nothing_overridden() -> None:
    invocation = invoke()
    assert invocation.overrides == {"home": None, "client": {"url": None}}
    assert not invocation.console.json
    assert not invocation.console.quiet


def test_every_option_is_kept() -> None:
    invocation = invoke("--json", "--home", "h", "--no-color", "-q", "--debug", "--url", "http://a")
    console = invocation.console
    assert (console.json, console.color, console.quiet, console.debug) == (True, False, True, True)
    assert invocation.overrides == {"home": "h", "client": {"url": "http://a"}}


@pytest.mark.parametrize(
    ("arguments", "level"),
    [(["-v"], logging.INFO), (["-vv"], logging.DEBUG), (["-v", "-v", "-v"], logging.DEBUG)],
)
def test_verbose_logs_more(arguments: list[str], level: int) -> None:
    invoke(*arguments)
    assert logging.getLogger().level == level
