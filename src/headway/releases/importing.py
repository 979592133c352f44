"""The use case `import`: a release that was exported elsewhere becomes a version here."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from headway.bundle.manifest import Form
from headway.errors import ModelNotFoundError
from headway.registry.address import CHAMPION, check_alias, check_name
from headway.registry.port import VersionRecord
from headway.releases.aliasing import moved_from
from headway.releases.lineage import LOSSY_TAG, LOSSY_TAGS
from headway.releases.unpack import unpack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from headway.registry.cache import BundleCache
    from headway.registry.port import ModelRegistry, ModelVersion
    from headway.releases.unpack import Unpacked

IMPORTED_FROM_TAG = "headway.imported_from"
# Tags of ours that travel; a file that came from anybody brings no other
TRAVELLING_TAGS = frozenset(
    {
        "headway.adopted_from",
        "headway.adopted_run",
        "headway.git.dirty",
        "headway.model_class",
    }
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What is imported, and how.

    Attributes:
        path: The file or the folder.
        name: Name to register it under; `None` for the one that it had.
        alias: Alias to point to it, `None` for none.
        again: Whether it becomes another version where the same release is there already.
        dry_run: Whether nothing is changed.
    """

    path: Path
    name: str | None = None
    alias: str | None = None
    again: bool = False
    dry_run: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A release that is here now, or would be.

    Attributes:
        name: Name of the model.
        version: The registry's version; `None` where it would be a new one.
        aliases: Aliases that point to it, or would.
        moved: By alias, the version that it pointed to before, for one that was taken from another.
        digest: Digest of the bundle, the same as where it came from.
        form: `lowered` or `native`.
        source: Address that it had where it came from.
        source_aliases: Aliases that it had there.
        is_new: Whether it became a version, rather than being one already.
        runs_code: Whether serving it runs code (pickle) of the file: a native model, or validators.
    """

    name: str
    version: str | None
    aliases: tuple[str, ...]
    moved: Mapping[str, str]
    digest: str
    form: Form
    source: str
    source_aliases: tuple[str, ...]
    is_new: bool
    runs_code: bool


class Importer:
    """Imports releases.

    Args:
        registry: Where to.
        cache: Local copies.
    """

    def __init__(self, registry: ModelRegistry, cache: BundleCache) -> None:
        self._registry = registry
        self._cache = cache

    def import_(self, request: ImportRequest) -> Imported:
        """Verify an exported release and register it. No code of it runs.

        Raises:
            BundleCorruptError: It is no exported release, is damaged, or holds what does not belong.
            InputTooLargeError: It holds more than is allowed.
            AddressError: The name or the alias is not allowed.
            RegistryError: The registry refused; then it shows no version.
        """
        if request.alias is not None:
            check_alias(request.alias)
        if request.name is not None:
            check_name(request.name)
        with self._cache.scratch() as scratch:
            unpacked = unpack(request.path, scratch)
            name = check_name(request.name or unpacked.record.name)
            versions = self._versions(name)
            known = None if request.again else _same(versions, unpacked.bundle.digest)
            planned = _planned(name, unpacked, known, request.alias, is_first=not versions)
            if known is not None and request.alias in known.aliases:
                return planned
            moved = moved_from(self._registry, name, request.alias)
            planned = dataclasses.replace(planned, moved=moved)
            if request.dry_run:
                return planned
            if known is not None:
                if request.alias is not None:
                    self._registry.set_alias(name, request.alias, known.version)
                return planned
            version = self._registry.register(
                unpacked.bundle.path, name, _record_of(unpacked, request.alias)
            )
            self._cache.add(unpacked.bundle)
            return dataclasses.replace(planned, version=version.version, aliases=version.aliases)

    def _versions(self, name: str) -> list[ModelVersion]:
        try:
            return self._registry.versions(name)
        except ModelNotFoundError:
            return []


def _same(versions: list[ModelVersion], digest: str) -> ModelVersion | None:
    """Return the newest version that is the same release, or `None`."""
    return next((version for version in versions if version.digest == digest), None)


def _record_of(unpacked: Unpacked, alias: str | None) -> VersionRecord:
    record = unpacked.record
    tags = {
        key: value
        for key, value in record.tags.items()
        if key in TRAVELLING_TAGS or not key.lower().startswith("headway.")
    }
    # the bundle itself says whether it is lossy
    lossy = unpacked.bundle.manifest.execution.lossy
    if lossy:
        tags |= {key: record.tags[key] for key in LOSSY_TAGS if key in record.tags}
        tags[LOSSY_TAG] = lossy
    return VersionRecord(
        digest=record.digest,
        form=record.form,
        label=record.label,
        alias=alias,
        params=record.params,
        metrics=record.metrics,
        tags={**tags, IMPORTED_FROM_TAG: f"{record.name}:{record.version}"},
        attachments=unpacked.attachments,
    )


def _planned(
    name: str, unpacked: Unpacked, known: ModelVersion | None, alias: str | None, *, is_first: bool
) -> Imported:
    """Return what an import gives, as far as that is known before anything is changed."""
    aliases = set() if known is None else {*known.aliases}
    aliases |= {alias} if alias else set()
    aliases |= {CHAMPION} if is_first else set()
    record = unpacked.record
    has_validators = unpacked.bundle.contract.validator is not None
    return Imported(
        name=name,
        runs_code=record.form != "lowered" or has_validators,
        version=None if known is None else known.version,
        aliases=tuple(sorted(aliases)),
        moved={},
        digest=record.digest,
        form=record.form,
        source=f"{record.name}:{record.version}",
        source_aliases=record.aliases,
        is_new=known is None,
    )
