"""The types of the public API are what people rely on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_public_api_is_typed_as_it_is_used() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "tests/typing/public_api.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
