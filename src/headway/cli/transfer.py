"""`headway models export` and `headway models import`: a release is carried from one registry to another."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headway.cli.alias import alias_line
from headway.cli.invocation import Command, Invocation
from headway.cli.rich import progress

if TYPE_CHECKING:
    from headway.releases.importing import Imported


@click.command(name="export", cls=Command)
@click.argument("model", metavar="MODEL")
@click.argument("path", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.pass_obj
def export(invocation: Invocation, model: str, path: Path) -> None:
    """Write a release of the registry as one file or as a folder.

    FILE|FOLDER is one file where its name ends in .tar.gz, else a folder; nothing may be there yet.
    It holds the whole bundle with its metrics, tags and kept rows; the bundle of a FOLDER is
    served by its address ./FOLDER/bundle. MODEL is credit, credit:7 or
    credit@challenger.
    """
    import headway.api  # noqa: PLC0415 - completing a word must not import the registry client
    from headway.config.load import load_settings  # noqa: PLC0415

    console = invocation.console
    settings = load_settings(invocation.overrides)
    with progress(console) as on_progress:
        on_progress(f"writing {path.name}")
        exported = headway.api.export(model, path, settings=settings)
    if console.json:
        console.document({**dataclasses.asdict(exported), "path": str(path)})
        return
    console.text(f"exported {exported.name}:{exported.version} to {path}")
    console.text(f"digest {exported.digest}")
    command = invocation.command("models", "import", str(path))
    console.note(f"{exported.size_bytes:,} bytes; take it in: {command}")
    if path.is_dir():
        folder = path / "bundle"
        place = str(folder) if folder.is_absolute() else f"./{folder}"
        console.note(f"serve it as it is: {invocation.command('serve', place)}")


@click.command(name="import", cls=Command)
@click.argument("path", metavar="FILE|FOLDER", type=click.Path(exists=True, path_type=Path))
@click.option("--name", metavar="NAME", help="Name to register it under; without it, its own.")
@click.option("--alias", metavar="ALIAS", help="Alias to point to this version.")
@click.option("--again", is_flag=True, help="Make another version where it is there already.")
@click.option("--dry-run", is_flag=True, help="Verify it and say what would happen.")
@click.pass_obj
def import_(invocation: Invocation, /, path: Path, **options: Any) -> None:
    """Register a release that was exported, with the same digest.

    FILE|FOLDER is what `headway models export` wrote. Every file is verified and no code of it runs;
    a release that is here already is not doubled.
    """
    import headway.api  # noqa: PLC0415 - as above
    from headway.config.load import load_settings  # noqa: PLC0415

    console = invocation.console
    settings = load_settings(invocation.overrides)
    with progress(console) as on_progress:
        on_progress(f"reading {path.name}")
        imported = headway.api.import_(path, settings=settings, **options)
    if console.json:
        console.document({**dataclasses.asdict(imported), "dry_run": options["dry_run"]})
    else:
        _print(invocation, imported, dry_run=options["dry_run"])


def _print(invocation: Invocation, imported: Imported, *, dry_run: bool) -> None:
    console = invocation.console
    version = imported.version or "(next)"
    address = f"{imported.name}:{version}"
    if not imported.is_new:
        console.text(f"{address} is this release already; nothing is registered")
        console.note("`--again` makes another version of it")
    elif dry_run:
        console.text(f"would import {imported.source} as the next version of {imported.name}")
    else:
        console.text(f"imported {imported.source} as {address}, {imported.form}")
    for alias in imported.aliases:
        console.text(alias_line(imported.name, alias, version, imported.moved))
    console.text(f"digest {imported.digest}")
    if imported.source_aliases:
        console.note(f"where it came from it was {', '.join(imported.source_aliases)}")
    if imported.runs_code:
        is_lowered = imported.form == "lowered"
        what = "its contract has validators" if is_lowered else f"it is {imported.form}"
        console.note(f"note: {what}: serving it runs code (pickle) of this file")
    undo = _undo(invocation, imported)
    if undo and not dry_run:
        console.note(f"undo: {undo}")


def _undo(invocation: Invocation, imported: Imported) -> str:
    """Return what to type to have what was before; nothing where there is no such thing."""
    steps = [
        invocation.command("models", "alias", f"{imported.name}:{before}", alias)
        for alias, before in imported.moved.items()
    ]
    if imported.is_new:
        is_champion = "champion" in {*imported.aliases} - {*imported.moved}
        force = ("--force",) if is_champion else ()
        address = f"{imported.name}:{imported.version}"
        steps.append(invocation.command("models", "rm", address, *force))
    return " && ".join(steps)
