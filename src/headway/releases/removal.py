"""The use case `rm`: versions leave the registry."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.errors import AddressError, ChangeRefusedError
from headway.registry.address import CHAMPION
from headway.releases.export import model_address

if TYPE_CHECKING:
    from headway.registry.port import ModelRegistry, ModelVersion


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What leaves the registry.

    Attributes:
        name: Name of the model.
        versions: Versions that leave, newest first.
        whole: Whether the name leaves with them.
    """

    name: str
    versions: tuple[ModelVersion, ...]
    whole: bool

    @property
    def aliases(self) -> tuple[str, ...]:
        """Aliases that point to nothing any more."""
        return tuple(sorted(alias for version in self.versions for alias in version.aliases))


class Remover:
    """Removes versions.

    Args:
        registry: Where from.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry

    def plan(self, text: str, *, whole: bool = False, force: bool = False) -> Removal:
        """Say what would leave. Nothing is changed.

        Args:
            text: `NAME:7` or `NAME@alias` for one version, `NAME` for all.
            whole: Whether all versions may leave.
            force: Whether the version that `champion` points to may.

        Raises:
            AddressError: The address is no version, or it names a model and `whole` is false.
            ModelNotFoundError: There is no such model or version.
            AliasNotFoundError: There is no such alias.
            ChangeRefusedError: It is the champion, and `force` is false.
        """
        address = model_address(text)
        is_name = text in {address.name, f"models:/{address.name}"}
        if whole != is_name:
            raise AddressError(
                f"`{text}` names {'a model and not one version' if is_name else 'one version'}",
                hint=f"give `--all` to remove every version, or name one: {address.name}:1"
                if is_name
                else f"`--all` goes with the name alone: headway models rm {address.name} --all",
            )
        if whole:
            versions = self._registry.versions(address.name)
            return Removal(name=address.name, versions=tuple(versions), whole=True)
        version = self._registry.get(address)
        if CHAMPION in version.aliases and not force:
            raise ChangeRefusedError(
                f"`{version.address}` is the champion of `{version.name}`: it is what "
                f"`{version.name}` means",
                hint=self._how_to_go_on(version),
            )
        return Removal(name=version.name, versions=(version,), whole=False)

    def _how_to_go_on(self, champion: ModelVersion) -> str:
        """Return what to do instead of removing a champion."""
        others = [
            version.address
            for version in self._registry.versions(champion.name)
            if version.digest is not None and version.version != champion.version
        ]
        if not others:
            return "it is the only release of this name: give `--force`"
        return (
            f"point `champion` to another version first: headway models alias {others[0]} "
            f"{CHAMPION}; or give `--force`"
        )

    def remove(self, removal: Removal) -> None:
        """Do what `plan` said.

        Raises:
            ModelNotFoundError: It left meanwhile.
        """
        if removal.whole:
            self._registry.remove_model(removal.name)
            return
        for version in removal.versions:
            self._registry.remove(version)
