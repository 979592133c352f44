"""`headway models rm` and `headway models tag`: versions leave the registry, and are noted about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from headway.cli.invocation import Command, Invocation

if TYPE_CHECKING:
    from headway.cli.console import Console
    from headway.releases.removal import Removal
    from headway.releases.tagging import TagChange


@click.command(name="rm", cls=Command)
@click.argument("model", metavar="MODEL")
@click.option("--all", "whole", is_flag=True, help="Remove the name with every version of it.")
@click.option("--force", is_flag=True, help="Remove the version that `champion` points to.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed.")
@click.pass_obj
def rm(invocation: Invocation, /, model: str, yes: bool, dry_run: bool, **options: Any) -> None:
    """Remove a version from the registry.

    MODEL is credit:7 or credit@challenger; credit alone needs --all. Files stay in the registry until
    `mlflow gc` collects them, and a server that runs the version goes on.
    """
    import headway.api  # noqa: PLC0415 - completing a word must not import the registry client
    from headway.config.load import load_settings  # noqa: PLC0415

    console = invocation.console

    def confirm(removal: Removal) -> bool:
        if not dry_run and not yes:
            _ask(console, removal)
        return not dry_run

    settings = load_settings(invocation.overrides)
    removal = headway.api.rm(model, confirm=confirm, settings=settings, **options)
    addresses = [version.address for version in removal.versions]
    if console.json:
        console.document(
            {
                "name": removal.name,
                "versions": [version.version for version in removal.versions],
                "aliases": list(removal.aliases),
                "dry_run": dry_run,
            }
        )
        return
    for address in addresses or [removal.name]:
        console.text(f"{'would remove' if dry_run else 'removed'} {address}")
    for alias in removal.aliases:
        console.text(
            f"alias {removal.name}@{alias} {'would point' if dry_run else 'points'} to nothing"
        )
    if dry_run:
        for address in addresses:
            command = invocation.command("models", "export", address, "FILE.tar.gz")
            console.note(f"keep a copy: {command}")


@click.command(name="tag", cls=Command)
@click.argument("model", metavar="MODEL")
@click.argument("tags", metavar="KEY=VALUE...", nargs=-1)
@click.option("--remove", metavar="KEY", multiple=True, help="Remove this tag; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what would change.")
@click.pass_obj
def tag(
    invocation: Invocation,
    model: str,
    tags: tuple[str, ...],
    remove: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Set tags of a version.

    KEY=VALUE... sets a tag, and KEY= removes it. MODEL is credit, credit:7 or credit@challenger.
    """
    import headway.api  # noqa: PLC0415 - as above
    from headway.config.load import load_settings  # noqa: PLC0415

    changes = parse_tags(tags, remove)
    settings = load_settings(invocation.overrides)
    change = headway.api.tag(model, changes, dry_run=dry_run, settings=settings)
    console = invocation.console
    if console.json:
        console.document(
            {
                "name": change.version.name,
                "version": change.version.version,
                "changes": dict(change.changes),
                "before": change.undo,
                "dry_run": dry_run,
            }
        )
    else:
        _print_change(invocation, change, dry_run=dry_run)


def parse_tags(tags: tuple[str, ...], remove: tuple[str, ...]) -> dict[str, str | None]:
    """Return the value of each tag, `None` for one that is to be removed.

    Raises:
        click.BadParameter: A text is not of the form, or a key is named twice.

    Examples:
        >>> parse_tags(("team=risk", "old="), ("older",))
        {'team': 'risk', 'old': None, 'older': None}
    """
    changes: dict[str, str | None] = {}
    for text in (*tags, *(f"{key}=" for key in remove)):
        key, separator, value = text.partition("=")
        if not key or not separator:
            raise click.BadParameter(f"`{text}`: write KEY=VALUE, or KEY= to remove a tag")
        if key in changes:
            raise click.BadParameter(f"the tag `{key}` is named twice")
        changes[key] = value or None
    return changes


def _ask(console: Console, removal: Removal) -> None:
    """Let a person confirm, and refuse where nobody can be asked."""
    what = ", ".join(version.address for version in removal.versions) or removal.name
    if console.json or not sys.stdin.isatty():
        raise click.UsageError(f"removing {what} needs `--yes` where nobody can be asked")
    click.confirm(f"Remove {what}?", abort=True, err=True)


def _print_change(invocation: Invocation, change: TagChange, *, dry_run: bool) -> None:
    console = invocation.console
    address = change.version.address
    if not change.changes:
        console.text(f"{address} has these tags already; nothing changes")
        return
    for key, value in change.changes.items():
        console.text(f"{address}: {key} {'is removed' if value is None else f'= {value}'}")
    if dry_run:
        console.note("nothing was changed: this was a dry run")
    else:
        tags = [f"{key}={value or ''}" for key, value in change.undo.items()]
        console.note(f"undo: {invocation.command('models', 'tag', address, *tags)}")
