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


SCHEMAS = """
from pydantic import BaseModel, Field, field_validator


class Request(BaseModel):
    age: int = Field(ge=21)
    income: float | None
    owner: bool
    purpose: str

    @field_validator("purpose")
    @classmethod
    def known(cls, value):
        if value == "boat":
            raise ValueError("nobody lends for boats")
        return value
"""


def test_a_pydantic_model_in_a_file_is_the_contract_wherever_it_is_served(
    trained: Trained, tmp_path: Path
) -> None:
    (trained.folder / "schemas.py").write_text(SCHEMAS)
    here = Terminal(trained.folder, tmp_path / "home")
    done = here.run("register", "model.pkl", *OPTIONS, "--contract", "schemas.py:Request")
    assert done.code == 0, done.err
    assert "not vectorised: `known` of `Request`" in done.err
    (tmp_path / "elsewhere").mkdir()
    there = Terminal(tmp_path / "elsewhere", tmp_path / "home")
    row = '{"age": %s, "income": null, "owner": true, "purpose": "%s"}'
    assert there.run("predict", "credit", "-", stdin=row % (41, "car")).code == 0
    boat = there.run("predict", "credit", "-", stdin=row % (41, "boat"))
    assert (boat.code, "nobody lends for boats" in boat.err) == (3, True)
    young = there.run("predict", "credit", "-", stdin=row % (20, "car"))
    assert (young.code, "is not at least `21`" in young.err) == (3, True)


def test_a_release_with_validators_of_another_registry_needs_trust(
    trained: Trained, tmp_path: Path
) -> None:
    (trained.folder / "schemas.py").write_text(SCHEMAS)
    foreign = {"HEADWAY_REGISTRY__URI": f"sqlite:///{tmp_path / 'foreign.db'}"}
    terminal = Terminal(trained.folder, tmp_path / "home", foreign)
    assert (
        terminal.run("register", "model.pkl", *OPTIONS, "--contract", "schemas.py:Request").code
        == 0
    )
    row = '{"age": 41, "income": null, "owner": true, "purpose": "car"}'
    refused = terminal.run("predict", "credit", "-", stdin=row)
    assert (refused.code, "validators in Python" in refused.err) == (5, True)
    assert terminal.run("predict", "credit", "-", "--trust", stdin=row).code == 0
