from __future__ import annotations

import math

import pytest

from headway.errors import ConfigError
from headway.testing.load.plan import LoadPlan


@pytest.mark.parametrize(
    "fields",
    [
        {"rate_per_s": 0},
        {"duration_s": -1},
        {"duration_s": math.inf},
        {"warm_up_s": -0.1},
        {"arrivals": "often"},
        {"rate_per_s": 1e6, "duration_s": 60},
        {"max_connections": 0},
    ],
    ids=str,
)
def test_a_load_that_cannot_be_is_refused(fields):
    with pytest.raises(ConfigError):
        LoadPlan(**{"rate_per_s": 10, "duration_s": 1} | fields)
