"""What is quick to start stays so: nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
HEAVY = frozenset(
    {
        "fastapi",
        "httpx2",
        "mlflow",
        "msgspec",
        "numpy",
        "onnx",
        "onnxruntime",
        "pandas",
        "pydantic",
        "pydantic_settings",
        "rich",
        "sklearn",
        "sqlalchemy",
        "starlette",
        "uvicorn",
    }
)
HELP = "from headway.cli.main import main; main({})"


def imported(program: str) -> set[str]:
    """Return the heavy libraries that a program has imported when it ends."""
    report = "import json, sys; sys.stderr.write(json.dumps(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"],
        env={"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return HEAVY & {name.partition(".")[0] for name in json.loads(result.stderr)}


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["version", "--json"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    assert imported(HELP.format(arguments)) == set()


def test_the_package_imports_nothing_heavy() -> None:
    assert imported("import headway; dir(headway)") == set()


def test_errors_and_constraints_need_no_framework() -> None:
    assert imported("from headway import HeadwayError") == set()


def test_the_client_needs_no_numpy_and_no_pandas() -> None:
    assert imported("import headway; headway.Client().close()") == {"httpx2"}


def test_asking_a_server_from_the_command_line_stays_cheap(tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text("{}")
    arguments = ["predict", "credit", str(tmp_path / "rows.json"), "--url", "http://127.0.0.1:9"]
    program = f"import contextlib\nwith contextlib.redirect_stderr(None): {HELP.format(arguments)}"
    assert imported(program) == {"httpx2"}
