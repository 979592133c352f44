"""All that has a lowered form, of every library that is in use.

A library that is not imported has no models here, so that it is not imported for their sake either.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from headway.optimize.lowering.sklearn.registry import sklearn_steps
from headway.optimize.lowering.state import Steps

_LIBRARIES: tuple[str, ...] = ()


def known_steps() -> Steps:
    """Return the steps that have a lowered form, by exact type."""
    known = [sklearn_steps()]
    for library in _LIBRARIES:
        if library in sys.modules:
            tables: Any = importlib.import_module(f"headway.optimize.lowering.{library}.registry")
            known.append(tables.steps())
    return Steps(
        transformers={kind: f for steps in known for kind, f in steps.transformers.items()},
        estimators={kind: f for steps in known for kind, f in steps.estimators.items()},
    )
