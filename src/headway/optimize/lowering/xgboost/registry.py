"""All of XGBoost that has a lowered form."""

from __future__ import annotations

from headway.optimize.lowering.state import Steps
from headway.optimize.lowering.xgboost import boosting


def steps() -> Steps:
    """Return what has a lowered form, by exact type."""
    return Steps(transformers={}, estimators=boosting.ESTIMATORS)
