"""The line of a setting is told by the parser itself."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.config.toml_lines import line_in, line_of

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = """\
# server.port = 1
home = "x"

[server]  # a comment
host = "127.0.0.1"
port = 1
[models.credit.constraints]
purpose = { one_of = [
  "car",
  "tv",
] }
[models."a.b"]
text = \'\'\'
[client]
url = 1
\'\'\'
[client]
url = "http://a"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("home",), 2),
        (("server",), 4),
        (("server", "port"), 6),
        (("models", "credit", "constraints", "purpose"), 8),
        (("models", "credit", "constraints", "purpose", "one_of"), 8),
        (("models", "a.b"), 12),
        (("models", "a.b", "text"), 13),
        (("client",), 17),
        (("client", "url"), 18),
        (("client", "key"), None),
        (("home", "below"), None),
    ],
)
def test_the_line_is_where_the_setting_begins(path: tuple[str, ...], line: int | None) -> None:
    assert line_of(DOCUMENT, path) == line


def test_the_end_of_the_file_needs_no_newline() -> None:
    assert line_of("a = 1\r\n[b]\r\nc = 2", ("b", "c")) == 3


def test_a_file_of_endless_lines_is_not_searched() -> None:
    assert line_of("\n" * 3_000 + "a = 1", ("a",)) is None


def test_a_file_that_is_gone_has_no_lines(tmp_path: Path) -> None:
    assert line_in(tmp_path / "gone.toml", ("a",)) is None
    (tmp_path / "binary.toml").write_bytes(b"\xff")
    assert line_in(tmp_path / "binary.toml", ("a",)) is None


values = st.one_of(
    st.integers(0, 9).map(str),
    st.sampled_from(['"x"', "[1, 2]", "[\n 1,\n 2,\n]", '"""\na\n"""', "{ x = 1 }"]),
)


@given(st.lists(values, min_size=1, max_size=8))
def test_the_text_from_that_line_on_begins_with_the_setting(drawn: list[str]) -> None:
    text = "".join(f"# comment\nk{i} = {value}\n" for i, value in enumerate(drawn))
    document: dict[str, Any] = tomllib.loads(text)
    for key in document:
        line = line_of(text, (key,))
        assert line is not None
        rest = text.splitlines()[line - 1 :]
        assert rest[0].startswith(f"{key} =")
