"""The use case `tag`: what people note about a version."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from headway.errors import ChangeRefusedError, ConfigError
from headway.registry.port import RESERVED_TAGS
from headway.releases.export import model_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.registry.port import ModelRegistry, ModelVersion

MAX_KEY_CHARACTERS = 250
MAX_VALUE_CHARACTERS = 5_000

# What every registry takes; a path such as `a/../b` is not taken
_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .-]*(/[A-Za-z0-9_][A-Za-z0-9_ .-]*)*")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TagChange:
    """What changes at a version.

    Attributes:
        version: The version as it was.
        changes: By key, the new value, `None` where the tag leaves; only what changes.
    """

    version: ModelVersion
    changes: Mapping[str, str | None]

    @property
    def undo(self) -> dict[str, str | None]:
        """The changes that bring back what was."""
        return {key: self.version.tags.get(key) for key in self.changes}


class Tagger:
    """Changes tags.

    Args:
        registry: Where.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry

    def tag(
        self, text: str, changes: Mapping[str, str | None], *, dry_run: bool = False
    ) -> TagChange:
        """Set tags of a version, and remove those whose value is `None`.

        Args:
            text: `NAME`, `NAME:7` or `NAME@alias`.
            changes: Value by key.
            dry_run: Whether nothing is changed.

        Raises:
            AddressError: The address is not that of a version.
            ConfigError: A key or a value is not allowed; every one is named.
            ChangeRefusedError: A key is one that Headway or MLflow keeps for itself.
            ModelNotFoundError: There is no such model or version.
            AliasNotFoundError: There is no such alias.
        """
        address = model_address(text)
        _check(changes)
        version = self._registry.get(address)
        change = TagChange(
            version=version,
            changes={k: v for k, v in changes.items() if version.tags.get(k) != v},
        )
        if change.changes and not dry_run:
            self._registry.tag(version, change.changes)
        return change


def _check(changes: Mapping[str, str | None]) -> None:
    if not changes:
        raise ConfigError("no tag is named", hint="write key=value, or `--remove key`")
    problems = [problem for key, value in changes.items() if (problem := tag_problem(key, value))]
    if problems:
        raise ConfigError("; ".join(problems), hint="for example: team=risk")
    reserved = [key for key in changes if key.lower().startswith(RESERVED_TAGS)]
    if reserved:
        raise ChangeRefusedError(
            f"the tag `{reserved[0]}` is not yours to change",
            hint=f"tags that begin with {' or '.join(RESERVED_TAGS)} tell where a version came from",
        )


def tag_problem(key: str, value: str | None) -> str | None:
    """Return why a registry may not take a tag, `None` where each does."""
    if len(key) > MAX_KEY_CHARACTERS:
        return (
            f"the tag `{key[:40]}...` has {len(key)} characters; allowed are {MAX_KEY_CHARACTERS}"
        )
    if not _KEY.fullmatch(key):
        return f"`{key}` cannot be the key of a tag: allowed are letters, digits, `_`, `.`, `-`, `/` and spaces"
    if value is not None and len(value) > MAX_VALUE_CHARACTERS:
        return (
            f"the tag `{key}` has {len(value):,} characters; allowed are {MAX_VALUE_CHARACTERS:,}"
        )
    return None
