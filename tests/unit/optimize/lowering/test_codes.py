from __future__ import annotations

import numpy as np
import pytest

from headway.errors import LoweringError
from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.codes import as_codes
from headway.optimize.lowering.sklearn.registry import steps
from headway.optimize.lowering.state import Lowering
from unit.optimize.lowering.stepwise import contract_of, feature, run_graph

NUMBERS = [np.nan, -np.inf, -3.0, -1.0, -0.5, -0.0, 0.5, 2.0, 2.9, 3.0, 7.0, 1e300, np.inf]


@pytest.mark.parametrize(("rounding", "half_below_zero"), [("down", -1.0), ("towards zero", 0.0)])
def test_numbers_become_codes_in_the_graph_and_in_the_trace(rounding, half_below_zero):
    lowering = Lowering(contract_of(feature()), steps())
    coded = as_codes(lowering, lowering.features[0], 2.0, rounding)
    graph, _ = lowering.finish({"values": GraphOutput(coded.column.tensor, width=1)})
    expected = [4, -1, -1, -1, half_below_zero, 0, 0, 2, 2, 3, 3, 3, 3]
    assert coded.missing == 4
    np.testing.assert_array_equal(run_graph(graph, np.c_[NUMBERS])[:, 0], expected)
    np.testing.assert_array_equal(coded.column.trace(np.array(NUMBERS)), expected)


def test_a_categorical_column_has_a_code_for_missing_beyond_its_own():
    words = feature(storage="category", storage_categories=("a", "b", "c", "d"))
    lowering = Lowering(contract_of(words), steps())
    coded = as_codes(lowering, lowering.features[0], 1.0, "down")
    assert (coded.missing, coded.column.fill) == (5.0, 5.0)
    np.testing.assert_array_equal(coded.column.trace(np.array([0.0, np.nan])), [0, 5])


def test_a_code_that_no_test_of_integers_holds_is_refused():
    lowering = Lowering(contract_of(feature()), steps())
    with pytest.raises(LoweringError, match="too great to be tested"):
        as_codes(lowering, lowering.features[0], 2.0**31, "down")
