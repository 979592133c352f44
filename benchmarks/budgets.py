"""Holds measured figures against `budgets.toml`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


class Budgets:
    """The budgets of one benchmark.

    Args:
        benchmark: Its table in `budgets.toml`.
    """

    def __init__(self, benchmark: str) -> None:
        text = Path(__file__).with_name("budgets.toml").read_text()
        self._limits: dict[str, float] = tomllib.loads(text)[benchmark]
        self._is_kept = True

    def check(self, name: str, measured: float) -> str:
        """Return the figure with its budget, and remember whether it is kept."""
        limit = self._limits[name]
        is_kept = measured <= limit
        self._is_kept &= is_kept
        return f"{measured:.2f} (budget {limit:.2f}: {'kept' if is_kept else 'BROKEN'})"

    def end(self) -> None:
        """End the process, with 1 where a budget was broken."""
        sys.exit(0 if self._is_kept else 1)
