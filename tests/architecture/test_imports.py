"""What is quick to start stays so: nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripted_server import REPLY

SOURCE = Path(__file__).parents[2] / "src"
HEAVY = frozenset(
    {
        "fastapi",
        "httpcore2",
        "mlflow",
        "msgspec",
        "numpy",
        "onnx",
        "onnxruntime",
        "pandas",
        "polars",
        "pyarrow",
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


# a dict in and a dict out, from a server in the same process
ASK = """
import asyncio, dataclasses, headway, http.server, threading

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write({reply!r})

    def log_message(self, *arguments):
        pass

server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, args=(0.01,)).start()
url = f"http://127.0.0.1:{{server.server_port}}"

async def ask():
    async with headway.AsyncClient(url) as client:
        return await client.predict("credit", row)

row = {{"age": 41, "purpose": "car"}}
try:
    with headway.Client(url) as client:
        assert client.predict("credit", row).prediction == "good"
    assert asyncio.run(ask()).prediction == "good"
finally:
    server.shutdown()
"""


def test_the_client_needs_no_library_of_arrays_or_tables() -> None:
    assert imported("import headway; headway.Client().close()") == {"httpcore2", "msgspec"}
    ask = ASK.format(reply=json.dumps(REPLY).encode())
    assert imported(ask) == {"httpcore2", "msgspec"}


@pytest.mark.parametrize(
    "arguments", [["predict", "credit", "rows.json"], ["status"], ["keys", "ls"]]
)
def test_asking_a_server_from_the_command_line_stays_cheap(
    tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "rows.json").write_text("{}")
    given = [*arguments, "--url", "http://127.0.0.1:9"]
    program = f"import contextlib\nwith contextlib.redirect_stderr(None): {HELP.format(given)}"
    assert imported(program) == {"httpcore2", "msgspec"}
