"""stdout has the result, stderr the rest, and every error ends with its exit code."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import click
import pytest

from headway import errors
from headway.cli.console import EXIT_CODES, Console, describe, exit_code

VIOLATIONS = [
    errors.Violation(0, "age", "ge", "is 5, below 18", hint="18 or more"),
    errors.Violation(2, None, "length", "has 1 value, not 2"),
]


@pytest.fixture
def console() -> Console:
    return Console(out=io.StringIO(), err=io.StringIO(), color=False)


def out(console: Console) -> str:
    assert isinstance(console.out, io.StringIO)
    return console.out.getvalue()


def err(console: Console) -> str:
    assert isinstance(console.err, io.StringIO)
    return console.err.getvalue()


def raised() -> errors.ConfigError:
    with pytest.raises(errors.ConfigError) as caught:
        raise errors.ConfigError("wrong")
    return caught.value


class TestExitCode:
    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (errors.ConfigError("x"), 2),
            (errors.InvalidInputError(VIOLATIONS), 3),
            (errors.ModelNotFoundError("x"), 4),
            (errors.TrustRefusedError("x"), 5),
            (errors.ServerError("x"), 6),
            (errors.OverloadedError("x", retry_after_s=1), 6),
            (errors.MissingExtraError("native", "x"), 8),
            (errors.PredictionError("x"), 1),
            (click.UsageError("x"), 2),
            (click.BadParameter("x"), 2),
            (click.FileError("x"), 2),
            (click.Abort(), 130),
            (KeyboardInterrupt(), 130),
            (ValueError("x"), 1),
        ],
    )
    def test_each_kind_of_error_has_its_own(self, error: BaseException, code: int) -> None:
        assert exit_code(error) == code

    def test_a_class_that_is_not_in_the_table_has_that_of_its_nearest_ancestor(self) -> None:
        class NewError(errors.ModelNotFoundError):
            pass

        assert exit_code(NewError("x")) == EXIT_CODES[errors.ModelNotFoundError]


class TestTable:
    def test_columns_are_aligned_and_numbers_stand_right(self, console: Console) -> None:
        console.table(("NAME", "ROWS", "NOTE"), [("credit", 5, None), ("b", 1234, "new")])
        assert out(console).splitlines() == [
            "NAME    ROWS  NOTE",
            "credit     5",
            "b       1234  new",
        ]

    def test_a_table_without_rows_has_its_header(self, console: Console) -> None:
        console.table(("NAME", "VERSION"), [])
        assert out(console) == "NAME  VERSION\n"

    @pytest.mark.parametrize(
        ("value", "shown"), [(0.123456789, "0.123457"), (1.0, "1"), (True, "True"), (None, "")]
    )
    def test_values_are_short(self, console: Console, value: Any, shown: str) -> None:
        console.table(("v",), [(value,)])
        assert out(console).splitlines()[1].strip() == shown

    def test_rows_of_another_width_are_a_mistake(self, console: Console) -> None:
        with pytest.raises(ValueError, match="zip"):
            console.table(("a", "b"), [(1,)])


class TestColor:
    def test_a_stream_that_is_no_terminal_gets_none(self) -> None:
        console = Console(out=io.StringIO(), err=io.StringIO(), color=True)
        console.table(("a",), [(1,)])
        console.failure(errors.ConfigError("wrong", hint="do"))
        assert "\x1b" not in out(console) + err(console)

    @pytest.mark.parametrize(("color", "expected"), [(True, True), (False, False)])
    def test_a_terminal_gets_colors_unless_told_otherwise(
        self, color: bool, expected: bool
    ) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        console = Console(out=Terminal(), err=Terminal(), color=color)
        console.table(("a",), [(1,)])
        console.failure(errors.ConfigError("wrong"))
        assert ("\x1b[" in out(console)) is expected
        assert ("\x1b[" in err(console)) is expected


class TestFailure:
    def test_message_and_hint_are_lines_of_stderr(self, console: Console) -> None:
        code = console.failure(errors.ModelNotFoundError("no `x`", hint="there is `y`"))
        assert code == 4
        assert err(console) == "error: no `x`\nhint: there is `y`\n"
        assert out(console) == ""

    def test_every_violation_is_listed(self, console: Console) -> None:
        console.failure(errors.InvalidInputError(VIOLATIONS))
        assert "row 0, `age`: is 5, below 18 (18 or more)" in err(console)
        assert "row 2: has 1 value, not 2" in err(console)

    def test_json_is_one_document(self) -> None:
        console = Console(json=True, out=io.StringIO(), err=io.StringIO())
        console.failure(errors.InvalidInputError(VIOLATIONS, total=9))
        document = json.loads(err(console))
        assert document["code"] == "contract.violated"
        assert document["exit_code"] == 3
        assert document["violations_total"] == 9
        assert document["violations"][0] == {
            "row": 0,
            "field": "age",
            "rule": "ge",
            "message": "is 5, below 18",
            "hint": "18 or more",
        }

    def test_an_unexpected_error_says_how_to_see_more(self, console: Console) -> None:
        assert console.failure(RuntimeError("boom")) == 1
        assert "unexpected RuntimeError: boom" in err(console)
        assert "--debug" in err(console)

    def test_debug_shows_where_it_was_raised(self, console: Console) -> None:
        console.debug = True
        console.failure(raised())
        assert "Traceback (most recent call last)" in err(console)
        assert "in raised" in err(console)

    def test_without_debug_there_is_no_traceback(self, console: Console) -> None:
        console.failure(raised())
        assert "Traceback" not in err(console)


class TestNotes:
    def test_notes_go_to_stderr(self, console: Console) -> None:
        console.note("next: serve it")
        assert (out(console), err(console)) == ("", "next: serve it\n")

    @pytest.mark.parametrize("option", ["quiet", "json"])
    def test_quiet_and_json_have_none(self, console: Console, option: str) -> None:
        setattr(console, option, True)
        console.note("next: serve it")
        assert err(console) == ""

    def test_progress_is_for_a_terminal(self, console: Console) -> None:
        assert not console.is_interactive


def test_a_document_is_json_in_utf8(console: Console) -> None:
    console.document({"name": "Zürich", "none": None})
    assert json.loads(out(console)) == {"name": "Zürich", "none": None}
    assert "Zürich" in out(console)


def test_a_moment_in_a_document_is_written_as_requests_write_it(console: Console) -> None:
    moment = dt.datetime(2026, 11, 25, 9, 33, 23, tzinfo=dt.UTC)
    console.document({"at": moment, "on": moment.date()})
    assert json.loads(out(console)) == {"at": "2026-11-25T09:33:23+00:00", "on": "2026-11-25"}


class TestControlCharacters:
    HOSTILE = "a\x1b[2Jb\x07\u202ec\ud800"
    SHOWN = r"a\x1b[2Jb\x07\u202ec\ud800"

    def test_a_cell_shows_them_and_stays_one_line(self, console: Console) -> None:
        console.table(("NAME", "N"), [(self.HOSTILE + "\nx", 1)])
        line = out(console).splitlines()[1]
        assert line == rf"{self.SHOWN}\nx  1"

    def test_lines_and_notes_show_them_and_keep_our_breaks(self, console: Console) -> None:
        console.text(f"one\n{self.HOSTILE}")
        console.note(f"two\n{self.HOSTILE}")
        assert out(console) == f"one\n{self.SHOWN}\n"
        assert err(console) == f"two\n{self.SHOWN}\n"

    def test_a_failure_shows_them_everywhere(self, console: Console) -> None:
        violations = [errors.Violation(i, self.HOSTILE, "x", self.HOSTILE) for i in range(2)]
        console.failure(errors.InvalidInputError(violations, hint=self.HOSTILE))
        assert err(console).count(self.SHOWN) == 7
        assert all(char.isprintable() or char == "\n" for char in err(console))

    def test_a_traceback_shows_them(self, console: Console) -> None:
        console.debug = True
        with pytest.raises(ValueError, match="a") as caught:
            int(self.HOSTILE)
        console.failure(caught.value)
        assert all(char.isprintable() or char == "\n" for char in err(console))


def test_a_refused_key_says_where_the_command_line_takes_it(console: Console) -> None:
    refused = errors.AuthenticationError("x", hint="send `Authorization: Bearer KEY`")
    console.failure(refused)
    assert "HEADWAY_CLIENT__KEY_FILE" in err(console)
    assert "Bearer" not in err(console)


@pytest.mark.parametrize("error", [errors.ConfigError("x"), click.UsageError("x"), OSError("x")])
def test_every_description_has_the_same_keys(error: Exception) -> None:
    assert {"code", "message", "hint", "exit_code"} <= describe(error).keys()
