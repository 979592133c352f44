"""`headway config show`, `headway config path` and `headway config schema`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from headway.cli.invocation import Group, Invocation
from headway.config.load import DEFAULT, load_with_origins
from headway.config.paths import HomePaths, project_file
from headway.config.schema import settings_schema
from headway.core.urls import mask_document


@click.group(cls=Group)
def config() -> None:
    """Show the settings, and where they come from."""


@config.command()
@click.option("--origin", is_flag=True, help="Say where each value was written.")
@click.pass_obj
def show(invocation: Invocation, origin: bool) -> None:
    """Show every setting. Secrets are not shown, nor the password of a URL."""
    loaded = load_with_origins(invocation.overrides)
    document = mask_document(loaded.settings.model_dump(mode="json"))
    values = _flatten(document)
    console = invocation.console
    origins = {key: loaded.origins.get(key, DEFAULT).place for key in values}
    if console.json and origin:
        console.document(
            {key: {"value": value, "origin": origins[key]} for key, value in values.items()}
        )
    elif console.json:
        console.document(document)
    elif origin:
        rows = [(key, _shown(value), origins[key]) for key, value in values.items()]
        console.table(("SETTING", "VALUE", "ORIGIN"), rows)
    else:
        console.table(("SETTING", "VALUE"), [(key, _shown(value)) for key, value in values.items()])


@config.command()
@click.pass_obj
def path(invocation: Invocation) -> None:
    """Show the files that settings are read from, the first one first."""
    home = load_with_origins(invocation.overrides).settings.home
    project = project_file(Path.cwd())
    user = HomePaths(home).config_file
    console = invocation.console
    if console.json:
        console.document(
            {
                "home": str(home),
                "project": None if project is None else str(project),
                "user": str(user) if user.is_file() else None,
            }
        )
        return
    rows = [
        ("home", str(home)),
        ("project", str(project) if project else "none (headway.toml)"),
        ("user", str(user) if user.is_file() else f"none ({user})"),
    ]
    console.table(("WHAT", "PATH"), rows)


@config.command()
@click.pass_obj
def schema(invocation: Invocation) -> None:
    """Print the JSON Schema of headway.toml, for an editor to check the file with."""
    invocation.console.document(settings_schema())


def _flatten(document: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict) and value:
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _shown(value: Any) -> str:
    return "-" if value in (None, {}) else str(value)
