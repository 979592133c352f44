"""The command line as a person runs it, and a trained model as a person has it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

FOREIGN = ("HEADWAY_", "MLFLOW_", "PYTHONDONTWRITEBYTECODE")


@dataclasses.dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it printed, which is one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def problem(self) -> Any:
        """What it said on stderr, which is one JSON document and nothing else."""
        return json.loads(self.err)


@dataclasses.dataclass(frozen=True)
class Terminal:
    """Runs `headway` in a folder, with a home of its own."""

    folder: Path
    home: Path
    environ: dict[str, str] = dataclasses.field(default_factory=dict)

    def run(self, *arguments: str, stdin: str = "", **environ: str) -> Result:
        """Run a command to its end."""
        process = subprocess.run(
            self._command(arguments),
            cwd=self.folder,
            env=self._environ(environ),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return Result(process.returncode, process.stdout, process.stderr)

    @contextlib.contextmanager
    def serve(self, *arguments: str, **environ: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        """Serve until the block ends, and give the address."""
        process = subprocess.Popen(
            self._command(("serve", *arguments, "--port", "0")),
            cwd=self.folder,
            env=self._environ(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert "http://" in line, line + process.communicate(timeout=10)[1]
            yield line.split()[-1], process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "headway", *arguments]

    def _environ(self, environ: dict[str, str]) -> dict[str, str]:
        # without compiled modules each command would take seconds longer
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        # a process more, on a port that tests beside this one would want too
        plain = {"HEADWAY_HOME": str(self.home), "HEADWAY_SERVER__ADMIN": "false"}
        return {**inherited, **plain, **self.environ, **environ}


@dataclasses.dataclass(frozen=True)
class Trained:
    """A model, what it was fitted on, and the folder that has both as files."""

    folder: Path
    model: Any
    features: pd.DataFrame
    labels: pd.Series

    def rows(self, count: int) -> list[dict[str, Any]]:
        """Return the first training rows as a person writes them in JSON."""
        frame = self.features.head(count)
        rows: list[dict[str, Any]] = json.loads(
            json.dumps(frame.to_dict("records")).replace("NaN", "null")
        )
        return rows
