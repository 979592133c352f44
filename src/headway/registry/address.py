"""Reads model addresses: how people name a release.

Invariant: `parse_address(str(address)) == address`.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from typing_extensions import override

from headway.errors import AddressError

CHAMPION = "champion"
ALLOWED = (
    "allowed: NAME (its champion), NAME:7, NAME@alias, models:/NAME/7, models:/NAME@alias, "
    "runs:/ID/path, or a folder that starts with ./ or /"
)

_MAX_NAME_LENGTH = 250
_NAME = re.compile(r"[^/\\:@~\x00-\x1f\x7f]+")
_VERSION = re.compile(r"[1-9][0-9]{0,17}")
_ALIAS = re.compile(r"[A-Za-z0-9_-]{1,250}")
# MLflow keeps these for itself, and a number looks like a version
_RESERVED_ALIAS = re.compile(r"latest|v?[0-9]+", re.IGNORECASE)
_RUN = re.compile(r"[A-Za-z0-9_-]+")
_FOLDER_PREFIXES = ("./", "../", "/")


@dataclasses.dataclass(frozen=True, slots=True)
class VersionAddress:
    """One version of a registered model."""

    name: str
    version: str

    @override
    def __str__(self) -> str:
        return f"{self.name}:{self.version}"


@dataclasses.dataclass(frozen=True, slots=True)
class AliasAddress:
    """The version that an alias of a registered model points to; `champion` unless one is named."""

    name: str
    alias: str = CHAMPION

    @override
    def __str__(self) -> str:
        return f"{self.name}@{self.alias}"


@dataclasses.dataclass(frozen=True, slots=True)
class RunAddress:
    """A model among the artifacts of a run."""

    run_id: str
    path: str

    @override
    def __str__(self) -> str:
        return f"runs:/{self.run_id}/{self.path}"


@dataclasses.dataclass(frozen=True, slots=True)
class FolderAddress:
    """A folder on this machine."""

    path: Path

    @override
    def __str__(self) -> str:
        text = self.path.as_posix()
        return text if text.startswith(_FOLDER_PREFIXES) else f"./{text}"


ModelAddress = VersionAddress | AliasAddress
Address = ModelAddress | RunAddress | FolderAddress


def parse_address(text: str) -> Address:
    """Read a model address. Nothing is looked up.

    Raises:
        AddressError: The text is none of the allowed forms. The message says what is wrong with it.

    Examples:
        >>> parse_address("credit:7")
        VersionAddress(name='credit', version='7')
        >>> parse_address("credit")
        AliasAddress(name='credit', alias='champion')
    """
    if text in {".", ".."} or text.startswith(_FOLDER_PREFIXES):
        return FolderAddress(Path(text))
    if text.startswith("runs:/"):
        return _parse_run(text)
    if text.startswith("models:/"):
        return _parse_model(text, text.removeprefix("models:/"), separator="/")
    return _parse_model(text, text, separator=":")


def check_name(name: str) -> str:
    """Return the name where a model may be registered under it.

    A name becomes part of URLs, metric labels and file names, so it is held to what all three take.

    Raises:
        AddressError: It may not.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", name):
        raise AddressError(
            f"`{name}` cannot be the name of a model",
            hint="a name has letters, digits, `.`, `_` and `-`, starts with a letter or digit, and "
            "has at most 128 characters",
        )
    return name


def check_alias(alias: str) -> str:
    """Return the alias where a version may have it.

    Raises:
        AddressError: It may not.
    """
    if not _ALIAS.fullmatch(alias) or _RESERVED_ALIAS.fullmatch(alias):
        raise AddressError(
            f"`{alias}` cannot be an alias",
            hint="an alias has letters, digits, `_` and `-`; `latest`, `v1` and `1` are reserved",
        )
    return alias


def _parse_model(text: str, rest: str, *, separator: str) -> ModelAddress:
    name, mark, alias = rest.partition("@")
    if mark:
        return AliasAddress(_name(text, name), _alias(text, alias))
    name, mark, version = rest.partition(separator)
    if mark:
        return VersionAddress(_name(text, name), _version(text, version))
    return AliasAddress(_name(text, name))


def _parse_run(text: str) -> RunAddress:
    run_id, _, path = text.removeprefix("runs:/").partition("/")
    path = path.strip("/")
    if not _RUN.fullmatch(run_id) or not path or ".." in path.split("/"):
        raise _error(text, "after `runs:/` come the id of a run and the path of its model")
    return RunAddress(run_id, path)


def _name(text: str, name: str) -> str:
    if not _NAME.fullmatch(name) or len(name) > _MAX_NAME_LENGTH or name != name.strip():
        reason = f"`{name}` is not a name" if name else "the name is empty"
        if "/" in name and not text.startswith("models:/"):
            raise AddressError(
                f"`{text}` is not a model address: {reason}",
                hint=f"if it is a folder, write `./{text}`; {ALLOWED}",
            )
        raise _error(text, reason)
    return name


def _alias(text: str, alias: str) -> str:
    if "~" in alias:
        raise _error(text, "the history of an alias (`~1`) is not kept yet; name a version")
    if not _ALIAS.fullmatch(alias) or _RESERVED_ALIAS.fullmatch(alias):
        raise _error(text, f"`{alias}` is not an alias" if alias else "the alias is empty")
    return alias


def _version(text: str, version: str) -> str:
    if not _VERSION.fullmatch(version):
        raise _error(text, f"a version is a number, not `{version}`")
    return version


def _error(text: str, reason: str) -> AddressError:
    return AddressError(f"`{text}` is not a model address: {reason}", hint=ALLOWED)
