"""`headway schema`: what a model takes and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec

from headway import api
from headway.cli.invocation import Command, Invocation
from headway.cli.remote import connect, find_served, served_address
from headway.config.load import load_settings
from headway.contract.model import Contract
from headway.contract.schema import describe, row_schema
from headway.errors import ServerError

if TYPE_CHECKING:
    from headway.client import Client


@click.command(cls=Command, is_remote=True)
@click.argument("model", metavar="MODEL")
@click.option("--trust", is_flag=True, help="Run code (pickle) of a registry that is not trusted.")
@click.pass_obj
def schema(invocation: Invocation, model: str, trust: bool) -> None:
    """Show what a model takes and answers.

    With --json the JSON Schema of one row. MODEL is an address: credit, credit:7, ./folder.
    """
    client = connect(invocation)
    if client is None:
        contract = api.contract(model, trust=trust, settings=load_settings(invocation.overrides))
    else:
        with client:
            contract = _ask(client, model)
    console = invocation.console
    if console.json:
        console.document(row_schema(contract, model))
        return
    rows = [list(feature.values()) for feature in describe(contract)]
    console.table(("FEATURE", "TYPE", "NULL", "DECLARED", "OBSERVED", "EXAMPLE"), rows)
    output = contract.output
    classes = ": " + ", ".join(map(str, output.classes)) if output.classes else ""
    console.note(f"answers: {output.task}{classes}")
    console.note(f"methods: {', '.join(output.methods)}")


def _ask(client: Client, model: str) -> Contract:
    name, version = served_address(model)
    if version is not None:
        find_served(client.models(), name, version)  # a server has one contract for each name
    try:
        return msgspec.convert(client.contract(name), Contract)
    except msgspec.ValidationError as error:
        raise ServerError(
            f"the server's contract cannot be read: {error}", hint="is it of another version?"
        ) from error
