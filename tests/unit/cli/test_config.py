"""`headway config` shows what counts, and where it was written, and no secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from headway.cli.main import main
from headway.config.schema import settings_schema

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "headway.toml"
    file.write_text("[server]\nport = 9000\n[models.credit.constraints]\nage = { ge = 18 }\n")
    monkeypatch.setenv("HEADWAY_SERVER__API_KEY", "s3cret")
    return file


def test_origins_are_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--origin"]) == 0
    lines = {line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines()}
    assert lines["server.port"] == ["9000", str(project)]
    assert lines["models.credit.constraints.age.ge"] == ["18.0", str(project)]
    assert lines["server.host"] == ["127.0.0.1", "default"]
    assert lines["server.api_key"][-1] == "HEADWAY_SERVER__API_KEY"


@pytest.mark.parametrize("options", [[], ["--origin"], ["--json"], ["--json", "--origin"]])
def test_secrets_are_not_shown(
    project: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "show", *options]) == 0
    text = capsys.readouterr().out
    assert "s3cret" not in text
    assert "***" in text


@pytest.mark.parametrize("variable", ["HEADWAY_REGISTRY__URI", "MLFLOW_TRACKING_URI"])
@pytest.mark.parametrize("options", [[], ["--origin"], ["--json"], ["--json", "--origin"]])
def test_the_password_of_a_url_is_not_shown(
    variable: str,
    options: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, "postgresql+psycopg://u:secretpw@h/x")
    assert main(["config", "show", *options]) == 0
    text = capsys.readouterr().out
    assert "secretpw" not in text
    assert "postgresql+psycopg://u:***@h/x" in text


def test_json_is_the_tree(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["server"]["port"] == 9000
    assert document["models"]["credit"]["constraints"]["age"]["ge"] == 18


def test_json_with_origins_has_both(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--json", "--origin"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["server.port"] == {"value": 9000, "origin": str(project)}


def test_paths_are_those_that_are_read(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "path", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "home": str(tmp_path / "home"),
        "project": str(project),
        "user": None,
    }
    assert main(["config", "path"]) == 0
    assert str(project) in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--json"], ["--quiet"]])
def test_the_schema_is_printed_whatever_the_settings_are(
    tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "headway.toml").write_text("[broken")
    assert main(["config", "schema", *options]) == 0
    assert json.loads(capsys.readouterr().out) == settings_schema()
