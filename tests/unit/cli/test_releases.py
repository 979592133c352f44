"""A new release is shown with what is next, and rows are read with their target."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from crafted import crafted_contract
from headway.cli.console import Console
from headway.cli.invocation import Invocation
from headway.cli.releases import print_release, read_training_rows
from headway.errors import TrainingDataError
from headway.releases.release import Release

if TYPE_CHECKING:
    from pathlib import Path


def release(**fields: Any) -> Release:
    given: dict[str, Any] = {
        "name": "credit",
        "version": "2",
        "aliases": ("champion",),
        "digest": "d" * 64,
        "form": "lowered",
        "reason": "lowered: parity holds",
        "contract": crafted_contract(),
        "metrics": {"accuracy": 0.87654321},
        "notes": ("income: 10 % missing",),
        "absent": {"evaluation": "no rows were given"},
    }
    return Release(**(given | fields))


def printed(shown: Release, home: str | None = None, **options: Any) -> tuple[str, str]:
    console = Console(out=io.StringIO(), err=io.StringIO(), color=False, **options)
    print_release(Invocation(console=console, home=home), shown)
    assert isinstance(console.out, io.StringIO)
    assert isinstance(console.err, io.StringIO)
    return console.out.getvalue(), console.err.getvalue()


def test_everything_that_its_owner_should_know_is_said() -> None:
    out, err = printed(release())
    assert "registered credit:2, lowered: parity holds" in out
    assert "alias credit@champion" in out
    assert "accuracy 0.876543" in out
    assert "evaluation: not recorded (no rows were given)" in out
    assert "note: income: 10 % missing" in err


@pytest.mark.parametrize(
    ("aliases", "address"),
    [(("champion",), "credit"), ((), "credit:2"), (("challenger",), "credit:2")],
)
def test_the_next_command_serves_this_release(aliases: tuple[str, ...], address: str) -> None:
    _, err = printed(release(aliases=aliases))
    assert f"serve it: headway serve {address}\n" in err


def test_an_alias_that_moved_is_told_with_the_way_back() -> None:
    out, err = printed(release(moved={"champion": "1"}), home="my files")
    assert "alias credit@champion 1 -> 2\n" in out
    assert "serve it: headway serve credit --home 'my files'\n" in err
    assert "headway models alias credit:1 champion --home 'my files'\n" in err
    document = json.loads(printed(release(moved={"champion": "1"}), json=True)[0])
    assert document["moved"] == {"champion": "1"}


def test_json_is_one_document() -> None:
    out, err = printed(release(), json=True)
    document = json.loads(out)
    assert (document["name"], document["version"], document["form"]) == ("credit", "2", "lowered")
    assert document["metrics"] == {"accuracy": 0.87654321}
    assert document["modules"] == []
    assert err == ""


def test_rows_are_read_with_their_target(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b,y\n1,2,3\n4,5,6\n")
    (tmp_path / "other.csv").write_text("a,b,y\n7,8,9\n")
    rows = read_training_rows(tmp_path / "rows.csv", "y", tmp_path / "other.csv")
    assert rows.features.to_dict("list") == {"a": [1, 4], "b": [2, 5]}
    assert rows.labels is not None
    assert rows.labels.tolist() == [3, 6]
    assert rows.evaluation is not None
    assert rows.evaluation[0].to_dict("list") == {"a": [7], "b": [8]}


def test_rows_without_a_target_are_all_features(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b,y\n1,2,3\n")
    rows = read_training_rows(tmp_path / "rows.csv", None, None)
    assert list(rows.features.columns) == ["a", "b", "y"]
    assert rows.labels is None
    assert rows.evaluation is None


@pytest.mark.parametrize(("target", "evaluation"), [("targe", None), ("y", "other.csv")])
def test_a_target_that_is_not_there_is_named(
    tmp_path: Path, target: str, evaluation: str | None
) -> None:
    (tmp_path / "rows.csv").write_text("a,y\n1,2\n")
    (tmp_path / "other.csv").write_text("a,target\n1,2\n")
    other = None if evaluation is None else tmp_path / evaluation
    with pytest.raises(TrainingDataError, match=f"`{target}`"):
        read_training_rows(tmp_path / "rows.csv", target, other)
