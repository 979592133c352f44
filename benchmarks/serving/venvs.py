"""A virtual environment for each peer, made when it is first needed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.serving.places import HERE, VENVS

_TIMEOUT_S = 900


class UnavailableError(Exception):
    """A peer that does not install or start, and why."""


def programs(environment: str | None) -> Path:
    """Return the folder of an environment's programs, and make the environment where it is missing.

    Args:
        environment: Its file of requirements, without `.txt`; `None` for the project's own.

    Raises:
        UnavailableError: It cannot be installed.
    """
    ours = Path(sys.executable).parent
    if environment is None:
        return ours
    requirements = HERE / "requirements" / f"{environment}.txt"
    folder = VENVS / environment
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    made = folder / f"made-{digest}"
    if not made.exists():
        print(f"installing {environment} ...", flush=True)
        _run([str(ours / "uv"), "venv", "--clear", "--python", sys.executable, str(folder)])
        python = str(folder / "bin" / "python")
        install = [str(ours / "uv"), "pip", "install", "--python", python, "-r"]
        _run([*install, str(requirements)])
        made.touch()
    return folder / "bin"


def _run(command: list[str]) -> None:
    # where a build of PyTorch for the CPU lies, if anywhere
    links = {"UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", "")}
    done = subprocess.run(
        command,
        env=os.environ | links,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise UnavailableError(f"does not install: {' '.join(lines[-3:])}")
