"""`headway serve`: a release answers over HTTP."""

from __future__ import annotations

from typing import Any

import click

from headway import api
from headway.cli.invocation import Command, Invocation
from headway.config.load import load_settings

AUTO = "auto"


def _workers(text: str | None) -> int | str | None:
    """Return how many workers an option asks for; what is too many is said by the settings."""
    if text is None or text == AUTO:
        return text
    try:
        return int(text)
    except ValueError:
        raise click.BadParameter(f"`{text}` is neither a number nor `{AUTO}`") from None


@click.command(cls=Command)
@click.argument("models", metavar="MODEL...", nargs=-1, required=True)
@click.option("--host", metavar="HOST", help="Address to listen on.")
@click.option(
    "--port", metavar="PORT", type=click.IntRange(0, 65_535), help="TCP port; 0 takes a free one."
)
@click.option(
    "--workers",
    metavar="N",
    callback=lambda _context, _parameter, text: _workers(text),
    help="Processes that answer; `auto` for one on each core.",
)
@click.option("--trust", is_flag=True, help="Run code (pickle) of a registry that is not trusted.")
@click.option("--insecure", is_flag=True, help="Listen to a network without asking for a key.")
@click.pass_obj
def serve(invocation: Invocation, /, models: tuple[str, ...], **options: Any) -> None:
    """Serve a release over HTTP, or several.

    It runs until it is stopped, and then answers first what it has taken on. Each MODEL... is an
    address: credit for its champion, credit:7, credit@challenger, ./folder.
    """
    console = invocation.console

    def announce(url: str) -> None:
        if console.json:
            console.document({"url": url, "docs": f"{url}/docs", "models": list(models)})
        else:
            console.text(f"serving {', '.join(models)} at {url}")
            console.note(f"try it: {url}/docs")

    settings = load_settings(invocation.overrides)
    api.serve(*models, settings=settings, on_ready=announce, **options)
