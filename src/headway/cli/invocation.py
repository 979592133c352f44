"""What every command shares: the options that stand before or after its name, and the console."""

from __future__ import annotations

import dataclasses
import logging
import shlex
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from headway.cli.console import Console
from headway.core.names import nearest_name

if TYPE_CHECKING:
    from collections.abc import Callable

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)


@dataclasses.dataclass(slots=True)
class Invocation:
    """One run of the command line.

    Attributes:
        console: Where it prints.
        home: Folder to use instead of the configured one.
        url: Server to ask.
    """

    console: Console = dataclasses.field(default_factory=Console)
    home: str | None = None
    url: str | None = None

    @property
    def overrides(self) -> dict[str, Any]:
        """Settings that were given on the command line."""
        return {"home": self.home, "client": {"url": self.url}}

    @property
    def admin_overrides(self) -> dict[str, Any]:
        """The same, where `--url` names the admin API."""
        return {"home": self.home, "client": {"admin_url": self.url}}

    def command(self, *words: str) -> str:
        """Return a command to type, with the options that this one was given and that it needs too.

        Examples:
            >>> Invocation(home="my files").command("models", "rm", "credit:1")
            "headway models rm credit:1 --home 'my files'"
        """
        home = () if self.home is None else ("--home", self.home)
        url = () if self.url is None else ("--url", self.url)
        return shlex.join(("headway", *words, *home, *url))


def shared_options(*, is_remote: bool) -> list[click.Parameter]:
    """Return the options of every command.

    Args:
        is_remote: Whether the command can ask a server.
    """
    options: list[click.Parameter] = [
        _option("--json", _set_json, "Print one JSON document.", is_flag=True),
        _option("--home", _set_home, "Folder of Headway's files.", metavar="FOLDER"),
        _option("--no-color", _set_no_color, "Print without colours.", is_flag=True),
        _option("-q", _set_quiet, "Print the result only.", "--quiet", is_flag=True),
        _option("-v", _set_verbose, "Log more; twice for everything.", "--verbose", count=True),
        _option("--debug", _set_debug, "Show where an error was raised.", is_flag=True),
    ]
    if is_remote:
        options.append(_option("--url", _set_url, "Ask the server at this address.", metavar="URL"))
    return options


class Command(click.Command):
    """A command that takes the shared options after its name.

    Args:
        is_remote: Whether it can ask a server, and so takes `--url`.
    """

    def __init__(self, *arguments: Any, is_remote: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.is_remote = is_remote
        self.params.extend(shared_options(is_remote=is_remote))

    @override
    def invoke(self, ctx: click.Context) -> Any:
        invocation = ctx.ensure_object(Invocation)
        if invocation.url is not None and not self.is_remote:
            raise click.UsageError(
                f"`{ctx.info_name}` works on this machine and takes no `--url`", ctx
            )
        return super().invoke(ctx)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.params.extend(shared_options(is_remote=True))

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            nearest = nearest_name(name, known)
            question = f"; did you mean `{nearest}`?" if nearest else ""
            raise click.UsageError(f"there is no command `{name}`{question}", ctx)
        return super().resolve_command(ctx, args)


def _option(
    name: str, apply: Callable[[Invocation, Any], None], text: str, *others: str, **options: Any
) -> click.Option:
    def callback(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            apply(ctx.ensure_object(Invocation), value)

    return click.Option(
        [name, *others], callback=callback, expose_value=False, help=text, **options
    )


def _set_json(invocation: Invocation, _: Any) -> None:
    invocation.console.json = True


def _set_no_color(invocation: Invocation, _: Any) -> None:
    invocation.console.color = False


def _set_quiet(invocation: Invocation, _: Any) -> None:
    invocation.console.quiet = True


def _set_debug(invocation: Invocation, _: Any) -> None:
    invocation.console.debug = True


def _set_home(invocation: Invocation, home: str) -> None:
    invocation.home = home


def _set_url(invocation: Invocation, url: str) -> None:
    invocation.url = url


def _set_verbose(_: Invocation, count: int) -> None:
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger().setLevel(_LEVELS[min(count, len(_LEVELS) - 1)])
