from __future__ import annotations

import numpy as np
import pytest

from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.pieces import Pieces, evaluated
from headway.optimize.lowering.state import Lowering, Steps
from unit.optimize.lowering.stepwise import contract_of, feature, run_graph

NAMES = ("a", "b", "c")


def pieces(column, bounds, *, n_made=2, degree=3, seed=0):
    random = np.random.default_rng(seed)
    bounds = np.array(bounds, dtype=float)
    shape = (len(bounds) + 1, n_made)
    return Pieces(
        column, bounds, random.normal(size=shape), random.normal(size=(degree + 1, *shape))
    )


def both(made, rows):
    """Return what the graph makes of rows, and what the traces make of them."""
    lowering = Lowering(contract_of(*map(feature, NAMES)), Steps({}, {}))
    own = [make(column) for make, column in zip(made, lowering.features, strict=True)]
    columns = evaluated(lowering, own)
    tensor = lowering.matrices.of(columns)
    graph, _ = lowering.finish({"values": GraphOutput(tensor, width=len(columns))})
    traced = [column.trace(rows[:, column.feature]) for column in columns]
    return run_graph(graph, rows), np.stack(traced, axis=1)


@pytest.mark.parametrize("degree", [0, 1, 3])
def test_each_interval_has_its_polynomial_and_a_bound_belongs_to_the_one_below(degree):
    bounds = [[-1.0, 0.0, 2.5], [], np.linspace(-2, 2, 40)]
    made = [lambda c, b=b: pieces(c, b, degree=degree) for b in bounds]
    values = np.concatenate([np.linspace(-3, 3, 200), bounds[0], np.nextafter(bounds[0], np.inf)])
    computed, traced = both(made, np.repeat(values[:, np.newaxis], 3, axis=1))
    np.testing.assert_allclose(computed, traced, rtol=1e-15, atol=1e-15)
    own = pieces(None, bounds[0], degree=degree)
    place = (values[:, np.newaxis] > own.bounds).sum(axis=1)
    apart = values - own.bases[place, 0]
    expected = sum(own.coefficients[k, place, 0] * apart**k for k in range(degree + 1))
    np.testing.assert_allclose(computed[:, 0], expected, rtol=1e-13, atol=1e-13)


def test_missing_stays_missing_where_the_value_itself_counts():
    rows = np.full((2, 3), np.nan)
    computed, traced = both([lambda c: pieces(c, [0.0])] * 3, rows)
    assert np.isnan(computed).all()
    assert np.isnan(traced).all()


def test_columns_stand_one_after_the_other_as_they_were_told_to_be():
    lowering = Lowering(contract_of(*map(feature, NAMES)), Steps({}, {}))
    own = [pieces(column, [0.0]) for column in lowering.features]
    columns = evaluated(lowering, own, is_bounded=True)
    assert [column.feature for column in columns] == [0, 0, 1, 1, 2, 2]
    assert all(column.is_computed and column.is_bounded for column in columns)
