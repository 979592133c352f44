from __future__ import annotations

import pytest

from headway.bundle import layout
from headway.optimize.comparison import EXACT, SINGLE
from headway.optimize.nets import NetForm
from headway.runtimes.binding import Binding, BoundInput


def binding(*elements):
    return Binding(tuple(BoundInput("x", ("x",), e, (2,)) for e in elements), "y")


@pytest.mark.parametrize(
    ("elements", "tolerance"),
    [(["float64"], EXACT), (["float32"], SINGLE), (["float64", "float32"], SINGLE), (["int64"], SINGLE)],
)  # fmt: skip
def test_the_tolerance_is_that_of_its_floats(elements, tolerance):
    assert NetForm(None, binding(*elements)).tolerance == tolerance


def test_a_file_of_the_users_own_is_not_kept_twice():
    assert set(NetForm(None, binding("int64")).files()) == {layout.BINDING}
    assert NetForm(b"g", binding("int64")).files()[layout.GRAPH] == b"g"
