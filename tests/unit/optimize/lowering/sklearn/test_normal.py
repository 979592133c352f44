from __future__ import annotations

import numpy as np
from scipy import stats

from headway.optimize.graph import GraphBuilder, GraphOutput
from headway.optimize.lowering.sklearn.normal import normal_ppf
from unit.optimize.lowering.stepwise import run_graph

EDGE = 0.13533528323661269189


def test_quantiles_are_those_of_scipy_in_the_middle_and_in_both_tails():
    near = 10.0 ** np.linspace(-14, -1, 200)
    levels = np.concatenate(
        [near, 1 - near, np.linspace(0.05, 0.95, 301), [EDGE, 1 - EDGE, np.nan]]
    )
    graph = GraphBuilder(1)
    made = graph.finish({"values": GraphOutput(normal_ppf(graph, "features"), width=1)})
    computed = run_graph(made, levels[:, np.newaxis])[:, 0]
    np.testing.assert_allclose(computed, stats.norm.ppf(levels), rtol=1e-14, atol=1e-15)
