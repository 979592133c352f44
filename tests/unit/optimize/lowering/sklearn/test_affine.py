from __future__ import annotations

import numpy as np
import pytest

from headway.core.dtypes import DType
from headway.errors import LoweringError
from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.sklearn.affine import affine, finite_matrix, float64_array
from headway.optimize.lowering.state import Lowering, Steps
from unit.optimize.lowering.stepwise import contract_of, feature, run_graph

ROWS = np.array([[1.0, 2.0], [-3.0, 0.5]])
COEF = np.array([[1.0, 10.0], [0.0, -1.0], [2.0, 2.0]])


def lowering_of(**changes):
    return Lowering(contract_of(feature("a", **changes), feature("b")), Steps({}, {}))


@pytest.mark.parametrize(
    ("coef", "intercept"),
    [
        (COEF, np.array([0.5, 0.0, -7.0])),
        (COEF, 0.25),
        (COEF, np.array([3.0])),
        (COEF[0], 1.5),
        (COEF[:1], np.array([0.0])),
    ],
)
def test_columns_times_coefficients_plus_intercepts(coef, intercept):
    lowering = lowering_of()
    made = affine(lowering, lowering.features, coef, intercept)
    graph, encoder = lowering.finish({"values": GraphOutput(made, width=len(np.atleast_2d(coef)))})
    expected = ROWS @ np.atleast_2d(coef).T + intercept
    np.testing.assert_array_equal(run_graph(graph, ROWS), expected)
    assert all(column.refuse_missing for column in encoder.columns)


@pytest.mark.parametrize(
    ("coef", "intercept"),
    [(COEF[:, :1], 0.0), (COEF, np.zeros(2)), (COEF[0], np.zeros(3)), (COEF, np.zeros((1, 3)))],
)
def test_another_shape_is_refused(coef, intercept):
    lowering = lowering_of()
    with pytest.raises(LoweringError, match="coefficients have the shape"):
        affine(lowering, lowering.features, coef, intercept)


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.longdouble])
def test_a_fit_in_another_precision_is_refused_with_a_hint(kind):
    with pytest.raises(LoweringError, match="fitted in") as caught:
        float64_array(COEF.astype(kind))
    assert caught.value.hint == "fit on float64 columns"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dtype": DType.STRING, "storage": "str"}, "strings or categories"),
        ({"storage": "float32"}, "float32 columns"),
    ],
)
def test_what_is_no_column_of_float64_is_refused(changes, reason):
    lowering = lowering_of(**changes)
    with pytest.raises(LoweringError, match=reason):
        finite_matrix(lowering, lowering.features)
