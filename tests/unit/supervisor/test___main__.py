from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from headway.errors import ConfigError
from headway.serving.plan import ServingPlan, write_plan
from headway.supervisor.background import BackgroundServer

COMMAND = [sys.executable, "-m", "headway.supervisor"]


def test_it_supervises_until_it_is_told_to_end() -> None:
    path = Path("plan.json").absolute()
    write_plan(path, ServingPlan(1, ()))
    with BackgroundServer([*COMMAND, "--plan", str(path), "--port", "0"]) as server:
        assert server.url.startswith("http://127.0.0.1:")
    assert server._child.end() == "ended with exit code 0"


def test_its_error_reaches_whoever_started_it() -> None:
    with pytest.raises(ConfigError, match=r"no serving plan at `nowhere\.json`"):
        BackgroundServer([*COMMAND, "--plan", "nowhere.json"])


def test_started_by_hand_it_tells_people() -> None:
    done = subprocess.run(
        [*COMMAND, "--plan", "nowhere.json"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "error: no serving plan at `nowhere.json`\n")
