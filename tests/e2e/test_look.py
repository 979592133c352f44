"""`models`, `schema`: looking changes nothing and says what there is.

Only the first and the last test start a process: the registry client costs seconds to import.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from e2e.terminal import Result, Terminal
from headway.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def run(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Run a command in this process."""
    monkeypatch.setenv("HEADWAY_HOME", str(terminal.home))

    def run(*arguments: str) -> Result:
        code = main(arguments)
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return run


def test_models_are_listed(terminal: Terminal) -> None:
    result = terminal.run("models", "ls")
    assert result.code == 0, result.err
    header, row = result.out.splitlines()
    assert header.split() == ["NAME", "LATEST", "ALIASES", "UPDATED"]
    assert row.split()[:2] == ["credit", "1"]
    assert "champion -> 1" in row


def test_the_versions_of_a_model_are_shown(run: Callable[..., Result]) -> None:
    (document,) = run("models", "show", "credit", "--json").document
    assert (document["name"], document["version"], document["label"]) == ("credit", "1", "v1.0")
    header, row = run("models", "show", "credit").out.splitlines()
    assert header.split()[:3] == ["VERSION", "ALIASES", "LABEL"]
    assert row.split()[:4] == ["1", "champion", "v1.0", "lowered"]


@pytest.mark.parametrize("address", ["credit:1", "credit@champion", "models:/credit/1"])
def test_one_version_is_shown(run: Callable[..., Result], address: str) -> None:
    document = run("models", "show", address, "--json").document
    assert (document["name"], document["version"], document["label"]) == ("credit", "1", "v1.0")
    assert document["form"] == "lowered"
    assert document["libraries"]
    assert document["digest"] in run("models", "show", address).out
    folder = run("models", "show", document["folder"], "--json").document
    assert folder["version"] == "local"
    assert folder["digest"] == document["digest"]


def test_the_schema_is_a_table(run: Callable[..., Result]) -> None:
    result = run("schema", "credit")
    assert result.code == 0, result.err
    lines = {line.split()[0]: line for line in result.out.splitlines()}
    assert set(lines) == {"FEATURE", "age", "income", "owner", "purpose"}
    assert ">= 18" in lines["age"]
    assert "<= 120" in lines["age"]
    assert "good" in result.err


def test_the_schema_is_json_schema(run: Callable[..., Result]) -> None:
    schema = run("schema", "credit", "--json").document
    assert schema["required"] == ["age", "income", "owner", "purpose"]
    assert schema["properties"]["age"]["maximum"] == 120
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        ("models", "ls"),
        ("models", "show", "credit"),
        ("models", "show", "credit:1"),
        ("schema", "credit@champion"),
        ("config", "show"),
        ("config", "path"),
        ("version",),
    ],
)
def test_json_is_one_document(run: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    result = run("--json", *arguments)
    assert result.code == 0, result.err
    assert result.document
    assert result.err == ""


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (("models", "show", "unknown"), 4, "registry.model_not_found"),
        (("models", "show", "credit:9"), 4, "registry.model_not_found"),
        (("schema", "credit@gone"), 4, "registry.alias_not_found"),
        (("schema", "credit:x"), 2, "address.invalid"),
        (("schema", "./nothing"), 4, "registry.model_not_found"),
        (("schema", "./"), 5, "bundle.corrupt"),
        (("schema",), 2, "usage"),
        (("schema", "credit", "--url", "http://127.0.0.1:9"), 6, "server.unreachable"),
    ],
)
def test_a_reason_is_one_document_too(
    run: Callable[..., Result], arguments: tuple[str, ...], exit_code: int, code: str
) -> None:
    result = run(*arguments, "--json")
    assert (result.code, result.problem["code"]) == (exit_code, code)
    assert result.problem["exit_code"] == exit_code
    assert result.problem["message"]
    assert result.out == ""


def test_a_home_without_models_has_none(terminal: Terminal) -> None:
    empty = dataclasses.replace(terminal, home=terminal.folder / "empty")
    result = empty.run("models", "ls", "--json")
    assert (result.code, result.document, result.err) == (0, [], "")
