"""Looking at what there is: the registry, one release, two of them, this installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway import wiring
from headway.config.load import load_settings
from headway.diagnosis.doctor import DiagnosisRequest, diagnose
from headway.releases.compare import compare
from headway.releases.register import ignore_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.config.settings import Settings
    from headway.diagnosis.finding import Finding
    from headway.registry.port import ModelSummary, ModelVersion
    from headway.releases.compare import Comparison
    from headway.releases.forms import ReleaseForms
    from headway.releases.release import Progress
    from headway.releases.resolve import ResolvedRelease


def models(settings: Settings | None = None) -> list[ModelSummary]:
    """Return every registered model, by name.

    Raises:
        RegistryUnavailableError: The registry does not answer.
    """
    return wiring.open_registry(settings or load_settings()).models()


def versions(name: str, settings: Settings | None = None) -> list[ModelVersion]:
    """Return every version of a model, newest first.

    Raises:
        ModelNotFoundError: There is no such model.
        RegistryUnavailableError: The registry does not answer.
    """
    return wiring.open_registry(settings or load_settings()).versions(name)


def resolve(
    address: str, *, trust: bool = False, settings: Settings | None = None
) -> ResolvedRelease:
    """Return what an address names now: its verified bundle, and what the registry says of it.

    Args:
        address: As `load`.
        trust: As `load`.
        settings: As `load`.

    Raises:
        HeadwayError: `headway.releases.resolve.Resolver.resolve` names each kind.
    """
    return wiring.make_resolver(settings or load_settings(), trust=trust).resolve(address)


def forms(
    address: str,
    *,
    trust: bool = False,
    settings: Settings | None = None,
    on_progress: Progress = ignore_progress,
) -> ReleaseForms:
    """Tell in which forms a release can run, what each costs here, and what was compared.

    Args:
        address: As `load`.
        trust: As `load`; the native form is measured only where code may run.
        settings: As `load`.
        on_progress: Is told each measurement before it begins.

    Raises:
        HeadwayError: `headway.releases.resolve.Resolver.resolve` names each kind.
    """
    reporter = wiring.make_forms_reporter(settings or load_settings(), trust=trust)
    return reporter.report(address, on_progress)


def diff(
    old: str, new: str, *, trust: bool = False, settings: Settings | None = None
) -> Comparison:
    """Compare two releases: what the new one does to clients of the old one, and both side by side.

    Args:
        old: Address of the release that clients know; as `load`.
        new: Address of the release that would follow it.
        trust: As `load`.
        settings: As `load`.

    Raises:
        HeadwayError: `headway.releases.resolve.Resolver.resolve` names each kind.
    """
    resolver = wiring.make_resolver(settings or load_settings(), trust=trust)
    return compare(resolver.resolve(old), resolver.resolve(new))


def doctor(
    *addresses: str,
    trust: bool = False,
    overrides: Mapping[str, Any] | None = None,
    on_progress: Progress = ignore_progress,
) -> list[Finding]:
    """Say what is wrong with this installation, and what is slow. Nothing is raised.

    Arguments are those of `headway.diagnosis.doctor.DiagnosisRequest`.
    """
    request = DiagnosisRequest(addresses=addresses, overrides=overrides or {}, trust=trust)
    return diagnose(request, on_progress)
