"""Puts a bundle into the registry, with what a user of MLflow would log beside it."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from headway.registry.port import VersionRecord
from headway.releases.aliasing import moved_from
from headway.releases.calibration import calibration_path
from headway.releases.evaluation import evaluation_path
from headway.releases.release import Release

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from headway.registry.cache import BundleCache
    from headway.registry.port import ModelRegistry
    from headway.releases.build import BuiltRelease
    from headway.releases.release import Progress, RowsPolicy


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is said about a bundle when it is published.

    Attributes:
        alias: Alias to set, `None` for none.
        params: Parameters to log.
        tags: Tags of the version.
        policy: `none` keeps no row.
    """

    alias: str | None
    params: Mapping[str, Any]
    tags: Mapping[str, str]
    policy: RowsPolicy


class Publisher:
    """Registers bundles, and keeps them in the local cache, so that serving them fetches nothing.

    Args:
        registry: Where to.
        cache: Local copies; the bundle was built in a scratch folder of it.
    """

    def __init__(self, registry: ModelRegistry, cache: BundleCache) -> None:
        self._registry = registry
        self._cache = cache

    def scratch(self) -> AbstractContextManager[Path]:
        """Give an empty folder to build a bundle in; what is left of it is removed."""
        return self._cache.scratch()

    def publish(self, built: BuiltRelease, said: Publication, on_progress: Progress) -> Release:
        """Register a bundle as the next version of its name.

        Raises:
            RegistryError: The registry refused; then it shows no version.
        """
        bundle, evaluation = built.bundle, built.evaluation
        execution, contract = bundle.manifest.execution, bundle.contract
        attachments = {}
        if evaluation is not None and said.policy == "keep":
            attachments[evaluation_path(bundle.digest)] = evaluation.rows.to_json()
        if built.calibration is not None:
            attachments[calibration_path(bundle.digest)] = built.calibration.to_json()
        metrics = {} if evaluation is None else evaluation.metrics
        on_progress("storing it in the registry")
        moved = moved_from(self._registry, bundle.manifest.name, said.alias)
        version = self._registry.register(
            bundle.path,
            bundle.manifest.name,
            VersionRecord(
                digest=bundle.digest,
                form=execution.form,
                label=bundle.manifest.label,
                alias=said.alias,
                params={
                    "training_rows": contract.n_training_rows,
                    "features": len(contract.features),
                    **said.params,
                },
                metrics=metrics,
                tags=said.tags,
                attachments=attachments,
            ),
        )
        with contextlib.suppress(
            OSError
        ):  # it is registered; a full disk here only costs a download
            self._cache.add(bundle)
        return Release(
            name=version.name,
            version=version.version,
            aliases=version.aliases,
            digest=bundle.digest,
            form=execution.form,
            reason=execution.reason,
            contract=contract,
            metrics=metrics,
            notes=built.notes,
            absent=bundle.manifest.absent,
            modules=bundle.modules,
            moved=moved,
        )
