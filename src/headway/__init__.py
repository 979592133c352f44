"""Headway takes a trained model to production on one machine with one command.

Everything that a user needs is an attribute of this module and is imported when it is first used, so
that `import headway` costs next to nothing.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from headway.core.version import __version__

if TYPE_CHECKING:
    from headway.api import adopt, app, bench, diff, load, register, serve
    from headway.client import AsyncClient, Client
    from headway.contract.declarations import (
        MultipleOf,
        NotNull,
        OneOf,
        Policy,
        Private,
        Range,
        Rule,
        Text,
        UniqueItems,
    )
    from headway.contract.output import Answer
    from headway.contract.post import Clip, Round, Scale
    from headway.errors import HeadwayError, HeadwayWarning
    from headway.releases.release import Release
    from headway.serving.predictor import Predictor
    from headway.supervisor.server import Server

# before anybody imports it: ONNX Runtime would keep a database of its use in the user's home, and report it
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # noqa: TID251 - read by a library, not by us

__all__ = [
    "Answer",
    "AsyncClient",
    "Client",
    "Clip",
    "HeadwayError",
    "HeadwayWarning",
    "MultipleOf",
    "NotNull",
    "OneOf",
    "Policy",
    "Predictor",
    "Private",
    "Range",
    "Release",
    "Round",
    "Rule",
    "Scale",
    "Server",
    "Text",
    "UniqueItems",
    "__version__",
    "adopt",
    "app",
    "bench",
    "diff",
    "load",
    "register",
    "serve",
]

_DECLARATIONS = (
    *("MultipleOf", "NotNull", "OneOf", "Policy", "Private", "Range", "Rule", "Text"),
    "UniqueItems",
)
_HOMES = {
    "Answer": "headway.contract.output",
    "AsyncClient": "headway.client",
    "Client": "headway.client",
    "Clip": "headway.contract.post",
    "HeadwayError": "headway.errors",
    "HeadwayWarning": "headway.errors",
    **dict.fromkeys(_DECLARATIONS, "headway.contract.declarations"),
    "Predictor": "headway.serving.predictor",
    "Release": "headway.releases.release",
    "Round": "headway.contract.post",
    "Scale": "headway.contract.post",
    "Server": "headway.supervisor.server",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module `headway` has no attribute `{name}`")
    return getattr(importlib.import_module(_HOMES.get(name, "headway.api")), name)


def __dir__() -> list[str]:
    return sorted(__all__)
