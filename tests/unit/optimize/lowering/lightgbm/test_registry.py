from __future__ import annotations

from headway.optimize.lowering.lightgbm import boosting
from headway.optimize.lowering.lightgbm.registry import steps


def test_every_booster_is_named():
    assert steps().estimators == boosting.ESTIMATORS
