"""Functions of numbers as graphs that keep their digits where ONNX Runtime has no kernel for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from headway.optimize.graph import GraphBuilder

# At most 1 away from it, `exp(x) - 1` cancels; beyond the other, `1 + x` is `x`
_CANCELLING = 1.0
_FAR = 1e300


def log1p(graph: GraphBuilder, x: str) -> str:
    """Add log(1 + x) of each element, within a few units in the last place.

    The rounding of 1 + x is made good by dividing by what was really added.

    Source: W. Kahan, as David Goldberg, What Every Computer Scientist Should Know About Floating-Point
    Arithmetic, 1991, theorem 4.
    """
    one = graph.constant(1.0)
    whole = graph.add("Add", x, one)
    finite = graph.add("Min", x, graph.constant(_FAR))
    added = graph.add("Sub", graph.add("Add", finite, one), one)
    made = graph.add("Mul", graph.add("Log", whole), graph.add("Div", finite, added))
    return graph.add("Where", graph.add("Equal", whole, one), x, made)


def expm1(graph: GraphBuilder, x: str) -> str:
    """Add exp(x) - 1 of each element, within a few units in the last place.

    Near 0 the rounding of exp(x) is made good by dividing by its own logarithm.

    Source: W. Kahan, as Nicholas J. Higham, Accuracy and Stability of Numerical Algorithms, 2002,
    section 1.14.1.
    """
    one = graph.constant(1.0)
    power = graph.add("Exp", x)
    less = graph.add("Sub", power, one)
    near = graph.add("Mul", less, graph.add("Div", x, graph.add("Log", power)))
    near = graph.add("Where", graph.add("Equal", power, one), x, near)
    is_near = graph.add("Less", graph.add("Abs", x), graph.constant(_CANCELLING))
    return graph.add("Where", is_near, near, less)


def cbrt(graph: GraphBuilder, x: str) -> str:
    """Add the cube root of each element; its exponent is off by one rounding."""
    root = graph.add("Pow", graph.add("Abs", x), graph.constant(1 / 3))
    return graph.add("Mul", root, graph.add("Sign", x))


def scaled_log(graph: GraphBuilder, x: str, base: float) -> str:
    """Add the logarithm of each element to a base."""
    return graph.add("Mul", graph.add("Log", x), graph.constant(1 / np.log(base)))


def square(graph: GraphBuilder, x: str) -> str:
    """Add the square of each element."""
    return graph.add("Mul", x, x)
