"""Every command and every option of the command line is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from headway.cli.main import COMMANDS, cli

if TYPE_CHECKING:
    from collections.abc import Iterator


def walk(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from walk(below, f"{path} {name}")


ALL = dict(walk(cli, "headway"))


@pytest.mark.parametrize("path", ALL)
def test_a_command_is_explained(path: str) -> None:
    text = ALL[path].get_short_help_str(limit=100)
    assert text.endswith(".")
    assert not text.endswith("...")


@pytest.mark.parametrize("path", ALL)
def test_every_option_is_explained(path: str) -> None:
    for parameter in ALL[path].params:
        if isinstance(parameter, click.Option):
            assert (parameter.help or "").endswith("."), parameter.name


@pytest.mark.parametrize("path", ALL)
def test_every_argument_is_named_for_people(path: str) -> None:
    for parameter in ALL[path].params:
        if isinstance(parameter, click.Argument):
            assert parameter.metavar in (ALL[path].help or ""), parameter.name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_is_that_of_the_command(name: str) -> None:
    assert COMMANDS[name][1] == ALL[f"headway {name}"].get_short_help_str(limit=100)


@pytest.mark.parametrize("path", ALL)
def test_every_command_takes_the_shared_options(path: str) -> None:
    names = {option for parameter in ALL[path].params for option in parameter.opts}
    assert {"--json", "--home", "--no-color", "-q", "-v", "--debug"} <= names
