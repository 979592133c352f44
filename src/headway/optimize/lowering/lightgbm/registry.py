"""All of LightGBM that has a lowered form."""

from __future__ import annotations

from headway.optimize.lowering.lightgbm import boosting
from headway.optimize.lowering.state import Steps


def steps() -> Steps:
    """Return what has a lowered form, by exact type."""
    return Steps(transformers={}, estimators=boosting.ESTIMATORS)
