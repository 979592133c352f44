from __future__ import annotations

from typing import Any

import pytest

from headway.serving.execution import (
    MAX_INLINE_BYTES,
    UNMEASURED,
    Cost,
    Measured,
    decide,
)
from headway.serving.plan import Limits

CHEAP, DEAR = Cost(1e-4, 1e-8), Cost(1e-2, 1e-8)


def measured(**fields: Any) -> Measured:
    figures = {"row_bytes": 60, "row_s": 1e-3, "batch_s": 2e-3, "n_rows": 64} | fields
    return Measured(**({"answering": DEAR, "reading": CHEAP} | figures))


@pytest.mark.parametrize(
    ("cost", "limit_s", "expected"),
    [
        (Cost(1e-4, 1e-7), 2e-4, 1_000),
        (Cost(3e-4, 1e-7), 2e-4, -1),
        (Cost(0.0, 0.0), 2e-4, -1),
        (Cost(0.0, 1e-12), 2e-4, MAX_INLINE_BYTES),
    ],
)
def test_the_largest_body_follows_from_the_cost(cost: Cost, limit_s: float, expected: int) -> None:
    assert cost.bytes_within(limit_s) == pytest.approx(expected, abs=1)
    if expected > 0:
        assert cost.of(expected) <= limit_s * 1.001


@pytest.mark.parametrize(
    ("fields", "limits", "may_be_inline", "mode", "batch_rows", "why"),
    [
        ({"answering": CHEAP}, {}, True, "inline", 64, "requests share calls"),
        ({"answering": CHEAP}, {}, False, "batched", 64, "0.0312 ms in a batch of 64 and 1 ms"),
        ({}, {}, True, "batched", 64, "requests share calls"),
        ({}, {"max_batch_size": 8}, True, "batched", 8, "requests share calls"),
        ({}, {"max_batch_size": 1}, True, "one by one", 1, "`max_batch_size` is 1"),
        ({"differs": "it differs"}, {}, True, "one by one", 1, "it differs"),
        ({"answering": CHEAP, "differs": "it differs"}, {}, True, "inline", 1, "it differs"),
        ({"batch_s": 0.06}, {}, True, "one by one", 1, "saves too little"),
        ({"n_rows": 1}, {}, True, "one by one", 1, "`max_rows` is 1"),
    ],
)
def test_how_a_release_is_executed_follows_from_what_was_measured(
    fields: Any, limits: Any, may_be_inline: bool, mode: str, batch_rows: int, why: str
) -> None:
    execution = decide(measured(**fields), Limits(**limits), may_be_inline=may_be_inline)
    assert (execution.mode, execution.batch_rows) == (mode, batch_rows)
    assert why in execution.reason


def test_what_was_not_measured_is_asked_one_by_one() -> None:
    assert decide(None, Limits(), may_be_inline=True) == UNMEASURED
    assert (UNMEASURED.mode, UNMEASURED.batch_rows) == ("one by one", 1)
