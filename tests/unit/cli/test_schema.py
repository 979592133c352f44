"""`headway schema` shows a contract, from a folder or from a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from crafted import write_crafted_bundle
from headway.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from headway.bundle.bundle import Bundle
    from scripted_server import ScriptedServer


def test_a_table_is_for_people(bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "./credit"]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].split() == ["FEATURE", "TYPE", "NULL", "DECLARED", "OBSERVED", "EXAMPLE"]
    assert [line.split()[0] for line in lines[1:]] == list(bundle.contract.names)
    assert "answers: classification\nclasses: `bad`, `good`" in captured.err


def test_json_schema_is_for_programs(bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "./credit", "--json"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["required"] == list(bundle.contract.names)
    assert schema["properties"]["age"]["minimum"] == 18


def test_a_server_shows_the_same(
    bundle: Bundle, server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [(200, {"contract": msgspec.to_builtins(bundle.contract)}, {})]
    main(["schema", "./credit"])
    here = capsys.readouterr()
    assert main(["schema", "credit", "--url", server.url]) == 0
    assert capsys.readouterr() == here


def test_a_contract_of_another_version_is_a_reason(
    server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [(200, {"contract": {"features": [{"name": "age"}]}}, {})]
    assert main(["schema", "credit", "--url", server.url]) == 6
    assert "cannot be read" in capsys.readouterr().err


def test_modules_that_it_ships_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_crafted_bundle(tmp_path / "own", code={"steps.py": b"", "rates/__init__.py": b""})
    assert main(["schema", "./own"]) == 0
    assert "ships its own modules: rates, steps" in capsys.readouterr().err
