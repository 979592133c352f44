"""All that has a lowered form, of every library that is in use.

A library that is not imported has no models here, so that it is not imported for their sake either.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from headway.optimize.lowering.state import Steps

LIBRARIES = ("lightgbm", "sklearn", "xgboost")


def known_steps() -> Steps:
    """Return the steps that have a lowered form, by exact type."""
    known = [steps_of(library) for library in LIBRARIES if library in sys.modules]
    return Steps(
        transformers={kind: f for steps in known for kind, f in steps.transformers.items()},
        estimators={kind: f for steps in known for kind, f in steps.estimators.items()},
    )


def steps_of(library: str) -> Steps:
    """Return the steps of one library that have a lowered form; it is imported."""
    tables: Any = importlib.import_module(f"headway.optimize.lowering.{library}.registry")
    steps: Steps = tables.steps()
    return steps
