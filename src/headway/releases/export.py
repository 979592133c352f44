"""The use case `export`: a release of the registry becomes one file that can be carried elsewhere."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.core.hashing import sha256_of_bytes, sha256_of_file
from headway.errors import AddressError
from headway.registry.address import AliasAddress, VersionAddress, parse_address
from headway.releases.archive import ArchiveRecord, write_archive
from headway.releases.kept_rows import attachment_paths

if TYPE_CHECKING:
    from pathlib import Path

    from headway.registry.address import ModelAddress
    from headway.registry.cache import BundleCache
    from headway.registry.port import ModelRegistry


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A release that was written.

    Attributes:
        name: Name of the model.
        version: The registry's version.
        digest: Digest of the bundle.
        path: The file or the folder.
        size_bytes: Size of the bundle's files and the file itself, as they lie on disk.
        sha256: Of the file; `None` for a folder.
    """

    name: str
    version: str
    digest: str
    path: Path
    size_bytes: int
    sha256: str | None


class Exporter:
    """Exports releases.

    Args:
        registry: Where from.
        cache: Local copies.
    """

    def __init__(self, registry: ModelRegistry, cache: BundleCache) -> None:
        self._registry = registry
        self._cache = cache

    def export(self, text: str, target: Path) -> Exported:
        """Write the release that an address names now, with what the registry says of it.

        Args:
            text: `NAME`, `NAME:7` or `NAME@alias`.
            target: `*.tar.gz` for one file, anything else for a folder; nothing may be there.

        Raises:
            AddressError: The address is not that of a version, or the version is no release.
            ModelNotFoundError: There is no such model or version.
            AliasNotFoundError: There is no such alias.
            BundleCorruptError: A file is not the one that was registered.
            ChangeRefusedError: There is something at `target` already.
            ConfigError: It cannot be written there.
        """
        version = self._registry.get(model_address(text))
        if version.digest is None:
            raise AddressError(
                f"`{version.address}` is a plain MLflow model and no release",
                hint=f"make one of it: headway adopt models:/{version.name}/{version.version} --data FILE",
            )
        bundle = self._cache.fetch(
            version.digest, lambda folder: self._registry.download(version, folder)
        )
        kept = self._registry.record(version, attachment_paths(bundle.digest))
        record = ArchiveRecord(
            name=version.name,
            version=version.version,
            digest=bundle.digest,
            form=bundle.manifest.execution.form,
            label=kept.label,
            registered_at=version.created_at.isoformat(),
            params={name: str(value) for name, value in kept.params.items()},
            metrics=dict(kept.metrics),
            tags=dict(kept.tags),
            aliases=version.aliases,
            attachments={name: sha256_of_bytes(data) for name, data in kept.attachments.items()},
        )
        write_archive(target, record, bundle, kept.attachments)
        is_file = target.is_file()
        files = [target] if is_file else [file for file in target.rglob("*") if file.is_file()]
        return Exported(
            name=version.name,
            version=version.version,
            digest=bundle.digest,
            path=target,
            size_bytes=sum(file.stat().st_size for file in files),
            sha256=sha256_of_file(target) if is_file else None,
        )


def model_address(text: str) -> ModelAddress:
    """Read the address of a version in the registry.

    Raises:
        AddressError: It is none, or that of a folder or a run.
    """
    address = parse_address(text)
    if isinstance(address, VersionAddress | AliasAddress):
        return address
    raise AddressError(
        f"`{text}` is no version of the registry", hint="give NAME, NAME:7 or NAME@alias"
    )
