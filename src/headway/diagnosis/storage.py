"""Whether the registry answers, and whether the local copies of its releases are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.bundle.bundle import read_bundle
from headway.config.paths import HomePaths
from headway.core.hashing import is_digest
from headway.diagnosis.finding import Finding, counted
from headway.diagnosis.machine import in_gb
from headway.errors import BundleCorruptError, HeadwayError, MissingExtraError
from headway.registry.reason import described
from headway.wiring import EMBEDDED_REGISTRY, is_trusted_registry, open_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from headway.config.settings import Settings
    from headway.registry.port import ModelSummary


def check_registry(
    settings: Settings, *, trust: bool
) -> tuple[Sequence[ModelSummary], list[Finding]]:
    """Ask the registry for its models. One that does not exist yet is not made.

    Args:
        settings: Name it.
        trust: Whether the user trusts whatever registry it is.
    """
    home = HomePaths(settings.home)
    if settings.registry.uri == EMBEDDED_REGISTRY and not home.registry_database.exists():
        return [], [Finding("registry", "ok", "none yet: the first registration makes it")]
    try:
        registry = open_registry(settings)
        models = registry.models()
    except MissingExtraError as error:
        shown = "not asked: releases in folders can be served without it"
        return [], [Finding("registry", "warning", shown, error.hint)]
    except HeadwayError as error:
        return [], [Finding("registry", "failed", error.message, error.hint)]
    except Exception as error:  # noqa: BLE001 - a diagnosis goes on whatever it meets
        return [], [Finding("registry", "failed", f"asking it raised {described(error)}")]
    place = "below the home folder" if settings.registry.uri == EMBEDDED_REGISTRY else "answers"
    trusted = is_trusted_registry(settings, trust=trust)
    told = f"{place}, {counted(len(models), 'model')}, code of it {'may' if trusted else 'may not'} run here"
    return models, [Finding("registry", "ok", told)]


def check_cache(folder: Path) -> Iterator[Finding]:
    """Verify every copy of the bundle cache, file by file. Nothing is removed."""
    copies = sorted(path for path in folder.glob("*") if is_digest(path.name))
    damaged = [path.name[:12] for path in copies if not _is_whole(path)]
    size_bytes = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    shown = f"{counted(len(copies), 'release')}, {in_gb(size_bytes)}"
    if damaged:
        shown += f", damaged: {', '.join(damaged)}"
        yield Finding("cache", "warning", shown, "they are fetched again when they are needed")
    else:
        yield Finding("cache", "ok", f"{shown}, all whole" if copies else "empty")


def _is_whole(path: Path) -> bool:
    try:
        return read_bundle(path).digest == path.name
    except (BundleCorruptError, OSError):
        return False
