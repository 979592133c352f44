"""`headway models alias`: an alias points to another version; and how that is shown."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from headway.cli.invocation import Command, Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command(name="alias", cls=Command)
@click.argument("model", metavar="MODEL")
@click.argument("alias", metavar="ALIAS")
@click.option("--dry-run", is_flag=True, help="Say what would change.")
@click.pass_obj
def alias(invocation: Invocation, /, model: str, alias: str, dry_run: bool) -> None:
    """Point an alias to a version.

    MODEL is credit:7, or credit@challenger for the version that another alias points to. ALIAS is
    champion, which credit alone means, or any other; it is made where it is new.
    """
    import headway.api  # noqa: PLC0415 - completing a word must not import the registry client
    from headway.config.load import load_settings  # noqa: PLC0415

    settings = load_settings(invocation.overrides)
    change = headway.api.alias(model, alias, dry_run=dry_run, settings=settings)
    console = invocation.console
    if console.json:
        console.document({**dataclasses.asdict(change), "dry_run": dry_run})
        return
    if change.before == change.version:
        console.text(f"{change.name}@{alias} is {change.name}:{change.version} already")
        return
    moved = {} if change.before is None else {alias: change.before}
    console.text(alias_line(change.name, alias, change.version, moved))
    if dry_run:
        console.note("nothing was changed: this was a dry run")
    elif change.before is not None:
        back = invocation.command("models", "alias", f"{change.name}:{change.before}", alias)
        console.note(f"undo: {back}")


def alias_line(name: str, alias: str, version: str, moved: Mapping[str, str]) -> str:
    """Return what is printed of an alias that points to a version now.

    Examples:
        >>> alias_line("credit", "champion", "3", {"champion": "1"})
        'alias credit@champion 1 -> 3'
    """
    change = f" {moved[alias]} -> {version}" if alias in moved else ""
    return f"alias {name}@{alias}{change}"
