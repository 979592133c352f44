"""The page of the command line."""

from __future__ import annotations

import dataclasses
import inspect
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click
from scripts.reference.markdown import json_block, table

from headway.cli.console import describe
from headway.cli.invocation import shared_options
from headway.cli.main import cli
from headway.cli.releases import describe_release
from headway.errors import InvalidInputError, Violation
from headway.registry.port import ModelSummary, ModelVersion
from headway.releases.release import Release

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


INTRODUCTION = """\
# Command line

`headway COMMAND`. The result goes to stdout, everything else to stderr. Each command ends with one of the
[exit codes](errors.md#exit-codes); [errors.md](errors.md) says which error has which.

## Shared options

They stand before or after the command. `--url` is for the commands that can ask a server.
"""
ENVIRONMENT = """
## Environment

Every [setting](settings.md) can be given as a variable, `HEADWAY_SECTION__KEY`. `MLFLOW_TRACKING_URI` names the registry
where no setting does. `NO_COLOR`, where it is not empty, and `TERM=dumb` turn colours off.

## JSON

With `--json` the result is one JSON document. An error is one too, on stderr:
"""


def cli_page() -> str:
    """Return the page of the command line."""
    shared = {parameter.name for parameter in shared_options(is_remote=True)}
    violation = Violation(0, "age", "ge", "`17` is not at least `18`")
    lines = [
        INTRODUCTION,
        *option_table(shared_options(is_remote=True)),
        ENVIRONMENT,
        *json_block(describe(InvalidInputError([violation]))),
        "",
        "Results that are documents of their own:",
        "",
        *table(("Command", "Document"), json_results()),
    ]
    for path, command in commands(cli, "headway"):
        own = [parameter for parameter in command.params if parameter.name not in shared]
        usage = " ".join([path, *command.collect_usage_pieces(click.Context(command))])
        lines += ["", f"## {path}", "", f"`{usage}`", "", *help_text(command)]
        options = [parameter for parameter in own if isinstance(parameter, click.Option)]
        if options:
            lines += ["", *option_table(options)]
    return "\n".join(lines) + "\n"


def json_results() -> Iterator[tuple[str, str]]:
    """Yield what `--json` prints, by the keys of the document."""
    release: Any = SimpleNamespace(**dict.fromkeys(keys_of(Release), ()))
    yield "`register`, `adopt`", listed(describe_release(release))
    yield "`predict`", "the [reply](http-api.md#reply) of a server; ids only with `--url`"
    yield "`models ls`", f"a list of: {listed(keys_of(ModelSummary))}"
    yield "`models ls --url URL`", "`models` of [`GET /models`](http-api.md#models-and-probes)"
    yield "`models show NAME`", f"a list of: {listed(keys_of(ModelVersion))}"
    yield "`schema`", "the JSON Schema of one row"


def keys_of(kind: type) -> list[str]:
    """Return the fields of a class."""
    return [field.name for field in dataclasses.fields(kind)]


def listed(names: Iterable[str]) -> str:
    """Return names in one line."""
    return ", ".join(f"`{name}`" for name in names)


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command below a group, by its full name."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        if below is not None:
            yield from commands(below, f"{path} {name}")


def help_text(command: click.Command) -> list[str]:
    """Return the help of a command as lines of Markdown."""
    return [line for line in inspect.cleandoc(command.help or "").splitlines() if line != "\b"]


def option_table(options: Iterable[click.Parameter]) -> list[str]:
    """Return options as a table."""
    rows = [
        (f"`{option_name(option)}`", (option.help or "") + option_default(option))
        for option in options
        if isinstance(option, click.Option)
    ]
    return table(("Option", "Meaning"), rows)


def option_name(option: click.Option) -> str:
    """Return an option as it is typed, with what follows it."""
    name = ", ".join(option.opts)
    if option.is_flag or option.count:
        return name
    if isinstance(option.type, click.Choice):
        return f"{name} {'|'.join(option.type.choices)}"
    return f"{name} {option.metavar or option.type.name.upper()}"


def option_default(option: click.Option) -> str:
    """Return what is said about the default of an option."""
    if option.required:
        return " Required."
    shown = isinstance(option.default, str | int | float) and option.default not in {"", False}
    return f" Default: `{option.default}`." if shown else ""
