from __future__ import annotations

import numpy as np
import pytest

from headway.optimize.quantisation.kinds import Calibration, Kind


def test_a_kind_is_the_word_that_is_typed() -> None:
    assert [str(kind) for kind in Kind] == ["fp16", "bf16", "int8", "int8-static"]
    assert [kind for kind in Kind if kind.needs_calibration] == [Kind.INT8_STATIC]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_replay_may_differ_by_more_than_rounding_and_by_less_than_another_model(
    kind: Kind,
) -> None:
    assert 2**-8 <= kind.tolerance <= 0.05


def test_calibration_ends_and_counts_its_blocks() -> None:
    blocks = [{"x": np.zeros((2, 3))}, {"x": np.ones((1, 3))}]
    calibration = Calibration(iter(blocks))
    assert calibration.get_next() is blocks[0]
    assert calibration.get_next() is blocks[1]
    assert calibration.get_next() is None
    assert calibration.n_blocks == 2
