"""What a server says about its models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headway.serving.cache.decision import OFF, Caching
from headway.serving.execution import UNMEASURED, Execution

if TYPE_CHECKING:
    from headway.serving.release import LoadedRelease
    from headway.serving.service import LiveModel, PredictionService


class VersionDescription(msgspec.Struct, frozen=True):
    """One live version.

    Attributes:
        version: The registry's version, or `local`.
        variant: Its role.
        digest: Digest of the bundle.
        form: `lowered` or `native`.
        reason: Why it is served in this form.
        methods: What `?method=` may be.
        modules: The user's own modules that it ships.
        changes: What settings change of the registered output, one phrase each.
        lossy: Precision that it was made smaller to; empty for an exact form.
        execution: How requests reach the model, and why so.
        cache: Whether its answers are kept, and why so.
    """

    version: str
    variant: str
    digest: str
    form: str
    reason: str
    methods: tuple[str, ...]
    modules: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    lossy: str = ""
    execution: Execution = UNMEASURED
    cache: Caching = OFF


class ModelDescription(msgspec.Struct, frozen=True):
    """One model and its live versions.

    Attributes:
        name: Name of the model.
        version: The version that answers where none is named.
        versions: Every live version.
    """

    name: str
    version: str
    versions: tuple[VersionDescription, ...]


class ContractedModel(ModelDescription, frozen=True):
    """One model with the contract of the version that answers where none is named.

    Attributes:
        contract: The contract as JSON.
    """

    contract: Any


def describe_model(model: LiveModel) -> ModelDescription:
    """Describe a model without its contract."""
    versions = tuple(_describe_version(release) for release in model.versions.values())
    return ModelDescription(model.name, model.champion.version, versions)


def describe_contract(model: LiveModel) -> ContractedModel:
    """Describe a model with its contract."""
    plain = describe_model(model)
    contract = msgspec.to_builtins(model.champion.contract)
    return ContractedModel(plain.name, plain.version, plain.versions, contract)


def list_versions(service: PredictionService) -> dict[str, list[str]]:
    """Return the live versions by model."""
    return {model.name: list(model.versions) for model in service.models.values()}


def _describe_version(release: LoadedRelease) -> VersionDescription:
    return VersionDescription(
        version=release.version,
        variant=release.variant,
        digest=release.digest,
        form=release.form,
        reason=release.reason,
        methods=tuple(str(method) for method in release.contract.output.methods),
        modules=release.modules,
        changes=release.changes,
        lossy=release.lossy,
        execution=release.execution,
        cache=release.caching,
    )
