"""The command line: `headway COMMAND`.

Invariant: `headway --help` imports no command; each is imported when it runs.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from headway import __version__
from headway.cli.invocation import Group, Invocation
from headway.config.terminal import COMPLETION_VARIABLE, is_completing
from headway.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

# Name -> where it is, and what `headway --help` says about it.
COMMANDS = {
    "register": ("headway.cli.register:register", "Register a fitted model as a release."),
    "adopt": ("headway.cli.adopt:adopt", "Turn a plain MLflow model into a release."),
    "serve": ("headway.cli.serve:serve", "Serve a release over HTTP, or several."),
    "predict": ("headway.cli.predict:predict", "Answer the rows of a file."),
    "optimize": (
        "headway.cli.optimize:optimize",
        "Show what each form of a release costs, or make a smaller one.",
    ),
    "models": ("headway.cli.models:models", "List models, show one, compare, move and tidy them."),
    "schema": ("headway.cli.schema:schema", "Show what a model takes and answers."),
    "status": ("headway.cli.status:status", "Show what a server serves, and how its workers are."),
    "keys": ("headway.cli.keys:keys", "Make, list and revoke the keys that servers ask for."),
    "db": ("headway.cli.db:db", "Look after the database of keys."),
    "doctor": (
        "headway.cli.doctor:doctor",
        "Say what is wrong with this installation, and what is slow.",
    ),
    "config": ("headway.cli.config:config", "Show the settings, and where they come from."),
    "completion": (
        "headway.cli.completion:completion",
        "Print the script that completes commands and options in a shell.",
    ),
    "version": ("headway.cli.version:version", "Print the version."),
}

# Module that only an extra brings -> that extra.
EXTRAS = {
    "alembic": "store",
    "joblib": "registry",
    "mlflow": "registry",
    "onnx": "registry",
    "pandas": "registry",
    "pyarrow": "arrow",
    "sklearn": "registry",
    "psycopg": "store",
    "sqlalchemy": "store",
    "torch": "torch",
}


class LazyGroup(Group):
    """A group whose commands are imported when they are used."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), function)
        return command

    @override
    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        # click's own way imports every command that fits, to ask it for its help
        commands = [
            CompletionItem(name, help=summary)
            for name, (_, summary) in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return commands + click.Command.shell_complete(self, ctx, incomplete)

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return _reader_left()


@click.command(
    cls=LazyGroup, name="headway", context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, message="headway %(version)s", help="Show the version and exit.")
def cli() -> None:
    """Take a trained model to production on one machine.

    \b
    headway register model.pkl --data train.parquet --target y --name credit
    headway serve credit
    """  # noqa: D301 - click reads \b as: keep these lines as they are


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: What follows the program's name; the process's own where it is `None`.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if is_completing():
        return _complete(given)
    invocation = Invocation()
    # the parser may fail before it has come to these
    invocation.console.json = "--json" in given
    invocation.console.debug = "--debug" in given
    try:
        result: Any = cli.main(given, prog_name="headway", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the edge: every error is told
        return invocation.console.failure(_or_missing_extra(error))
    return result if isinstance(result, int) else 0


def _complete(arguments: list[str]) -> int:
    """Answer a shell; whatever goes wrong, the person who types sees nothing of it."""
    with contextlib.suppress(Exception):
        cli.main(arguments, prog_name="headway", complete_var=COMPLETION_VARIABLE, obj=Invocation())
    return 0


def _or_missing_extra(error: BaseException) -> BaseException:
    """Return what to tell: a module that an extra would have brought is a missing extra."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    extra = EXTRAS.get((name or "").partition(".")[0])
    if extra is None:
        return error
    return MissingExtraError(extra, "this command").with_traceback(error.__traceback__)


def _reader_left() -> int:
    """Whoever read our output has seen enough; nothing is left to be flushed at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
