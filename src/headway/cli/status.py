"""`headway status`: what a server serves, and how its workers are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from headway.cli.invocation import Command, Invocation
from headway.client.admin import AdminClient
from headway.config.endpoint import read_admin_endpoint
from headway.core.clock import SystemClock
from headway.errors import ServerError

if TYPE_CHECKING:
    from headway.cli.console import Console

INTERVAL_S = 1.0
_DIGEST_CHARACTERS = 12
_PERCENT_BP = 100


@click.command(cls=Command, is_remote=True)
@click.option("--watch", is_flag=True, help="Show it again each second, until Ctrl-C.")
@click.pass_obj
def status(invocation: Invocation, watch: bool) -> None:
    """Show what a server serves, and how its workers are.

    It asks the admin API: the one on this machine, or with --url another one.
    """
    console = invocation.console
    endpoint = read_admin_endpoint(invocation.admin_overrides)
    with AdminClient(endpoint.url, endpoint.key, endpoint.timeout_s) as client:
        _show(console, _ask(client, endpoint.url, invocation))
        while watch:
            SystemClock().sleep(INTERVAL_S)
            found = _ask(client, endpoint.url, invocation)
            if console.is_interactive:
                click.clear()
            _show(console, found)


def _ask(client: AdminClient, url: str, invocation: Invocation) -> dict[str, Any]:
    try:
        return client.status()
    except ServerError as error:
        if error.status is not None:
            raise
        if invocation.url is None:
            # where the settings are broken, the server may be anywhere
            from headway.config.load import load_settings  # noqa: PLC0415 - dear, and rarely needed

            load_settings(invocation.admin_overrides)
        raise ServerError(
            f"no server answers at {url}",
            hint="start one with `headway serve NAME`, or give the address of its admin API with `--url`",
        ) from error


def _show(console: Console, found: dict[str, Any]) -> None:
    if console.json:
        console.document(found)
        return
    asked = "asks for a key" if found["asks_for_key"] else "asks for no key"
    console.text(f"{found['url']}  revision {found['revision']}  {asked}")
    if found["refusal"]:
        console.text(f"the last plan was refused: {found['refusal']}")
    if found["database"] != "answers":
        console.text("the database does not answer; the keys that were known last stay valid")
    console.text("")
    console.table(
        ("MODEL", "VERSION", "ROLE", "SHARE", "DIGEST"),
        [
            (
                model["name"],
                version["version"],
                version["role"],
                f"{version['weight_bp'] / _PERCENT_BP:g} %",
                version["digest"][:_DIGEST_CHARACTERS],
            )
            for model in found["models"]
            for version in model["versions"]
        ],
    )
    console.text("")
    console.table(
        ("WORKER", "PID", "STATE", "REVISION", "RESTARTS", "LAST END"),
        [
            (
                worker["slot"],
                worker["pid"],
                worker["state"],
                worker["revision"],
                worker["n_restarts"],
                worker["last_end"] or None,
            )
            for worker in found["workers"]
        ],
    )
