"""What `headway register` refuses before it opens a registry; the end-to-end tests go on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway.cli.main import main

OPTIONS = ("--data", "rows.csv", "--target", "y", "--name", "credit")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        ((), 2, "MODEL"),
        (("model.pkl", "--data", "rows.csv"), 2, "--name"),
        (("none.pkl", *OPTIONS), 2, "none.pkl"),
        (("model.pkl", *OPTIONS, "--data", "none.csv"), 2, "none.csv"),
        (("model.pkl", *OPTIONS, "--constraint", "a=least=3"), 2, "is no rule"),
        (("model.pkl", *OPTIONS, "--holdout", "1"), 2, "--holdout"),
        (("model.pkl", *OPTIONS, "--rows", "some"), 2, "--rows"),
        (("model.pkl", *OPTIONS, "--target", "z"), 3, "no column `z`"),
        (("model.pkl", *OPTIONS, "--evaluation", "other.csv"), 3, "no column `y`"),
        (("model.pkl", *OPTIONS), 3, "`model.pkl` is not a pickle"),
    ],
)
def test_a_reason_has_its_exit_code(
    arguments: tuple[str, ...], code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rows.csv").write_text("a,y\n1,2\n3,4\n")
    Path("other.csv").write_text("a\n1\n")
    Path("model.pkl").write_text("no pickle")
    assert main(["register", *arguments]) == code
    captured = capsys.readouterr()
    assert word in captured.err
    assert captured.out == ""
