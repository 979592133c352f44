"""What `headway adopt` refuses before it opens a registry; the end-to-end tests go on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        ((), 2, "ADDRESS"),
        (("models:/credit/1",), 2, "--data"),
        (("models:/credit/1", "--data", "none.csv"), 2, "none.csv"),
        (("models:/credit/1", "--data", "rows.csv", "--constraint", "a"), 2, "write FEATURE="),
        (("models:/credit/1", "--data", "rows.csv", "--target", "z"), 3, "no column `z`"),
        (("./nothing", "--data", "rows.csv"), 4, "nothing"),
    ],
)
def test_a_reason_has_its_exit_code(
    arguments: tuple[str, ...], code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rows.csv").write_text("a,y\n1,2\n3,4\n")
    assert main(["adopt", *arguments]) == code
    captured = capsys.readouterr()
    assert word in captured.err
    assert captured.out == ""
