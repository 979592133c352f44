"""Where the benchmark keeps what it makes."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULTS = HERE.parent / "results"
VENVS = RESULTS / "venvs"
MODELS = RESULTS / "models"
WORK = RESULTS / "work"
PAGE = ROOT / "docs" / "explanation" / "what-serving-costs.md"
