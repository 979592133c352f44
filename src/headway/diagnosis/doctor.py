"""The diagnosis: every check, in the order in which a person would look."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headway.config.paths import HomePaths
from headway.diagnosis.configuration import check_settings
from headway.diagnosis.finding import Finding, examined
from headway.diagnosis.installation import check_installation
from headway.diagnosis.machine import check_home, check_machine
from headway.diagnosis.network import check_client, check_ports
from headway.diagnosis.releases import check_release
from headway.diagnosis.speed import check_speed
from headway.diagnosis.storage import check_cache, check_registry
from headway.errors import TrustRefusedError
from headway.registry.address import CHAMPION
from headway.serving.planning import plan_of
from headway.wiring import load_release, make_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from headway.config.settings import Settings
    from headway.registry.port import ModelSummary
    from headway.releases.release import Progress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisRequest:
    """What is looked at.

    Attributes:
        addresses: Releases; the champion of every model of the registry where there are none.
        overrides: Settings that the command line gave.
        trust: Whether code (pickle) of a registry that is not trusted may run.
        directory: Where the search for `headway.toml` begins.
    """

    addresses: Sequence[str] = ()
    overrides: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    trust: bool = False
    directory: Path = dataclasses.field(default_factory=Path.cwd)


def diagnose(request: DiagnosisRequest, on_progress: Progress) -> list[Finding]:
    """Look at everything. Nothing is changed, and nothing is raised."""
    on_progress("looking at the installation")
    findings = examined("installation", check_installation)
    findings += examined("machine", check_machine)
    settings, found = check_settings(request.overrides, request.directory)
    findings += found
    findings += examined("home", lambda: check_home(settings.home))
    findings += examined("server", lambda: check_ports(settings.server))
    findings += examined("client.url", lambda: check_client(settings.client))
    on_progress("verifying the local copies")
    findings += examined("cache", lambda: check_cache(HomePaths(settings.home).bundles))
    on_progress("asking the registry")
    models, found = check_registry(settings, trust=request.trust)
    findings += found
    addresses = list(request.addresses)
    if not addresses:
        addresses = [model.name for model in models if CHAMPION in model.aliases]
        findings += [_without_champion(model) for model in models if CHAMPION not in model.aliases]
    for address in addresses:
        on_progress(f"loading {address}")
        findings += examined(address, lambda a=address: _look(a, settings, request))  # type: ignore[misc]
    return findings


def _look(address: str, settings: Settings, request: DiagnosisRequest) -> Iterator[Finding]:
    try:
        release = make_resolver(settings, trust=request.trust).resolve(address)
    except TrustRefusedError as error:
        yield Finding(address, "warning", error.message, error.hint)
        return
    known = f"{release.name}:{release.version}"
    yield from check_release(known, release.bundle)
    plan = plan_of([release], settings)
    yield from examined(f"{known} load", lambda: check_speed(known, lambda: load_release(plan)))


def _without_champion(model: ModelSummary) -> Finding:
    if model.latest_version is None:
        return Finding(
            model.name, "warning", "it has no version", "register one, or remove the name"
        )
    address = f"{model.name}:{model.latest_version}"
    hint = f"headway models alias {address} champion; or name one: headway doctor {address}"
    return Finding(model.name, "warning", "no version is the champion", hint)
