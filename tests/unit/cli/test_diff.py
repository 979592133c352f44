"""`headway models diff` tells what breaks, and ends with 7 where it is asked to check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from crafted import crafted_contract, write_crafted_bundle
from headway.cli.main import main
from headway.contract.model import Constraints

if TYPE_CHECKING:
    from pathlib import Path

AGE, *OTHERS = crafted_contract().features


@pytest.fixture(autouse=True)
def releases(tmp_path: Path) -> None:
    """Write a release, one that is tighter, one that is looser, and one of another name."""
    tighter = msgspec.structs.replace(AGE, constraints=Constraints(ge=21, le=120))
    looser = msgspec.structs.replace(AGE, constraints=Constraints(le=120))
    write_crafted_bundle(tmp_path / "old")
    write_crafted_bundle(tmp_path / "tighter", features=(tighter, *OTHERS))
    write_crafted_bundle(tmp_path / "looser", features=(looser, *OTHERS))
    write_crafted_bundle(tmp_path / "other", "fraud")


def test_people_get_groups_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "diff", "./old", "./tighter"]) == 0
    out = capsys.readouterr().out
    first, second, _, header, *rows = out.splitlines()
    assert first == "Breaks a client:"
    assert second == ("  feature `age`, lower limit: fewer values are taken (ge 18 -> ge 21)")
    assert header.split() == ["credit:local", "credit:local", "DIFFERENCE"]
    assert {"digest", "form", "reason", "size_bytes"} <= {row.split()[0] for row in rows}


@pytest.mark.parametrize("flag", ["--breaking", "--check"])
@pytest.mark.parametrize(
    ("new", "code"), [("./tighter", 7), ("./looser", 0), ("./old", 0), ("./other", 0)]
)
def test_a_check_ends_with_7_where_a_client_would_break(
    flag: str, new: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "diff", "./old", new, flag]) == code
    captured = capsys.readouterr()
    assert ("Breaks a client" in captured.out) == bool(code)
    assert "DIFFERENCE" not in captured.out
    assert ("nothing breaks a client" in captured.err) == (new == "./looser")


def test_what_only_widens_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "diff", "./old", "./looser"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("Only widens what is accepted:\n  feature `age`, lower limit")


def test_what_should_be_known_of_the_comparison_is_a_note(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "diff", "./old", "./other"]) == 0
    captured = capsys.readouterr()
    assert "note: these are two models: `credit` and `fraud`" in captured.err
    assert captured.out.startswith("The contracts are the same.")


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "diff", "./old", "./tighter", "--json", "--breaking"]) == 7
    document = json.loads(capsys.readouterr().out)
    assert document["breaks"] is True
    assert [change["part"] for change in document["changes"]] == ["lower limit"]


def test_what_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "diff", "./old", "./nothing"]) == 4
    assert "nothing" in capsys.readouterr().err
