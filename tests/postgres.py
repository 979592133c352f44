"""A PostgreSQL server of the tests' own, where this machine has its programs."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLAGS = "-c listen_addresses= -c fsync=off -c max_connections=40"


def _programs() -> Path | None:
    on_path = shutil.which("initdb")
    found = [Path(on_path)] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _run(command: str) -> None:
    # it refuses to run as root
    words = ["su", "postgres", "-c", command] if os.geteuid() == 0 else ["sh", "-c", command]
    subprocess.run(words, check=True, capture_output=True, cwd="/")


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Run a server, and give the URL of an empty database; skip where there is none to run.

    Continuous integration has it, so that there its absence is a failure.
    """
    programs = _programs()
    if programs is None:
        reason = "PostgreSQL is not installed on this machine (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="headway-pg-", dir="/tmp"))
    data = folder / "data"
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    try:
        _run(f"{programs}/initdb -D {data} -U postgres -A trust -N")
        _run(f"{programs}/pg_ctl -D {data} -w -l {folder}/log -o '-k {folder} {_FLAGS}' start")
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            _run(f"{programs}/pg_ctl -D {data} -m immediate stop")
    finally:
        shutil.rmtree(folder)
