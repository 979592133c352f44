"""The commands that ask a server, against one that runs and wants a key: every refusal has its exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from crafted import ROW, crafted_plan
from headway.cli.main import main
from headway.security.keys import ApiKey, hash_key
from headway.serving.plan import Limits
from running import running
from scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "a-key-that-nobody-guesses"
ASKING = [
    ("predict", "credit", "row.json"),
    ("models", "ls"),
    ("models", "show", "credit"),
    ("schema", "credit"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the crafted model behind a key, with tight limits."""
    folder = tmp_path_factory.mktemp("served")
    limits = Limits(max_body_bytes=4_000, max_rows=3, timeout_ms=0)
    with running(
        folder,
        crafted_plan(
            folder, limits=limits, keys=(ApiKey("test", hash_key(KEY)),), asks_for_key=True
        ),
    ) as server:
        yield server.server.url


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_CLIENT__KEY", KEY)
    rows = {
        "row.json": ROW,
        "rows.json": [ROW, ROW],
        "many.json": [ROW] * 4,
        "large.json": [{**ROW, "purpose": "x" * 5_000}],
        "broken.json": [{**ROW, "age": 17}, {**ROW, "purpose": "boat"}],
        "raising.json": {**ROW, "fault": 1},
        "slow.json": {**ROW, "spin": 400_000},
        "unknown.json": {**ROW, "colour": "red"},
    }
    for name, content in rows.items():
        (tmp_path / name).write_text(json.dumps(content))


@pytest.mark.parametrize("command", ASKING)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_with_the_key_it_answers(
    url: str, command: tuple[str, ...], options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--url", url, *options]) == 0
    captured = capsys.readouterr()
    assert captured.out
    if options:
        assert json.loads(captured.out)
        assert captured.err == ""


def test_a_key_may_come_from_a_file(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEADWAY_CLIENT__KEY")
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("HEADWAY_CLIENT__KEY_FILE", str(tmp_path / "key"))
    assert main(["models", "ls", "--url", url]) == 0


@pytest.mark.parametrize("command", ASKING)
@pytest.mark.parametrize("key", [None, "another-key"])
def test_without_the_key_it_is_refused(
    url: str,
    command: tuple[str, ...],
    key: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("HEADWAY_CLIENT__KEY")
    if key is not None:
        monkeypatch.setenv("HEADWAY_CLIENT__KEY", key)
    assert main([*command, "--url", url, "--json"]) == 5
    problem = json.loads(capsys.readouterr().err)
    assert problem["code"] == "auth.unauthenticated"
    assert problem["hint"]


@pytest.mark.parametrize(
    ("command", "exit_code", "code"),
    [
        (("predict", "credit", "broken.json"), 3, "contract.violated"),
        (("predict", "credit", "unknown.json"), 3, "contract.violated"),
        (("predict", "credit", "many.json"), 3, "input.too_large"),
        (("predict", "credit", "large.json"), 3, "input.too_large"),
        (("predict", "credit", "raising.json"), 1, "prediction.failed"),
        (("predict", "other", "row.json"), 4, "registry.model_not_found"),
        (("predict", "credit:9", "row.json"), 4, "registry.model_not_found"),
        (("predict", "credit@blue", "row.json"), 2, "address.invalid"),
        (("predict", "./folder", "row.json"), 2, "address.invalid"),
        (("models", "show", "other"), 4, "registry.model_not_found"),
        (("models", "show", "credit:9"), 4, "registry.model_not_found"),
        (("schema", "other"), 4, "registry.model_not_found"),
        (("schema", "credit:9"), 4, "registry.model_not_found"),
    ],
)
def test_a_refusal_has_its_exit_code(
    url: str,
    command: tuple[str, ...],
    exit_code: int,
    code: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*command, "--url", url, "--json"]) == exit_code
    captured = capsys.readouterr()
    assert captured.out == ""
    problem = json.loads(captured.err)
    assert (problem["code"], problem["exit_code"]) == (code, exit_code)
    assert KEY not in captured.err


def test_every_violation_is_told_as_it_is_here(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "credit", "broken.json", "--url", url]) == 3
    told = capsys.readouterr().err
    assert "row 0, `age`" in told
    assert "row 1, `purpose`" in told
    assert "hint: " in told


@pytest.mark.parametrize("command", ASKING)
@pytest.mark.parametrize(
    ("status", "document", "exit_code"),
    [
        (503, {"code": "server.overloaded", "title": "t", "detail": "no room"}, 6),
        (504, {"code": "server.deadline", "title": "t", "detail": "too late"}, 6),
        (502, b"<html>a proxy</html>", 6),
        (200, b"<html>another program</html>", 6),
        (404, b"", 6),
        (500, {"code": "error.unexpected", "title": "t", "detail": "no detail"}, 6),
    ],
)
def test_whatever_answers_it_is_an_exit_code_and_no_traceback(
    command: tuple[str, ...],
    status: int,
    document: object,
    exit_code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = ScriptedServer()
    try:
        server.answers = [(status, document, {"Retry-After": "99"})]
        assert main([*command, "--url", server.url, "--json"]) == exit_code
    finally:
        server.close()
    captured = capsys.readouterr()
    assert json.loads(captured.err)["exit_code"] == exit_code
    assert captured.out == ""


def test_a_reply_that_comes_too_late_is_a_time_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # measured as slow, so that it runs beside the loop, which keeps the time
    plan = crafted_plan(tmp_path, limits=Limits(timeout_ms=100), spin=500)
    with running(tmp_path, plan) as server:
        url = server.server.url
        assert main(["predict", "credit", "slow.json", "--url", url, "--json"]) == 6
    assert json.loads(capsys.readouterr().err)["code"] == "server.deadline"
