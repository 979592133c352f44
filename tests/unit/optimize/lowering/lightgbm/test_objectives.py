from __future__ import annotations

import numpy as np
import pytest

from headway.errors import LoweringError
from headway.optimize.graph import GraphBuilder, GraphOutput
from headway.optimize.lowering.lightgbm.objectives import converted
from headway.runtimes.onnx import GRAPH_INPUT
from unit.optimize.lowering.stepwise import run_graph

SCORES = np.array([[-30.0], [-0.5], [0.0], [2.0]])
LINKS = {
    "regression": lambda s: s,
    "regression sqrt": lambda s: np.sign(s) * s * s,
    "gamma": np.exp,
    "binary sigmoid:0.7": lambda s: 1 / (1 + np.exp(-0.7 * s)),
    "cross_entropy": lambda s: 1 / (1 + np.exp(-s)),
    "cross_entropy_lambda": lambda s: np.log1p(np.exp(s)),
    "multiclass num_class:1": np.ones_like,
}


@pytest.mark.parametrize("objective", LINKS)
def test_scores_become_answers_by_the_objective(objective):
    graph = GraphBuilder(1)
    made = converted(graph, GRAPH_INPUT, tuple(objective.split()))
    data = graph.finish({"values": GraphOutput(made, width=1)})
    np.testing.assert_allclose(
        run_graph(data, SCORES), LINKS[objective](SCORES), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("objective", [(), ("custom",), ("none",)])
def test_an_objective_that_is_not_known_is_refused(objective):
    with pytest.raises(LoweringError, match=r"its objective `.*` is not covered"):
        converted(GraphBuilder(1), GRAPH_INPUT, objective)
