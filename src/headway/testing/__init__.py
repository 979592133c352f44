"""Checks that a model's tests can make, as registration makes them; and load for a server.

Each name is imported when it is first used, so that the process that makes load imports no numpy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headway.optimize.comparison import EXACT, SINGLE, Tolerance
    from headway.optimize.parity import Effort
    from headway.testing.parity import assert_parity

__all__ = ["EXACT", "SINGLE", "Effort", "Tolerance", "assert_parity"]

_HOMES = {
    "EXACT": "headway.optimize.comparison",
    "SINGLE": "headway.optimize.comparison",
    "Effort": "headway.optimize.parity",
    "Tolerance": "headway.optimize.comparison",
    "assert_parity": "headway.testing.parity",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module `headway.testing` has no attribute `{name}`")
    return getattr(importlib.import_module(_HOMES[name]), name)
