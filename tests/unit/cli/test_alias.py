"""`headway models alias` says from where to where, and how to undo it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from archives import Bench
from headway import wiring
from headway.cli.main import main
from headway.releases.aliasing import Aliaser

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path)
    bench.add()
    monkeypatch.setattr(wiring, "make_aliaser", lambda _settings: Aliaser(bench.registry))
    return bench


def test_the_undo_line_undoes(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(tmp_path / "home")]
    assert main([*home, "models", "alias", "credit:2", "champion"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "alias credit@champion 1 -> 2\n"
    assert captured.err.startswith("undo: headway models alias credit:1 champion --home ")
    assert main(captured.err.split()[2:]) == 0
    assert bench.registry.aliases["credit", "champion"] == "1"


def test_a_new_alias_and_one_that_is_there_are_told(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "alias", "credit:2", "blue"]) == 0
    assert capsys.readouterr() == ("alias credit@blue\n", "")
    assert main(["models", "alias", "credit:2", "blue"]) == 0
    assert capsys.readouterr().out == "credit@blue is credit:2 already\n"


def test_a_dry_run_changes_nothing(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "alias", "credit:2", "champion", "--dry-run"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, "dry run" in captured.err) == ("alias credit@champion 1 -> 2\n", True)
    assert bench.registry.aliases["credit", "champion"] == "1"


def test_json_is_one_document(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "alias", "credit:2", "champion", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "name": "credit",
        "alias": "champion",
        "version": "2",
        "before": "1",
        "dry_run": False,
    }
