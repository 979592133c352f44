"""The quantiles of the normal distribution as a graph.

Source: Stephen L. Moshier, Cephes Mathematical Library, `ndtri`, which scipy uses; here without the
branch for probabilities below 1e-14.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.optimize.graph import GraphBuilder

_SQRT_2_PI = 2.50662827463100050242
_EXP_MINUS_2 = 0.13533528323661269189
# Highest power first, the numerator's beside the denominator's
_MIDDLE = (
    (0.0, 1.0),
    (0.0, 1.95448858338141759834),
    (0.0, 4.67627912898881538453),
    (0.0, 8.63602421390890590575e1),
    (-5.99633501014107895267e1, -2.25462687854119370527e2),
    (9.80010754185999661536e1, 2.00260212380060660359e2),
    (-5.66762857469070293439e1, -8.20372256168333339912e1),
    (1.39312609387279679503e1, 1.59056225126211695515e1),
    (-1.23916583867381258016, -1.18331621121330003142),
)
_TAIL = (
    (4.05544892305962419923, 1.0),
    (3.15251094599893866154e1, 1.57799883256466749731e1),
    (5.71628192246421288162e1, 4.53907635128879210584e1),
    (4.40805073893200834700e1, 4.13172038254672030440e1),
    (1.46849561928858024014e1, 1.50425385692907503408e1),
    (2.18663306850790267539, 2.50464946208309415979),
    (-1.40256079171354495875e-1, -1.42182922854787788574e-1),
    (-3.50424626827848203418e-2, -3.80806407691578277194e-2),
    (-8.57456785154685413611e-4, -9.33259480895457427372e-4),
)


def normal_ppf(graph: GraphBuilder, levels: str) -> str:
    """Add the quantile at each level of a matrix.

    Args:
        graph: Gets the operators.
        levels: Within [1e-14, 1 - 1e-14], or missing.
    """
    one = graph.constant(1.0)
    half = graph.add("Sub", levels, graph.constant(0.5))
    squared = graph.add("Mul", half, half)
    correction = graph.add("Mul", squared, _ratio(graph, squared, _MIDDLE))
    middle = graph.add("Add", half, graph.add("Mul", half, correction))
    middle = graph.add("Mul", middle, graph.constant(_SQRT_2_PI))

    is_high = graph.add("Greater", levels, graph.constant(1 - _EXP_MINUS_2))
    rest = graph.add("Where", is_high, graph.add("Sub", one, levels), levels)
    logarithm = graph.add("Log", rest)
    root = graph.add("Sqrt", graph.add("Mul", graph.constant(-2.0), logarithm))
    inverse = graph.add("Div", one, root)
    far = graph.add("Sub", root, graph.add("Div", graph.add("Log", root), root))
    near = graph.add("Mul", inverse, _ratio(graph, inverse, _TAIL))
    tail = graph.add("Sub", far, near)
    tail = graph.add("Where", is_high, tail, graph.add("Neg", tail))
    is_middle = graph.add("Greater", rest, graph.constant(_EXP_MINUS_2))
    return graph.add("Where", is_middle, middle, tail)


def _ratio(graph: GraphBuilder, values: str, rows: Sequence[tuple[float, float]]) -> str:
    """Add the ratio of two polynomials, evaluated side by side."""
    last = graph.constant([2], "int64")
    power = graph.add("Unsqueeze", values, last)
    made = graph.constant(np.array(rows[0])[np.newaxis, np.newaxis])
    for row in rows[1:]:
        made = graph.add("Add", graph.add("Mul", made, power), graph.constant(row))
    numerator, denominator = (
        graph.add("Gather", made, graph.constant(np.int64(k), "int64"), axis=2) for k in (0, 1)
    )
    return graph.add("Div", numerator, denominator)
