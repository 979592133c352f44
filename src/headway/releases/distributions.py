"""Which installed distribution brings which module."""

from __future__ import annotations

import functools
import re
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OURS = "headway"

_NAME = re.compile(r"[A-Za-z0-9._-]+")


@functools.cache
def distributions_by_module() -> Mapping[str, Sequence[str]]:
    """Return the distributions by the module that they bring. Looks at every file: most of a second."""
    return metadata.packages_distributions()


@functools.cache
def modules_headway_needs() -> frozenset[str]:
    """Return the modules of Headway and of whatever it needs that is installed, extras included."""
    needed, waiting = set[str](), [OURS]
    while waiting:
        name = _normal(waiting.pop())
        if name not in needed:
            needed.add(name)
            waiting += _requirements(name)
    return frozenset({OURS}) | {
        module
        for module, distributions in distributions_by_module().items()
        if not needed.isdisjoint(map(_normal, distributions))
    }


def version_of(distribution: str) -> str | None:
    """Return the version that is installed, or `None`."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _requirements(distribution: str) -> list[str]:
    try:
        given = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return []
    if _normal(distribution) != OURS:
        # extras of other projects are wishes: pytest is one of most
        given = [requirement for requirement in given if "extra ==" not in requirement]
    return [found[0] for requirement in given if (found := _NAME.match(requirement))]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
