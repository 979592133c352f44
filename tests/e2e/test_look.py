"""`models`, `schema`, `config`: looking changes nothing and says what there is."""

from __future__ import annotations

import pytest

from e2e.terminal import Terminal


def test_models_are_listed(terminal: Terminal) -> None:
    result = terminal.run("models", "ls")
    assert result.code == 0, result.err
    header, row = result.out.splitlines()
    assert header.split() == ["NAME", "LATEST", "ALIASES", "UPDATED"]
    assert row.split()[:2] == ["credit", "1"]
    assert "champion -> 1" in row


def test_the_versions_of_a_model_are_shown(terminal: Terminal) -> None:
    (document,) = terminal.run("models", "show", "credit", "--json").document
    assert (document["name"], document["version"], document["label"]) == ("credit", "1", "v1.0")
    header, row = terminal.run("models", "show", "credit").out.splitlines()
    assert header.split()[:3] == ["VERSION", "ALIASES", "LABEL"]
    assert row.split()[:4] == ["1", "champion", "v1.0", "lowered"]


@pytest.mark.parametrize("address", ["credit:1", "credit@champion"])
def test_one_version_is_shown(terminal: Terminal, address: str) -> None:
    document = terminal.run("models", "show", address, "--json").document
    assert (document["name"], document["version"], document["label"]) == ("credit", "1", "v1.0")
    assert document["form"] == "lowered"
    assert document["libraries"]
    text = terminal.run("models", "show", address).out
    assert document["digest"] in text
    folder = terminal.run("models", "show", document["folder"], "--json").document
    assert folder["version"] == "local"
    assert folder["digest"] == document["digest"]


def test_the_schema_is_a_table(terminal: Terminal) -> None:
    result = terminal.run("schema", "credit")
    assert result.code == 0, result.err
    lines = {line.split()[0]: line for line in result.out.splitlines()}
    assert set(lines) == {"FEATURE", "age", "income", "owner", "purpose"}
    assert ">= 18" in lines["age"]
    assert "<= 120" in lines["age"]
    assert "good" in result.err


def test_the_schema_is_json_schema(terminal: Terminal) -> None:
    schema = terminal.run("schema", "credit", "--json").document
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
def test_json_is_one_document(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    result = terminal.run("--json", *arguments)
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
    terminal: Terminal, arguments: tuple[str, ...], exit_code: int, code: str
) -> None:
    result = terminal.run(*arguments, "--json")
    assert (result.code, result.problem["code"]) == (exit_code, code)
    assert result.problem["exit_code"] == exit_code
    assert result.problem["message"]
    assert result.out == ""


def test_a_wrong_setting_stops_every_command(terminal: Terminal) -> None:
    result = terminal.run("models", "ls", HEADWAY_SERVER__PROT="1")
    assert result.code == 2
    assert "did you mean HEADWAY_SERVER__PORT" in result.err
