from __future__ import annotations

import numpy as np
import pytest

from headway.errors import LoweringError
from headway.optimize.graph import GraphBuilder, GraphOutput
from headway.optimize.lowering.xgboost.objectives import link_of
from headway.runtimes.onnx import GRAPH_INPUT
from unit.optimize.lowering.stepwise import run_graph

SUMS = np.array([[-100.0], [-0.5], [0.0], [2.0]])
LINKS = {
    "rank:ndcg": lambda s: s,
    "reg:gamma": np.exp,
    "binary:logistic": lambda s: 1 / (1 + np.exp(-s)),
    "binary:hinge": lambda s: s > 0,
    "multi:softprob": np.ones_like,
}


@pytest.mark.parametrize("objective", LINKS)
def test_sums_become_answers_by_the_objective(objective):
    graph, link = GraphBuilder(1), link_of(objective)
    made = link.convert(graph, graph.cast(GRAPH_INPUT, "float32"))
    data = graph.finish({"values": GraphOutput(graph.cast(made, "float64"), width=1)})
    given = -SUMS if link.is_negated else SUMS
    np.testing.assert_allclose(run_graph(data, given), LINKS[objective](SUMS), rtol=1e-6, atol=1e-6)


def test_sums_start_from_the_base_score_through_the_link():
    score = np.array([0.25], dtype=np.float32)
    assert link_of("binary:logistic").margin(score) == np.float32(-np.log(3))
    assert link_of("count:poisson").margin(score) == np.float32(np.log(0.25))
    assert link_of("binary:logitraw").margin(score) == score


def test_an_objective_that_is_not_known_is_refused():
    with pytest.raises(LoweringError, match="its objective `reg:own` is not covered"):
        link_of("reg:own")
