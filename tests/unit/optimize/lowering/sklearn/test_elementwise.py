from __future__ import annotations

import numpy as np
import pytest

from headway.optimize.graph import GraphBuilder, GraphOutput
from headway.optimize.lowering.sklearn.elementwise import cbrt, expm1, log1p, scaled_log, square
from unit.optimize.lowering.stepwise import run_graph

RANDOM = np.random.default_rng(0)
ENDS = [0.0, -0.0, -1.0, -2.0, np.inf, -np.inf, np.nan, 5e-324, 1e-16, 2.2e-16, 1 - 1e-16, 709.78]
VALUES = np.concatenate(
    [
        RANDOM.normal(size=500),
        RANDOM.normal(size=500) * 10.0 ** RANDOM.uniform(-25, 3, 500),
        RANDOM.normal(size=500) * 10.0 ** RANDOM.uniform(-300, 300, 500),
        ENDS,
    ]
)


@pytest.mark.parametrize(
    ("add", "native"),
    [
        (log1p, np.log1p),
        (expm1, np.expm1),
        (cbrt, np.cbrt),
        (square, np.square),
        (lambda graph, x: scaled_log(graph, x, 2.0), np.log2),
        (lambda graph, x: scaled_log(graph, x, 10.0), np.log10),
    ],
    ids=["log1p", "expm1", "cbrt", "square", "log2", "log10"],
)
def test_a_function_keeps_its_digits_over_the_whole_range(add, native):
    graph = GraphBuilder(1)
    made = graph.finish({"values": GraphOutput(add(graph, "features"), width=1)})
    with np.errstate(all="ignore"):
        expected = native(VALUES)
    computed = run_graph(made, VALUES[:, np.newaxis])[:, 0]
    np.testing.assert_allclose(computed, expected, rtol=1e-13, atol=0)
