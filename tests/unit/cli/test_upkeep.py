"""`headway models rm` asks, and `tag` says how to undo."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click
import pytest

from archives import Bench
from headway import wiring
from headway.cli.main import main
from headway.cli.upkeep import parse_tags
from headway.releases.removal import Remover
from headway.releases.tagging import Tagger

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path)
    bench.add(alias="blue")
    monkeypatch.setattr(wiring, "make_remover", lambda _settings: Remover(bench.registry))
    monkeypatch.setattr(wiring, "make_tagger", lambda _settings: Tagger(bench.registry))
    return bench


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _text: answer)


def test_where_nobody_can_be_asked_yes_must_be_said(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "rm", "credit:2"]) == 2
    assert "needs `--yes`" in capsys.readouterr().err
    assert len(bench.registry.records) == 2
    assert main(["models", "rm", "credit:2", "--yes"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "removed credit:2",
        "alias credit@blue points to nothing",
    ]
    assert list(bench.registry.records) == [("credit", "1")]


def test_a_person_is_asked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, "n")
    assert main(["models", "rm", "credit:2"]) == 130
    assert len(bench.registry.records) == 2
    answering(monkeypatch, "y")
    assert main(["models", "rm", "credit:2"]) == 0
    assert len(bench.registry.records) == 1


def test_json_never_asks(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, "y")
    assert main(["models", "rm", "credit:2", "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["code"] == "usage"
    assert main(["models", "rm", "credit", "--all", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "name": "credit",
        "versions": ["2", "1"],
        "aliases": ["blue", "champion"],
        "dry_run": False,
    }


def test_a_dry_run_needs_no_yes_and_removes_nothing(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "rm", "credit", "--all", "--dry-run"]) == 0
    captured = capsys.readouterr()
    assert "would remove credit:2\nwould remove credit:1" in captured.out
    assert "headway models export credit:1" in captured.err
    assert len(bench.registry.records) == 2


def test_the_champion_is_refused(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "rm", "credit:1", "--yes"]) == 5
    assert "hint: point `champion`" in capsys.readouterr().err
    assert main(["models", "rm", "credit:1", "--yes", "--force"]) == 0


def test_the_undo_line_undoes(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "tag", "credit", "team=fraud", "note=a b"]) == 0
    captured = capsys.readouterr()
    assert "credit:1: team = fraud" in captured.out
    assert captured.err == "undo: headway models tag credit:1 team=risk note=\n"
    undo = captured.err.split()[2:]
    assert main(undo) == 0
    assert bench.registry.versions("credit")[-1].tags == {"team": "risk"}


def test_a_tag_is_removed_in_either_way(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "tag", "credit", "--remove", "team", "--dry-run"]) == 0
    captured = capsys.readouterr()
    assert "team is removed" in captured.out
    assert "dry run" in captured.err
    assert main(["models", "tag", "credit", "team=", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["changes"], document["before"]) == ({"team": None}, {"team": "risk"})
    assert main(["models", "tag", "credit", "team="]) == 0
    assert "nothing changes" in capsys.readouterr().out


@pytest.mark.parametrize("tags", [("x",), ("=x",), ("a=1", "a=2")])
def test_what_is_no_tag_is_refused(tags: tuple[str, ...]) -> None:
    with pytest.raises(click.BadParameter):
        parse_tags(tags, ())
    with pytest.raises(click.BadParameter):
        parse_tags(("a=1",), ("a",))
