"""What `headway serve` refuses before it starts anything; the end-to-end tests start it."""

from __future__ import annotations

import pytest

from headway.cli.main import main


@pytest.mark.usefixtures("bundle")
@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        ((), 2, "MODEL"),
        (("./credit", "--port", "65536"), 2, "--port"),
        (("./credit", "--workers", "many"), 2, "neither a number nor `auto`"),
        (("./credit", "--workers", "0"), 2, "workers"),
        (("./credit", "--workers", "257"), 2, "workers"),
        (("./credit", "--host", "0.0.0.0"), 2, "--insecure"),
        (("./credit", "./credit"), 2, "twice"),
        (("./nothing",), 4, "nothing"),
        (("credit:x",), 2, "credit:x"),
    ],
)
def test_a_reason_has_its_exit_code(
    arguments: tuple[str, ...], code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == code
    captured = capsys.readouterr()
    assert word in captured.err
    assert captured.out == ""
