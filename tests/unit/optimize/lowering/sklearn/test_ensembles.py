from __future__ import annotations

import numpy as np
import pytest

from headway.contract.model import Output
from headway.core.dtypes import Task
from headway.errors import LoweringError
from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.sklearn.ensembles import (
    added,
    averaged,
    class_answers,
    coded_answers,
    indicator_of,
    number_answers,
)
from headway.optimize.lowering.state import Lowering, Steps
from unit.optimize.lowering.stepwise import contract_of, feature, run_graph

ROWS = np.array([[0.1, 0.2, 0.3], [1e16, 1.0, -1e16]])


class Part:
    """What a test lowers as it wants."""

    def __init__(self, made):
        self.made = made


def lowering_of():
    contract = contract_of(*map(feature, "abc"), output=Output(Task.REGRESSION))
    return Lowering(contract, Steps({}, {Part: lambda _lowering, part, _columns: part.made}))


def computed(make):
    lowering = lowering_of()
    columns = [lowering.matrices.of([column]) for column in lowering.features]
    tensor = make(lowering.graph, columns)
    graph, _ = lowering.finish({"values": GraphOutput(tensor, width=1)})
    return run_graph(graph, ROWS)[:, 0]


def test_tensors_are_added_in_their_order():
    assert computed(added).tolist() == [0.1 + 0.2 + 0.3, 1e16 + 1.0 - 1e16]


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 0.5]])
def test_a_mean_is_numpys(weights):
    made = computed(lambda graph, parts: averaged(graph, parts, weights))
    np.testing.assert_allclose(made[0], np.average(ROWS[0], weights=weights), rtol=1e-15)


def test_an_indicator_is_one_at_the_label():
    lowering = lowering_of()
    label = lowering.graph.add("ArgMax", "features", axis=1, keepdims=0)
    graph, _ = lowering.finish(
        {"values": GraphOutput(indicator_of(lowering.graph, label, 3), width=3)}
    )
    assert run_graph(graph, ROWS).tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]


def test_a_part_of_another_kind_is_refused():
    lowering = lowering_of()
    classes, numbers = Part(ClassAnswers(np.arange(2), "l")), Part(NumberAnswers("v"))
    with pytest.raises(LoweringError, match="`it` is no classifier"):
        class_answers(lowering, "it", numbers, ())
    with pytest.raises(LoweringError, match="`it` is no regressor"):
        number_answers(lowering, "it", classes, ())
    with pytest.raises(LoweringError, match="`it` is no regressor of one target"):
        number_answers(lowering, "it", Part(NumberAnswers("v", 2)), ())


def test_a_part_that_does_not_know_the_codes_is_refused():
    part = Part(ClassAnswers(np.array(["a", "b"]), "l"))
    with pytest.raises(LoweringError, match="does not know every class"):
        coded_answers(lowering_of(), "it", part, (), 2)
