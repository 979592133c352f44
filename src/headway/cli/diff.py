"""`headway models diff`: what a new version does to clients of the old one, and the two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from headway.cli.console import CHECK_FAILED
from headway.cli.invocation import Command, Invocation

if TYPE_CHECKING:
    from headway.cli.console import Console
    from headway.releases.compare import Comparison


@click.command(cls=Command)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--breaking",
    "--check",
    "is_check",
    is_flag=True,
    help="End with 7 where a client would break; print nothing else than what breaks.",
)
@click.option("--trust", is_flag=True, help="Run code (pickle) of a registry that is not trusted.")
@click.pass_obj
def diff(invocation: Invocation, old: str, new: str, is_check: bool, trust: bool) -> int:
    """Show what a version changes for clients of another one, and both side by side.

    OLD and NEW are addresses: credit:12 credit:13, credit@champion credit, ./folder. A change breaks
    where a request that was accepted may be refused or a reply be misread, and widens where more is
    accepted than before.
    """
    import headway.api  # noqa: PLC0415 - completing a word must not import the registry client
    from headway.config.load import load_settings  # noqa: PLC0415 - nor pydantic

    settings = load_settings(invocation.overrides)
    found = headway.api.diff(old, new, trust=trust, settings=settings)
    console = invocation.console
    if console.json:
        console.document(found.document())
    else:
        _print_changes(console, found, is_check=is_check)
        if not is_check:
            console.text("")
            header = ("", found.old.address, found.new.address, "DIFFERENCE")
            console.table(header, found.facts())
    return CHECK_FAILED if is_check and found.breaks else 0


def _print_changes(console: Console, found: Comparison, *, is_check: bool) -> None:
    from headway.contract.change import change_text  # noqa: PLC0415 - as above

    for note in found.notes:
        console.note(f"note: {note}")
    for heading, changes in found.grouped():
        if changes[0].kind == "breaks" or not is_check:
            lines = (f"  {change_text(change)}" for change in changes)
            console.text("\n".join([f"{heading}:", *lines]))
    if not found.changes:
        console.text("The contracts are the same.")
    elif not found.breaks:
        console.note("nothing breaks a client")
