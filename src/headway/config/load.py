"""Builds `Settings` from every source, or says all that is wrong with them at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

from headway.config.paths import DEFAULT_HOME
from headway.config.settings import Settings
from headway.config.sources import (
    HINT,
    Origin,
    Sourced,
    Tree,
    home_in,
    leaves,
    plain,
    read_sources,
    secret_in_file,
    variable_name,
)
from headway.config.unknown import unknown_setting
from headway.core.urls import mask_passwords
from headway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

DEFAULT = Origin("default", "default")
_NO_TABLE = frozenset({"model_type", "model_attributes_type", "dict_type"})


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, and where they came from.

    Attributes:
        settings: The settings.
        origins: By dotted key, the place of each value that is not a default.
    """

    settings: Settings
    origins: Mapping[str, Origin]


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    *,
    directory: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings of this process.

    The order of the sources is in `headway.config.sources.read_sources`.

    Args:
        overrides: Nested settings that stand over everything else; `None` values are not given.
        directory: Where the search for `headway.toml` begins; the current folder by default.
        environ: The environment; the process's own by default.

    Raises:
        ConfigError: A file cannot be read, a key is unknown, or a value is not allowed. Every
            problem is named with its place and, for an unknown key, with the nearest known one.
    """
    return load_with_origins(overrides, directory=directory, environ=environ).settings


def default_settings(
    overrides: Mapping[str, Any] | None = None, *, environ: Mapping[str, str] | None = None
) -> Settings:
    """Return the defaults with the home folder alone, for what goes on where the settings are broken.

    Args:
        overrides: As `load_settings`; only `home` counts.
        environ: As `load_settings`; only `HEADWAY_HOME` counts.
    """
    home = (overrides or {}).get("home") or home_in(environ) or DEFAULT_HOME
    return Settings(home=Path(home))


def with_overrides(settings: Settings, overrides: Mapping[str, Mapping[str, Any]]) -> Settings:
    """Return settings with other values in some sections.

    Args:
        settings: As they are.
        overrides: By section and key; `None` values are not given.

    Raises:
        ConfigError: A value is not allowed, or a key is unknown.
    """
    values = {name: dict(getattr(settings, name)) for name in overrides}
    for name, section in overrides.items():
        values[name] |= {key: value for key, value in section.items() if value is not None}
    try:
        return Settings.model_validate({**dict(settings), **values})
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, details['loc']))}: {details['msg']}"
            for details in error.errors(include_url=False)
        ]
        raise ConfigError("; ".join(problems), hint=HINT) from error


def load_with_origins(
    overrides: Mapping[str, Any] | None = None,
    *,
    directory: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> LoadedSettings:
    """Read the settings and keep where each value came from; arguments as `load_settings`."""
    tree = read_sources(overrides or {}, directory or Path.cwd(), environ)
    values = leaves(tree)
    problems = [
        secret_in_file(path, value.origin)
        for path, value in values.items()
        if value.origin.kind == "file" and _is_secret(path)
    ]
    try:
        settings = Settings.model_validate(plain(tree))
    except ValidationError as error:
        problems += [_describe(details, tree) for details in error.errors(include_url=False)]
    else:
        if not problems:
            origins = {".".join(path): value.origin for path, value in values.items()}
            return LoadedSettings(settings, origins)
    if len(problems) == 1:
        raise ConfigError(problems[0], hint=HINT)
    raise ConfigError("\n  ".join([f"{len(problems)} settings are wrong:", *problems]), hint=HINT)


def _describe(details: ErrorDetails, tree: Tree) -> str:
    path = tuple(str(part) for part in details["loc"])
    found = _sourced_at(tree, path)
    if details["type"] == "extra_forbidden":
        section = _section_at(path[:-1])
        known = list(section.model_fields) if section else []
        return unknown_setting(path, found.origin, known, _variables(Settings))
    place = found.origin.describe(path)
    message = details["msg"].replace("Input should be", "should be", 1)
    if details["type"] in _NO_TABLE:
        message = "should be a table"
    if _is_secret(path):
        is_empty = details["type"] == "too_short"
        return f"{place}: {'is empty; a secret has characters' if is_empty else message}"
    shown = "" if isinstance(found.value, dict) else f", not {mask_passwords(repr(found.value))}"
    return f"{place}: {message}{shown}"


def _variables(section: type[BaseModel], path: tuple[str, ...] = ()) -> list[str]:
    """Return the variables of the settings that are one value each; names of models are not known."""
    found: list[str] = []
    for name, field in section.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += _variables(inner, (*path, name))
        elif get_origin(inner) is not dict:
            found.append(variable_name((*path, name)))
    return found


def _sourced_at(tree: Tree, path: tuple[str, ...]) -> Sourced:
    """Return the value at `path`, or the first one below the deepest table on the way to it."""
    node: Tree | Sourced = tree
    for part in path:
        if isinstance(node, Sourced) or part not in node:
            break
        node = node[part]
    if isinstance(node, Sourced):
        return node
    below = list(leaves(node).values())
    return Sourced(plain(node), below[0].origin if below else DEFAULT)


def _is_secret(path: tuple[str, ...]) -> bool:
    section = _section_at(path[:-1])
    field = section.model_fields.get(path[-1]) if section else None
    return field is not None and SecretStr in get_args(field.annotation)


def _section_at(path: tuple[str, ...]) -> type[BaseModel] | None:
    """Return the model of the table at `path`, or `None` where there is no such table."""
    section: Any = Settings
    for part in path:
        if get_origin(section) is dict:
            section = get_args(section)[1]
        else:
            field = getattr(section, "model_fields", {}).get(part)
            section = None if field is None else field.annotation
    return section if isinstance(section, type) and issubclass(section, BaseModel) else None
