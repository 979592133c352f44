"""What `headway optimize` refuses before it opens a registry; the integration test goes on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "MODEL"),
        (("net", "--metric", "roc_auc"), "only with `--to`"),
        (("net", "--label", "small", "--alias", "fast"), "`--label`, `--alias`: only with `--to`"),
        (("net", "--to", "int8", "--explain"), "`--explain` tells of the forms that there are"),
        (("net", "--to", "int4"), "int4"),
        (("net", "--to", "int8", "--engine", "magic"), "magic"),
        (("net", "--to", "int8", "--max-drop", "-1"), "--max-drop"),
        (("net", "--to", "int8", "--max-drop", "much"), "--max-drop"),
        (("net", "--to", "int8", "--evaluation", "none.csv"), "none.csv"),
        (("net", "--to", "int8", "--calibrate", "."), "--calibrate"),
        (("net", "--to", "int8", "--alias", "7"), "7"),
        (("./folder", "--to", "int8"), "no version of the registry"),
    ],
)
def test_what_is_typed_wrong_is_told(
    arguments: tuple[str, ...], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["optimize", *arguments]) == 2
    captured = capsys.readouterr()
    assert word in captured.err
    assert captured.out == ""


def test_rows_without_the_target_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("rows.csv").write_text("a,y\n1,2\n")
    arguments = ["optimize", "net", "--to", "int8", "--evaluation", "rows.csv", "--target", "z"]
    assert main(arguments) == 3
    assert "no column `z`" in capsys.readouterr().err
