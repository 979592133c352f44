"""`headway register`: from files to a release, or to a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import joblib
import pytest

from e2e.terminal import Result, Terminal, Trained

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = ("--data", "train.csv", "--target", "y", "--name", "credit")


def test_the_first_version_is_lowered_and_the_champion(registered: Result) -> None:
    release = registered.document
    assert (release["name"], release["version"]) == ("credit", "1")
    assert release["form"] == "lowered"
    assert release["aliases"] == ["champion"]
    assert 0.5 < release["metrics"]["accuracy"] <= 1


def test_nothing_but_the_document_is_printed(registered: Result) -> None:
    assert registered.err == ""


def test_people_are_told_what_is_next(trained: Trained, tmp_path: Path) -> None:
    terminal = Terminal(trained.folder, tmp_path / "home")
    result = terminal.run("register", "model.pkl", *OPTIONS)
    assert result.code == 0, result.err
    assert result.out.startswith("registered credit:1, lowered")
    assert result.err.splitlines()[-1] == "serve it: headway serve credit"


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("nothing.pkl", *OPTIONS), 2, "nothing.pkl"),
        (("model.pkl", *OPTIONS, "--constraint", "agee=ge=3"), 3, "did you mean `age`"),
        (("word.pkl", *OPTIONS), 3, "no `predict`"),
    ],
)
def test_a_reason_has_its_exit_code(
    trained: Trained, tmp_path: Path, arguments: tuple[str, ...], code: int, word: str
) -> None:
    joblib.dump("word", trained.folder / "word.pkl")
    result = Terminal(trained.folder, tmp_path / "home").run("register", *arguments)
    assert result.code == code, result.err
    assert word in result.err
    assert result.out == ""
    assert "Traceback" not in result.err
