"""`headway doctor` shows every finding, and its exit code says whether a check failed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from headway.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    from headway.bundle.bundle import Bundle


def test_all_is_well(bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "./credit"]) == 0
    captured = capsys.readouterr()
    header, *lines = captured.out.splitlines()
    assert header.split() == ["STATE", "CHECK", "MEASURED"]
    assert any(line.startswith("ok") and "credit:local speed" in line for line in lines)
    assert ", 0 failed" in captured.err


def test_a_failed_check_is_code_7_and_hints_come_last(
    bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "./nothing", "./credit"]) == 7
    text = capsys.readouterr().out
    assert text.index("./nothing: a name of the registry") > text.index("credit:local speed")


def test_json_is_one_document_whatever_is_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "headway.toml").write_text("[server]\nport = 'x'")
    assert main(["doctor", "--json"]) == 7
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert captured.err == ""
    assert document["failed"] == 1
    (failed,) = [finding for finding in document["findings"] if finding["state"] == "failed"]
    assert set(failed) == {"check", "state", "measured", "hint"}
    assert "headway.toml:2:server.port" in failed["measured"]


def test_the_base_install_is_enough(bundle: Bundle) -> None:
    program = """
import sys
for name in ("mlflow", "sklearn", "pandas", "onnx", "sqlalchemy", "threadpoolctl"):
    sys.modules[name] = None
from headway.cli.main import main
sys.exit(main(["--json", "doctor", "./credit"]))
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"HEADWAY_REGISTRY__URI": "http://127.0.0.1:9", "HOME": "/nonexistent"},
    )
    assert result.returncode == 0, result.stdout + result.stderr
    checks = {finding["check"]: finding for finding in json.loads(result.stdout)["findings"]}
    assert checks["registry"]["hint"] == 'pip install "headway[registry]"'
    assert checks["credit:local speed"]["state"] == "ok"
