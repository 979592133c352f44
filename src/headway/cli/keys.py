"""`headway keys`: who may ask. On the database, or through the admin API of a server."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click
import msgspec

from headway.cli.invocation import Group, Invocation
from headway.client.admin import AdminClient
from headway.config.endpoint import read_endpoint
from headway.errors import KeyNotFoundError, MalformedInputError

if TYPE_CHECKING:
    from headway.config.settings import Settings

_SCOPES = ("predict", "read", "admin")


@click.group(cls=Group)
def keys() -> None:
    """Make, list and revoke the keys that servers ask for."""


@keys.command(is_remote=True)
@click.argument("name", metavar="NAME")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(_SCOPES),
    multiple=True,
    default=("predict", "read"),
    show_default="predict, read",
    help="What it allows; may be repeated.",
)
@click.option(
    "--model",
    "models",
    metavar="MODEL",
    multiple=True,
    help="A model that it is for, instead of every model; may be repeated.",
)
@click.option(
    "--rate",
    metavar="PER_SECOND",
    type=click.FloatRange(0, 1e9),
    default=0.0,
    help="Requests that it may send each second, over all workers; 0 for no limit.",
)
@click.pass_obj
def create(
    invocation: Invocation, name: str, scopes: tuple[str, ...], models: tuple[str, ...], rate: float
) -> None:
    """Make a key, and print it this once.

    From the first one on, every server of the database asks for a key. NAME is what people and logs
    know it by.
    """
    client = _connect(invocation)
    try:
        if client is not None:
            with client:
                document = client.create_key(name, scopes, models, rate)
        else:
            import headway.api  # noqa: PLC0415 - completing a word must not import a database

            record, key = headway.api.create_key(
                name,
                scopes=scopes,
                models=models,
                rate_per_s=rate,
                settings=_settings(invocation),
            )
            document = {**_shown(record), "key": key}
    except MalformedInputError as error:
        hint = f" ({error.hint})" if error.hint else ""
        raise click.UsageError(f"{error.message}{hint}") from error
    console = invocation.console
    if console.json:
        console.document(document)
        return
    console.text(document["key"])
    console.note("keep it: it is shown this once, and every server asks for a key from now on")
    console.note(f"undo: {invocation.command('keys', 'revoke', name)}")


@keys.command(is_remote=True)
@click.option("--all", "revoked", is_flag=True, help="List those too that were revoked.")
@click.pass_obj
def ls(invocation: Invocation, revoked: bool) -> None:
    """List the keys, by their names and first characters."""
    client = _connect(invocation)
    if client is not None:
        with client:
            documents = client.keys(revoked=revoked)
    else:
        import headway.api  # noqa: PLC0415 - as above

        records = headway.api.keys(revoked=revoked, settings=_settings(invocation))
        documents = [_shown(record) for record in records]
    console = invocation.console
    if console.json:
        console.document(documents)
        return
    console.table(
        ("NAME", "KEY", "SCOPES", "MODELS", "RATE", "CREATED", "REVOKED"),
        [
            (
                document["name"],
                f"{document['prefix']}...",
                ", ".join(document["scopes"]),
                ", ".join(document["models"]) or "all",
                f"{document['rate_per_s']:g}/s" if document["rate_per_s"] else "no limit",
                _local(document["created_at"]),
                _local(document["revoked_at"]),
            )
            for document in documents
        ],
    )
    if not documents:
        console.note(f"make one: {invocation.command('keys', 'create', 'NAME')}")


@keys.command(is_remote=True)
@click.argument("name", metavar="NAME")
@click.option("--dry-run", is_flag=True, help="Say what would be revoked.")
@click.pass_obj
def revoke(invocation: Invocation, name: str, dry_run: bool) -> None:
    """Refuse a key from now on: the one that is called NAME. It cannot be taken back."""
    client = _connect(invocation)
    if client is not None:
        with client:
            document = _find(client, name) if dry_run else client.revoke_key(name)
    else:
        import headway.api  # noqa: PLC0415 - as above

        document = _shown(
            headway.api.revoke_key(name, dry_run=dry_run, settings=_settings(invocation))
        )
    console = invocation.console
    if console.json:
        console.document({**document, "dry_run": dry_run})
        return
    console.text(
        f"{'would revoke' if dry_run else 'revoked'} {document['name']} ({document['prefix']}...)"
    )
    if not dry_run:
        console.note(f"make another: {invocation.command('keys', 'create', *_words(document))}")


def _connect(invocation: Invocation) -> AdminClient | None:
    endpoint = read_endpoint(invocation.admin_overrides, setting="admin_url")
    if endpoint is None:
        return None
    return AdminClient(endpoint.url, endpoint.key, endpoint.timeout_s)


def _settings(invocation: Invocation) -> Settings:
    from headway.config.load import load_settings  # noqa: PLC0415 - as above

    return load_settings(invocation.admin_overrides)


def _find(client: AdminClient, name: str) -> dict[str, Any]:
    for document in client.keys(revoked=False):
        if document["name"] == name:
            return document
    raise KeyNotFoundError(
        f"there is no key `{name}`", hint="`headway keys ls` names those that there are"
    )


def _shown(record: Any) -> dict[str, Any]:
    """Return what is shown of a key: what the admin API shows, too."""
    document = msgspec.to_builtins(record)
    return {key: value for key, value in document.items() if key not in {"digest", "cell"}}


def _words(document: dict[str, Any]) -> list[str]:
    """Return what makes a key such as this one."""
    scopes = [word for scope in document["scopes"] for word in ("--scope", scope)]
    models = [word for model in document["models"] for word in ("--model", model)]
    rate = ["--rate", f"{document['rate_per_s']:g}"] if document["rate_per_s"] else []
    return [document["name"], *scopes, *models, *rate]


def _local(moment: str | None) -> str | None:
    if moment is None:
        return None
    return dt.datetime.fromisoformat(moment).astimezone().isoformat(sep=" ", timespec="seconds")
