"""What the contestants are asked, and what the model itself answers."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.serving.places import MODELS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

    Row = dict[str, Any] | list[float]

MANY_ROWS = 1_000


@dataclasses.dataclass(frozen=True)
class Data:
    """The rows of one model.

    Attributes:
        model: Its name.
        folder: Where its files lie.
        columns: Names, in the order that the model was fitted on.
        numbers: Those that are numbers; the others are texts.
        is_frame: Whether a row has names; else it is a list of numbers.
        rows: At least `MANY_ROWS`.
        expected: Probabilities of each row.
    """

    model: str
    folder: Path
    columns: list[str]
    numbers: list[str]
    is_frame: bool
    rows: list[Row]
    expected: list[list[float]]

    @property
    def texts(self) -> list[str]:
        """The columns that are no numbers."""
        return [name for name in self.columns if name not in self.numbers]

    @property
    def many(self) -> list[Row]:
        """The rows of one large request."""
        return self.rows[:MANY_ROWS]


def read_data(model: str) -> Data:
    """Return the rows of one model; the first call fits the models."""
    folder = MODELS / model
    if not (folder / "rows.arrow").exists():
        print("fitting and registering the models, which takes a minute ...", flush=True)
        command = [sys.executable, "-m", "benchmarks.serving.models", str(MODELS)]
        subprocess.run(command, check=True, cwd=ROOT)
    meta = json.loads((folder / "meta.json").read_text())
    known = json.loads((folder / "rows.json").read_text())
    return Data(
        model=model,
        folder=folder,
        columns=meta["columns"],
        numbers=meta["numbers"],
        is_frame=meta["kind"] == "frame",
        rows=known["rows"],
        expected=known["expected"],
    )
