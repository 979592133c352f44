from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import euclidean_distances, pairwise_distances_argmin

from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.sklearn.distances import (
    distances,
    nearest,
    row_sums,
    surrogate_distances,
)
from headway.optimize.lowering.state import Lowering, Steps
from unit.optimize.lowering.stepwise import contract_of, feature, run_graph

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(50, 4)) * [1, 10, 1e-3, 100]
POINTS = RANDOM.normal(size=(3, 4)) * [1, 10, 1e-3, 100]
FAR = np.zeros((4, 4))
FAR[[0, 1, 2, 3], [0, 1, 2, 3]] = [1e30, -1e30, 1e200, -1e308]


def made_by(make, points, rows, **kind):
    lowering = Lowering(contract_of(*[feature(f"x{j}") for j in range(4)]), Steps({}, {}))
    graph, _ = lowering.finish({"values": GraphOutput(make(lowering, "features", points), **kind)})
    return run_graph(graph, rows)


def test_distances_are_those_of_scikit_learn():
    rows = np.concatenate([ROWS, FAR[:2], POINTS])
    np.testing.assert_allclose(
        made_by(distances, POINTS, rows, width=3)[:52],
        euclidean_distances(rows, POINTS)[:52],
        rtol=1e-12,
    )


def test_a_distance_from_itself_is_no_number_below_zero():
    assert (made_by(distances, POINTS, POINTS, width=3) >= 0).all()


@pytest.mark.parametrize(
    "points", [POINTS, np.zeros((3, 4)), POINTS[[1, 1, 0]]], ids=["apart", "one", "twice"]
)
def test_the_nearest_is_the_first_one_as_scikit_learn_finds_it(points):
    rows = np.concatenate([ROWS, FAR, points])
    with np.errstate(all="ignore"):
        expected = pairwise_distances_argmin(rows, points)
    np.testing.assert_array_equal(made_by(nearest, points, rows, element_type="int64"), expected)


def test_numbers_that_are_ordered_as_the_distances():
    made = made_by(surrogate_distances, POINTS, ROWS, width=3)
    expected = euclidean_distances(ROWS, POINTS, squared=True) - (ROWS**2).sum(axis=1)[:, None]
    np.testing.assert_allclose(made, expected, rtol=1e-9)


def test_rows_are_added_up_from_left_to_right():
    rows = np.array([[1e16, 1.0, -1e16, 1.0], [1.0, 1e16, 1.0, -1e16], [0.1, 0.2, 0.3, 0.4]])
    made = made_by(row_sums, 4, rows, width=1)
    assert made[:, 0].tolist() == rows.sum(axis=1).tolist()
    assert made[0, 0] == ((1e16 + 1.0) - 1e16) + 1.0
