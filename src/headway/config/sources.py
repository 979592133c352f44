"""Reads the places that settings come from, and lays them over each other.

Nothing is known here of which settings exist, and pydantic is not imported: `headway.config.load`
checks the result, and `headway.config.endpoint` takes two values from it in a few milliseconds.

Invariant: every value keeps its origin.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from headway.config.paths import DEFAULT_HOME, HomePaths, expanded, project_file
from headway.config.toml_lines import line_in
from headway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

PREFIX = "HEADWAY_"
HINT = "`headway config schema` and docs/reference/settings.md have every setting"
FILE_SUFFIX = "_FILE"
MLFLOW_URI = "MLFLOW_TRACKING_URI"

# Kubernetes sets these in every pod that lives beside a Service called `headway...`.
_SERVICE_LINK = re.compile(
    r"HEADWAY_([A-Z0-9]+_)*(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?)"
)
_SERVICE_URL = re.compile(r"(tcp|udp|sctp)://")


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """Where one value was written.

    Attributes:
        kind: What sort of place it is.
        place: The variable, the file, or `command line`.
    """

    kind: Literal["override", "environment", "secret file", "file", "default"]
    place: str

    def describe(self, path: Sequence[str]) -> str:
        """Name the setting at `path` as it was written at this place, in a file with its line."""
        key = ".".join(path)
        if self.kind == "file":
            line = line_in(Path(self.place), path)
            return f"{self.place}:{line}:{key}" if line else f"{self.place}:{key}"
        return f"{self.place}:{key}" if self.kind == "override" else self.place


@dataclasses.dataclass(frozen=True, slots=True)
class Sourced:
    """A value and its origin."""

    value: Any
    origin: Origin


Tree: TypeAlias = "dict[str, Tree | Sourced]"


def read_sources(
    overrides: Mapping[str, Any], directory: Path, environ: Mapping[str, str] | None = None
) -> Tree:
    """Read every source and lay the higher over the lower.

    The order, highest first: `overrides`, `HEADWAY_SECTION__KEY`, secret files named by
    `HEADWAY_SECTION__KEY_FILE`, the project's `headway.toml`, the user's `config.toml`,
    `MLFLOW_TRACKING_URI` for the registry, and the default of `home`.

    Args:
        overrides: Nested settings that the command line or the caller gave; `None` means not given.
        directory: Where the search for `headway.toml` begins.
        environ: The environment; the process's own where it is `None`.

    Raises:
        ConfigError: A file cannot be read, or is no TOML.
    """
    environ = os.environ if environ is None else environ
    project = project_file(directory)
    above = [
        {} if project is None else _read_toml(project),
        _environment(_variables(environ, secret_files=True)),
        _environment(_variables(environ, secret_files=False)),
        _tag(_without_none(overrides), Origin("override", "command line")),
    ]
    default_home: Tree = {
        "home": Sourced(DEFAULT_HOME, Origin("default", "default")),
    }
    home = merge([default_home, *above])["home"]
    user = {}
    if isinstance(home, Sourced) and isinstance(home.value, str | Path):
        file = HomePaths(expanded(Path(home.value))).config_file
        user = _read_toml(file) if file.is_file() else {}
    return merge([default_home, _mlflow(environ), user, *above])


def home_in(environ: Mapping[str, str] | None = None) -> str | None:
    """Return what the environment alone says about the home folder.

    Args:
        environ: The environment; the process's own where it is `None`.
    """
    return (os.environ if environ is None else environ).get(variable_name(("home",))) or None


def merge(trees: Iterable[Tree]) -> Tree:
    """Lay trees over each other, the last on top; tables are joined key by key."""
    merged: Tree = {}
    for tree in trees:
        for key, value in tree.items():
            below = merged.get(key)
            both_tables = isinstance(below, dict) and isinstance(value, dict)
            merged[key] = merge([below, value]) if both_tables else value  # type: ignore[list-item]
    return merged


def plain(tree: Tree) -> dict[str, Any]:
    """Return the values without their origins."""
    return {
        key: plain(value) if isinstance(value, dict) else value.value for key, value in tree.items()
    }


def leaves(tree: Tree, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Sourced]:
    """Return every value by its path."""
    found: dict[tuple[str, ...], Sourced] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            found |= leaves(value, (*path, key))
        else:
            found[(*path, key)] = value
    return found


def variable_name(path: tuple[str, ...]) -> str:
    """Return the environment variable of the setting at `path`.

    Examples:
        >>> variable_name(("server", "port"))
        'HEADWAY_SERVER__PORT'
    """
    return PREFIX + "__".join(path).upper()


def secret_in_file(path: tuple[str, ...], origin: Origin) -> str:
    """Say that the secret at `path` was written into a file that others may read."""
    name = variable_name(path)
    return (
        f"{origin.describe(path)}: a secret does not belong into a file of settings; "
        f"set {name} or {name}{FILE_SUFFIX}"
    )


def _mlflow(environ: Mapping[str, str]) -> Tree:
    uri = environ.get(MLFLOW_URI)
    if not uri:
        return {}
    return {"registry": {"uri": Sourced(uri, Origin("environment", MLFLOW_URI))}}


def _variables(environ: Mapping[str, str], *, secret_files: bool) -> dict[str, str]:
    """Return our variables, either those that hold values or those that name files."""
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(PREFIX)
        and ("__" in name and name.endswith(FILE_SUFFIX)) == secret_files
        and not _is_service_link(name, value)
    }


def _is_service_link(name: str, value: str) -> bool:
    if "__" in name:
        return False
    return bool(_SERVICE_LINK.fullmatch(name) or _SERVICE_URL.match(value))


def _environment(variables: Mapping[str, str]) -> Tree:
    # longest first, so that a table given whole lies over single keys of it and is reported
    return merge(_variable(name, variables[name]) for name in sorted(variables, reverse=True))


def _variable(name: str, value: str) -> Tree:
    key = name.removeprefix(PREFIX)
    if "__" in name and name.endswith(FILE_SUFFIX):
        key, value = key.removesuffix(FILE_SUFFIX), _read_secret(name, Path(value))
        node: Tree | Sourced = Sourced(value, Origin("secret file", name))
    else:
        node = _tag_value(_json_or_text(value), Origin("environment", name))
    for part in reversed(key.lower().split("__")):
        node = {part: node}
    return node if isinstance(node, dict) else {}


def _json_or_text(value: str) -> Any:
    if value[:1] not in {"{", "["}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _read_secret(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{name}: `{file}` cannot be read", hint="give the path of a text file"
        ) from error


def _read_toml(file: Path) -> Tree:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file}: cannot be read: {error}", hint="save it as text in UTF-8"
        ) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = found[1] if found else len(text.splitlines())  # "at end of document"
        raise ConfigError(f"{file}:{line}: not TOML: {error}", hint=HINT) from error
    tree = _tag(document, Origin("file", str(file)))
    home = tree.get("home")
    if isinstance(home, Sourced) and isinstance(home.value, str):
        # a relative folder in a file is relative to that file, wherever the command runs
        tree["home"] = dataclasses.replace(
            home, value=str(file.parent / expanded(Path(home.value)))
        )
    return tree


def _without_none(overrides: Mapping[str, Any]) -> dict[str, Any]:
    given = {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in overrides.items()
    }
    # an empty table would stand over what another source wrote in its place
    return {key: value for key, value in given.items() if value is not None and value != {}}


def _tag(document: Mapping[str, Any], origin: Origin) -> Tree:
    return {key: _tag_value(value, origin) for key, value in document.items()}


def _tag_value(value: Any, origin: Origin) -> Tree | Sourced:
    return _tag(value, origin) if isinstance(value, dict) else Sourced(value, origin)
