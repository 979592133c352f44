"""The use case `alias`: an alias points to another version of its model."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.errors import AliasNotFoundError, ModelNotFoundError
from headway.registry.address import AliasAddress, check_alias
from headway.releases.export import model_address

if TYPE_CHECKING:
    from headway.registry.port import ModelRegistry


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AliasChange:
    """Where an alias points to, and where it did.

    Attributes:
        name: Name of the model.
        alias: The alias.
        version: Version that it points to, or would.
        before: Version that it pointed to; `None` where it is new.
    """

    name: str
    alias: str
    version: str
    before: str | None


class Aliaser:
    """Points aliases to versions.

    Args:
        registry: Where.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry

    def point(self, text: str, alias: str, *, dry_run: bool = False) -> AliasChange:
        """Point an alias to a version, whether it exists or not.

        Args:
            text: `NAME:7`, or `NAME@alias` for the version that another alias points to.
            alias: The alias.
            dry_run: Whether nothing is changed.

        Raises:
            AddressError: The address is not that of a version, or the alias is not allowed.
            ModelNotFoundError: There is no such model or version.
            AliasNotFoundError: The address names an alias that is not there.
        """
        address = model_address(text)
        check_alias(alias)
        version = self._registry.get(address)
        before = version_of(self._registry, version.name, alias)
        if before != version.version and not dry_run:
            self._registry.set_alias(version.name, alias, version.version)
        return AliasChange(name=version.name, alias=alias, version=version.version, before=before)


def version_of(registry: ModelRegistry, name: str, alias: str) -> str | None:
    """Return the version that an alias points to, `None` where it points to none."""
    try:
        return registry.get(AliasAddress(name, alias)).version
    except (ModelNotFoundError, AliasNotFoundError):
        return None


def moved_from(registry: ModelRegistry, name: str, alias: str | None) -> dict[str, str]:
    """Return, by alias, the version that a new version takes it from; nothing where it takes none."""
    before = None if alias is None else version_of(registry, name, alias)
    return {} if alias is None or before is None else {alias: before}
