"""The use case `resolve`: from an address to a verified bundle on this machine."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from headway.bundle.bundle import is_bundle, read_bundle
from headway.contract.model import Output
from headway.core.dtypes import Task
from headway.registry.address import FolderAddress, RunAddress, check_name, parse_address
from headway.registry.trust import require_trust
from headway.releases.code import modules_of
from headway.releases.plain import PlainOrigin, bundle_from_plain
from headway.releases.source import LOCAL_VERSION, Sources, check_folder, is_plain_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.bundle.bundle import Bundle
    from headway.registry.cache import BundleCache
    from headway.registry.port import ModelFormat, ModelRegistry, ModelVersion
    from headway.releases.source import Source


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRelease:
    """What an address names now.

    Attributes:
        name: Name of the model.
        version: The registry's version, the id of a run, or `local` for a folder.
        bundle: Verified, on this machine.
        is_trusted: Whether code of it (pickle) may run.
        record: What the registry says of it; `None` for a folder or a run.
    """

    name: str
    version: str
    bundle: Bundle
    is_trusted: bool
    record: ModelVersion | None


class Resolver:
    """Resolves addresses.

    Args:
        registry: Makes the registry when one is needed; a folder needs none.
        model_format: Makes what reads plain MLflow models, when one is met.
        describe_output: Says what a fitted scikit-learn model answers.
        cache: Local copies.
        is_trusted_registry: Whether code from the registry may run.
    """

    def __init__(
        self,
        registry: Callable[[], ModelRegistry],
        model_format: Callable[[], ModelFormat],
        describe_output: Callable[[Any], Output],
        cache: BundleCache,
        *,
        is_trusted_registry: bool,
    ) -> None:
        self._sources = Sources(registry, is_trusted_registry=is_trusted_registry)
        self._model_format = model_format
        self._describe_output = describe_output
        self._cache = cache

    def resolve(self, text: str) -> ResolvedRelease:
        """Return the release that an address names now, fetched and verified.

        Raises:
            AddressError: The address cannot be read.
            ModelNotFoundError: There is no such folder, model, version or run.
            AliasNotFoundError: There is no such alias.
            BundleCorruptError: A file is not the one that was registered.
            ContractError: A plain MLflow model has no usable signature.
            TrustRefusedError: Reading a plain MLflow model would run code that is not trusted.
            RegistryUnavailableError: The registry does not answer.
        """
        address = parse_address(text)
        if isinstance(address, FolderAddress):
            return self._from_folder(address)
        if isinstance(address, RunAddress):
            with self._cache.scratch() as scratch:
                return self._kept(self._sources.copy(address, scratch), None)
        registry = self._sources.open_registry()
        version = registry.get(address)
        if version.digest is None:
            with self._cache.scratch() as scratch:
                source = self._sources.copy_version(registry, version, scratch)
                return self._kept(source, version)
        return ResolvedRelease(
            name=version.name,
            version=version.version,
            bundle=self._cache.fetch(
                version.digest, lambda folder: registry.download(version, folder)
            ),
            is_trusted=self._sources.is_trusted_registry,
            record=version,
        )

    def _from_folder(self, address: FolderAddress) -> ResolvedRelease:
        check_folder(address.path)
        if not is_bundle(address.path) and is_plain_model(address.path):
            with self._cache.scratch() as scratch:
                return self._kept(self._sources.copy(address, scratch), None)
        bundle = read_bundle(address.path)
        check_name(bundle.manifest.name)
        return ResolvedRelease(
            name=bundle.manifest.name,
            version=LOCAL_VERSION,
            bundle=bundle,
            is_trusted=True,  # naming a folder is trusting it
            record=None,
        )

    def _kept(self, source: Source, record: ModelVersion | None) -> ResolvedRelease:
        """Move copied files into the cache, with a bundle around a plain model."""
        is_release = is_bundle(source.folder)
        bundle = read_bundle(source.folder) if is_release else self._plain_bundle(source)
        check_name(source.name or bundle.manifest.name)  # it may become part of a path
        return ResolvedRelease(
            name=source.name or bundle.manifest.name,
            version=source.version,
            bundle=self._cache.add(bundle),
            is_trusted=source.is_trusted,
            record=record,
        )

    def _plain_bundle(self, source: Source) -> Bundle:
        model_format = self._model_format()
        description = model_format.describe(source.folder)
        output = Output(Task.OTHER)
        if description.flavor == "sklearn":
            require_trust(f"`{source.address}`", is_trusted=source.is_trusted)
            with modules_of(source.folder, description).importable():
                output = self._describe_output(model_format.load(source.folder))
        origin = PlainOrigin(
            name=source.name or source.title,
            label=source.label,
            created_at=source.created_at.isoformat(timespec="seconds"),
        )
        return bundle_from_plain(source.folder, description, output, origin)
