"""`headway models` shows what a folder holds, and what a server serves."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from crafted import write_crafted_bundle
from headway.cli.main import main
from headway.registry.port import ModelVersion
from registries import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from headway.bundle.bundle import Bundle
    from scripted_server import ScriptedServer

LIVE = {
    "version": "3",
    "variant": "champion",
    "digest": "d1",
    "form": "lowered",
    "reason": "parity holds",
    "methods": ["predict", "predict_proba"],
}
CANDIDATE = {**LIVE, "version": "4", "variant": "challenger", "digest": "d2"}
SERVED: list[dict[str, Any]] = [{"name": "credit", "version": "3", "versions": [LIVE, CANDIDATE]}]


@pytest.fixture
def serving(server: ScriptedServer) -> ScriptedServer:
    server.answers = [(200, {"models": SERVED}, {})]
    return server


def test_what_a_server_serves_is_listed(
    serving: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "ls", "--url", serving.url]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["NAME", "VERSION", "VARIANT", "FORM"]
    assert [line.split() for line in lines] == [
        ["credit", "3", "champion", "lowered"],
        ["credit", "4", "challenger", "lowered"],
    ]
    assert main(["models", "ls", "--url", serving.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == SERVED


@pytest.mark.parametrize(("address", "digest"), [("credit", "d1"), ("credit:4", "d2")])
def test_one_version_of_a_server_is_shown(
    serving: ScriptedServer, address: str, digest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "show", address, "--url", serving.url, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["digest"]) == ("credit", digest)
    assert main(["models", "show", address, "--url", serving.url]) == 0
    assert "predict, predict_proba" in capsys.readouterr().out


@pytest.mark.parametrize("address", ["other", "credit:5"])
def test_what_is_not_served_is_not_found(
    serving: ScriptedServer, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "show", address, "--url", serving.url]) == 4
    captured = capsys.readouterr().err
    assert f"`{address}` is not served" in captured
    assert "it serves `credit:3`, `credit:4`" in captured


def test_a_folder_is_shown(bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "show", "./credit", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["version"], found["form"]) == ("credit", "local", "lowered")
    assert found["digest"] == bundle.digest
    assert main(["models", "show", "./credit"]) == 0
    text = capsys.readouterr().out
    assert "parity holds" in text
    assert "aliases" not in text


def test_a_list_of_versions_says_which_are_lossy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = ModelVersion(name="net", version="1", aliases=(), created_at=NOW)
    exact = dataclasses.replace(plain, version="2", digest="ab", form="lowered")
    lossy = dataclasses.replace(exact, version="3", tags={"headway.lossy": "int8"})
    monkeypatch.setattr("headway.api.versions", lambda *_, **__: [lossy, exact, plain])
    assert main(["models", "show", "net"]) == 0
    _, *lines = capsys.readouterr().out.splitlines()
    forms = [line[1:].partition("2026")[0].strip() for line in lines]
    assert forms == ["lowered, int8 (lossy)", "lowered", "plain MLflow"]


def test_modules_that_a_release_ships_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_crafted_bundle(tmp_path / "own", code={"steps.py": b"", "rates/__init__.py": b""})
    assert main(["models", "show", "./own"]) == 0
    assert "modules        rates, steps\n" in capsys.readouterr().out
