"""Checks that a model's tests can make, as registration makes them."""

from __future__ import annotations

from headway.optimize.comparison import EXACT, SINGLE, Tolerance
from headway.optimize.parity import Effort
from headway.testing.parity import assert_parity

__all__ = ["EXACT", "SINGLE", "Effort", "Tolerance", "assert_parity"]
