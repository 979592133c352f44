"""Notes which of the watched modules each process imports: one line `PID NAME` in the file of `BENCH_IMPORTS`.

Python itself imports this module where its folder is on the path.
"""

from __future__ import annotations

import os
import sys
from importlib.abc import MetaPathFinder

# `headway` proves that the watch works
WATCHED = ("headway", "fastapi", "sqlalchemy", "scipy")


class Watch(MetaPathFinder):
    """Finds nothing, and notes what was looked for."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        if name in WATCHED:
            with open(os.environ["BENCH_IMPORTS"], "a") as file:  # noqa: PTH123 - imports nothing
                file.write(f"{os.getpid()} {name}\n")


sys.meta_path.insert(0, Watch())
