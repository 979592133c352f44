"""`headway models`: what the registry holds, and what a server serves."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from headway.cli.alias import alias
from headway.cli.diff import diff
from headway.cli.invocation import Group, Invocation
from headway.cli.remote import connect, find_served, served_address
from headway.cli.transfer import export, import_
from headway.cli.upkeep import rm, tag
from headway.registry.address import AliasAddress, parse_address
from headway.releases.lineage import LOSSY_TAG

if TYPE_CHECKING:
    import datetime as dt

    from headway.cli.console import Console
    from headway.registry.port import ModelVersion
    from headway.releases.resolve import ResolvedRelease


@click.group(cls=Group)
def models() -> None:
    """List models, show one, compare, move and tidy them."""


models.add_command(alias)
models.add_command(diff)
models.add_command(export)
models.add_command(import_)
models.add_command(rm)
models.add_command(tag)


@models.command(is_remote=True)
@click.pass_obj
def ls(invocation: Invocation) -> None:
    """List the models of the registry, or with --url those that a server serves."""
    client = connect(invocation)
    if client is None:
        _print_registered(invocation)
        return
    with client:
        served = client.models()
    console = invocation.console
    if console.json:
        console.document(served)
        return
    rows = [
        (model["name"], version["version"], version["variant"], version["form"])
        for model in served
        for version in model["versions"]
    ]
    console.table(("NAME", "VERSION", "VARIANT", "FORM"), rows)


@models.command(is_remote=True)
@click.argument("model", metavar="MODEL")
@click.option("--trust", is_flag=True, help="Run code (pickle) of a registry that is not trusted.")
@click.pass_obj
def show(invocation: Invocation, model: str, trust: bool) -> None:
    """Show the versions of a model, or one of them.

    MODEL is a name, or an address of one version: credit:7, credit@champion, ./folder.
    """
    console = invocation.console
    client = connect(invocation)
    if client is not None:
        with client:
            _print_served(console, client.models(), *served_address(model))
        return
    import headway.api  # noqa: PLC0415 - a server is asked without it, and a word completed
    from headway.config.load import load_settings  # noqa: PLC0415

    settings = load_settings(invocation.overrides)
    address = parse_address(model)
    if isinstance(address, AliasAddress) and model == address.name:
        _print_versions(console, headway.api.versions(model, settings=settings))
    else:
        _print_release(console, headway.api.resolve(model, trust=trust, settings=settings))


def _print_registered(invocation: Invocation) -> None:
    import headway.api  # noqa: PLC0415 - as above
    from headway.config.load import load_settings  # noqa: PLC0415

    console = invocation.console
    registered = headway.api.models(settings=load_settings(invocation.overrides))
    if console.json:
        console.document([dataclasses.asdict(summary) for summary in registered])
        return
    rows = [
        (
            summary.name,
            summary.latest_version,
            ", ".join(f"{alias} -> {version}" for alias, version in summary.aliases.items()),
            _shown(summary.updated_at),
        )
        for summary in registered
    ]
    console.table(("NAME", "LATEST", "ALIASES", "UPDATED"), rows)
    if not registered:
        console.note("register one: headway register model.pkl --data train.parquet --name NAME")


def _print_versions(console: Console, versions: list[ModelVersion]) -> None:
    if console.json:
        console.document([dataclasses.asdict(version) for version in versions])
        return
    rows = [
        (
            version.version,
            ", ".join(version.aliases),
            version.label,
            _form(version),
            ", ".join(f"{name} {value:.4g}" for name, value in version.metrics.items()),
            _shown(version.created_at),
        )
        for version in versions
    ]
    console.table(("VERSION", "ALIASES", "LABEL", "FORM", "METRICS", "REGISTERED"), rows)


def _form(version: ModelVersion) -> str:
    lossy = version.tags.get(LOSSY_TAG)
    return f"{version.form}, {lossy} (lossy)" if lossy else version.form or "plain MLflow"


def _print_release(console: Console, release: ResolvedRelease) -> None:
    manifest, record = release.bundle.manifest, release.record
    document = {
        "name": release.name,
        "version": release.version,
        "aliases": [] if record is None else list(record.aliases),
        "label": manifest.label,
        "registered_at": manifest.created_at,
        "form": manifest.execution.form,
        "reason": manifest.execution.reason,
        "lossy": manifest.execution.lossy,
        "digest": release.bundle.digest,
        "metrics": {} if record is None else dict(record.metrics),
        "modules": list(release.bundle.modules),
        "libraries": manifest.libraries,
        "absent": manifest.absent,
        "folder": str(release.bundle.path),
    }
    if console.json:
        # a table has it in the reason
        console.document({**document, "loss": release.bundle.loss()})
    else:
        rows = [(key, _inline(value)) for key, value in document.items() if value]
        console.table(("WHAT", "VALUE"), rows)


def _print_served(
    console: Console, served: list[dict[str, Any]], name: str, version: str | None
) -> None:
    found = find_served(served, name, version)
    if console.json:
        console.document({"name": name, **found})
        return
    rows = [(key, _inline(value)) for key, value in found.items()]
    console.table(("WHAT", "VALUE"), [("name", name), *rows])


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_inline(inner)}" for key, inner in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)


def _shown(moment: dt.datetime) -> str:
    return moment.astimezone().isoformat(sep=" ", timespec="seconds")
