"""`headway db`: the database that remembers the keys."""

from __future__ import annotations

import click

from headway.cli.invocation import Group, Invocation


@click.group(cls=Group)
def db() -> None:
    """Look after the database of keys."""


@db.command()
@click.pass_obj
def upgrade(invocation: Invocation) -> None:
    """Bring the database of `[store] url` up to date.

    One below the home folder is brought up to date when it is used; one that several machines share
    only by this command. Make a copy of it before.
    """
    import headway.api  # noqa: PLC0415 - completing a word must not import a database
    from headway.config.load import load_settings  # noqa: PLC0415

    before, now = headway.api.upgrade_database(load_settings(invocation.overrides))
    console = invocation.console
    if console.json:
        console.document({"before": before, "version": now})
    elif before == now:
        console.text(f"the database is of version {now} already")
    else:
        console.text(f"the database is of version {now} now; it was {before or 'empty'}")
