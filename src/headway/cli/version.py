"""`headway version`."""

from __future__ import annotations

import platform

import click

from headway.cli.invocation import Command, Invocation
from headway.core.version import __version__


@click.command(cls=Command)
@click.pass_obj
def version(invocation: Invocation) -> None:
    """Print the version."""
    console = invocation.console
    if console.json:
        console.document({"headway": __version__, "python": platform.python_version()})
    else:
        console.text(f"headway {__version__} (Python {platform.python_version()})")
