"""A release is carried from one registry to another, noted about and removed; a diagnosis finds it well.

Commands run in this process: the registry client costs seconds to import.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from e2e.terminal import Result, Terminal, Trained
from headway.cli.main import main
from registries import embedded_registry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """Give the home of another machine, with an empty registry."""
    embedded_registry(tmp_path / "there")
    return tmp_path / "there"


@pytest.fixture
def run(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    monkeypatch.setenv("HEADWAY_HOME", str(terminal.home))

    def run(*arguments: str) -> Result:
        code = main(arguments)
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    return run


def test_a_release_that_was_moved_is_the_same_release(
    run: Callable[..., Result], there: Path, trained: Trained, tmp_path: Path
) -> None:
    other = ("--home", str(there))
    (tmp_path / "rows.json").write_text(json.dumps(trained.rows(20)))
    exported = run("models", "export", "credit:1", "credit.tar.gz", "--json").document
    for attempt in (True, False):
        imported = run("models", "import", "credit.tar.gz", "--alias", "blue", *other, "--json")
        assert imported.code == 0, imported.err
        assert imported.document["is_new"] is attempt
        assert imported.document["digest"] == exported["digest"]
    here_shown = run("models", "show", "credit:1", "--json").document
    shown = run("models", "show", "credit@blue", *other, "--json").document
    for key in ("digest", "label", "metrics", "libraries", "form", "reason", "registered_at"):
        assert shown[key] == here_shown[key], key
    question = ("predict", "credit:1", "rows.json", "--method", "predict_proba", "--json")
    assert run(*question, *other).document == run(*question).document
    # and on: the copy of the copy has the same bytes but for what it says of its way
    again = run("models", "export", "credit:1", "again.tar.gz", *other, "--json").document
    assert again["digest"] == exported["digest"]


def test_a_version_is_tagged_and_removed(
    run: Callable[..., Result], there: Path, terminal: Terminal
) -> None:
    other = ("--home", str(there))
    run("models", "export", "credit:1", "credit.tar.gz")
    run("models", "import", "credit.tar.gz", *other)
    run("models", "import", "credit.tar.gz", "--again", *other)
    assert run("models", "tag", "credit:2", "owner=risk", *other).code == 0
    versions = run("models", "show", "credit", *other, "--json").document
    assert [version["tags"].get("owner") for version in versions] == ["risk", None]
    assert versions[0]["tags"]["headway.imported_from"] == "credit:1"
    assert run("models", "rm", "credit:1", "--yes", *other).code == 5
    assert run("models", "rm", "credit:2", "--yes", *other).code == 0
    assert run("models", "show", "credit:2", *other).code == 4
    assert run("models", "rm", "credit", "--all", "--yes", *other).code == 0
    assert run("models", "ls", *other, "--json").document == []
    assert run("models", "show", "credit:1").code == 0


def test_an_installation_is_well_and_measured(terminal: Terminal) -> None:
    result = terminal.run("doctor", "--json", HEADWAY_SERVER__PORT="0")
    assert result.code == 0, result.out
    found = {finding["check"]: finding for finding in result.document["findings"]}
    assert found["credit:1 load"]["state"] == "ok"
    assert "us of CPU for one row" in found["credit:1 speed"]["measured"]
    assert "1 model," in found["registry"]["measured"]
    assert result.err == ""
