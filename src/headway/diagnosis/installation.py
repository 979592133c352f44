"""Which versions and which extras are installed."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from typing import TYPE_CHECKING

from headway.core.version import __version__
from headway.diagnosis.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_EVERY_EXTRA = "all"
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?[^;]*(;.*extra == ['\"](?P<extra>[\w-]+)['\"])?"
)


def check_installation(
    requirements: Sequence[str] | None = None, version: Callable[[str], str] = metadata.version
) -> Iterator[Finding]:
    """Tell versions, and which extras are whole.

    Args:
        requirements: As the package's metadata lists them; its own where it is `None`.
        version: Version of a distribution; raises where it is not installed.
    """
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.platform()}")
    yield Finding("headway", "ok", __version__)
    listed = metadata.requires("headway") if requirements is None else requirements
    for extra, names in _extras(listed or ()).items():
        yield _extra(extra, names, version)


def installed_version(name: str) -> str | None:
    """Return the version of a distribution, or `None` where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _extras(requirements: Sequence[str]) -> dict[str, list[str]]:
    extras: dict[str, list[str]] = {}
    for text in requirements:
        found = _REQUIREMENT.match(text)
        if found and found["extra"] not in {None, _EVERY_EXTRA} and found["name"] != "headway":
            extras.setdefault(found["extra"], []).append(found["name"])
    return extras


def _extra(extra: str, names: Sequence[str], version: Callable[[str], str]) -> Finding:
    present, missing = [], []
    for name in names:
        try:
            present.append(f"{name} {version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    check, hint = f"extra {extra}", f'pip install "headway[{extra}]"'
    if not missing:
        return Finding(check, "ok", f"installed: {', '.join(present)}")
    if len(missing) == len(names):  # nobody asked for it
        return Finding(check, "ok", "not installed", hint)
    return Finding(check, "warning", f"not whole: {', '.join(missing)} is missing", hint)
