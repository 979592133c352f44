"""A file of any form holds the same rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headway.cli.rows import FileRows, format_of, parse_rows, read_bytes, tell_of_csv
from headway.errors import InvalidInputError, MalformedInputError, Violation

TYPES = {"age": "integer", "income": "float", "owner": "boolean", "purpose": "string"}


def parse(text: str | bytes, file_format: Any = "json") -> FileRows:
    content = text if isinstance(text, bytes) else text.encode()
    return parse_rows(content, file_format, lambda: TYPES)


@pytest.mark.parametrize(
    ("document", "rows", "is_single"),
    [
        ({"age": 1}, [{"age": 1}], True),
        ({"age": 1, "rows": 2}, [{"age": 1, "rows": 2}], True),
        ({"features": {"age": 1}}, [{"age": 1}], True),
        ({"features": [1, 2]}, [[1, 2]], True),
        ({"features": 5}, [{"features": 5}], True),
        ({"rows": [{"age": 1}, [2]]}, [{"age": 1}, [2]], False),
        ({"columns": {"age": [1, 2]}}, {"age": [1, 2]}, False),
        ([{"age": 1}], [{"age": 1}], False),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]], False),
        ([1, "a", None], [[1, "a", None]], True),
        ([], [], False),
        ({}, [{}], True),
    ],
)
def test_every_form_of_json_is_read(document: Any, rows: Any, is_single: bool) -> None:
    assert parse(json.dumps(document)) == FileRows(rows, is_single)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "{", '{"a": NaN}', "5", '"text"', "null", ""])
def test_what_holds_no_rows_is_refused(text: str) -> None:
    with pytest.raises(MalformedInputError):
        parse(text)


class TestLines:
    def test_each_line_is_a_row(self) -> None:
        text = '{"age": 1}\n\n[1, 2]\r\n{"features": {"age": 3}}\n'
        assert parse(text, "jsonl") == FileRows([{"age": 1}, [1, 2], {"age": 3}], False)

    @pytest.mark.parametrize("line", ["{", '{"rows": [{}]}', '{"columns": {}}', "[[1]]", "5"])
    def test_a_line_that_is_no_row_is_named(self, line: str) -> None:
        with pytest.raises(MalformedInputError, match="line 3: "):
            parse(f'{{"age": 1}}\n\n{line}\n', "jsonl")


class TestCsv:
    def test_values_have_the_types_of_the_contract(self) -> None:
        text = 'age,income,owner,purpose\n41,1.5,true,"a ""new"" car"\n-1,2,0,5\n'
        assert parse(text, "csv").rows == [
            {"age": 41, "income": 1.5, "owner": True, "purpose": 'a "new" car'},
            {"age": -1, "income": 2.0, "owner": False, "purpose": "5"},
        ]

    @pytest.mark.parametrize("word", ["", "NA", "NaN", "nan", "null", " "])
    def test_a_missing_number_is_null(self, word: str) -> None:
        assert parse(f"age,income,owner,x\n{word},{word},{word},x\n", "csv").rows == [
            {"age": None, "income": None, "owner": None, "x": "x"}
        ]

    def test_a_missing_string_is_null_and_na_is_a_word(self) -> None:
        assert parse("purpose,age\n,1\nNA,2\n", "csv").rows == [
            {"purpose": None, "age": 1},
            {"purpose": "NA", "age": 2},
        ]

    def test_what_is_not_of_the_type_stays_text(self) -> None:
        row = {"age": "old", "income": "much", "owner": "maybe", "other": "1"}
        text = ",".join(row) + "\n" + ",".join(row.values())
        assert parse(text, "csv").rows == [row]

    @pytest.mark.parametrize(
        "text", ["1_000", "0x10", "05", "+5", ".5", "5.", "inf", "1e999", "\u0665", "1 000", "--1"]
    )
    @pytest.mark.parametrize("name", ["age", "income"])
    def test_what_json_would_not_read_is_no_number(self, name: str, text: str) -> None:
        assert parse(f"{name},x\n{text},x\n", "csv").rows == [{name: text, "x": "x"}]

    @pytest.mark.parametrize(
        ("text", "age"),
        [
            ("5", 5),
            (" 5 ", 5),
            ("-0", 0),
            ("9007199254740993", 2**53 + 1),
            ("5.0", 5.0),
            ("1e3", 1e3),
        ],
    )
    def test_a_number_of_an_integer_feature_is_left_to_the_contract(
        self, text: str, age: float
    ) -> None:
        ((found,),) = (row.values() for row in parse(f"age\n{text}\n", "csv").rows)
        assert found == age
        assert type(found) is type(age)

    def test_names_that_stand_twice_are_refused(self) -> None:
        with pytest.raises(MalformedInputError, match=r"line 1: .*`age`, `x`"):
            parse("age,x,age,income,x\n1,2,3,4,5\n", "csv")

    def test_no_hint_speaks_of_quotes(self) -> None:
        violations = [
            Violation(0, "age", "type", "m", hint="send it without quotes"),
            Violation(1, "age", "ge", "m", hint="18 or more"),
        ]
        error = InvalidInputError(violations, total=9)
        tell_of_csv(error)
        assert [v.hint for v in error.violations] == [error.hint, "18 or more"]
        assert "quotes" not in str(error.hint)

    def test_a_byte_order_mark_is_no_part_of_a_name(self) -> None:
        assert parse(b"\xef\xbb\xbfage\n1\n", "csv").rows == [{"age": 1}]

    def test_empty_lines_are_skipped(self) -> None:
        assert parse("age\n1\n\n2\n", "csv").rows == [{"age": 1}, {"age": 2}]

    @pytest.mark.parametrize(
        ("content", "where"),
        [
            (b"a,b\n1\n", "line 2: 1 values for the 2 names"),
            (b'a,b\n1,2\n"3,4\n', "line 3: not CSV"),
            (b"a\n\xff\n", "not UTF-8 at byte 2"),
        ],
    )
    def test_what_is_no_csv_is_named_with_its_place(self, content: bytes, where: str) -> None:
        with pytest.raises(MalformedInputError, match=where):
            parse(content, "csv")

    def test_a_file_of_names_alone_has_no_rows(self) -> None:
        assert parse("age,income\n", "csv").rows == []


@pytest.mark.parametrize("file_format", ["json", "csv"])
def test_an_empty_file_is_told(file_format: Any) -> None:
    with pytest.raises(MalformedInputError, match="the file is empty") as caught:
        parse_rows(b"", file_format, dict)
    assert caught.value.hint


@pytest.mark.parametrize("file_format", ["json", "jsonl"])
def test_what_is_no_json_is_told_of_the_file(file_format: Any) -> None:
    with pytest.raises(MalformedInputError, match="the file is not JSON") as caught:
        parse_rows(b"{", file_format, dict)
    assert caught.value.hint


@pytest.mark.parametrize("file_format", ["json", "jsonl"])
def test_types_are_asked_for_csv_only(file_format: Any) -> None:
    def types() -> dict[str, str]:
        raise AssertionError

    assert parse_rows(b'{"age": 1}', file_format, types).rows == [{"age": 1}]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.csv", "csv"), ("A.CSV", "csv"), ("a.jsonl", "jsonl"), ("a.json", "json"), ("-", "json")],
)
def test_the_name_tells_the_format(path: str, expected: str) -> None:
    assert format_of(path) == expected


def test_a_file_is_read(tmp_path: Any) -> None:
    (tmp_path / "rows.json").write_bytes(b"\xff{}")
    assert read_bytes(str(tmp_path / "rows.json")) == b"\xff{}"


def test_cells_of_other_types_are_read_as_json_holds_them() -> None:
    types = {"at": "datetime", "price": "decimal", "v": "tensor", "w": "tensor"}
    content = (
        b'at,price,v,w\n 2026-01-31T09:30:00Z ,0.1000000000000000000001,"[1, 2.5]",[1\nNaT,,,NA\n'
    )
    assert parse_rows(content, "csv", lambda: types).rows == [
        {
            "at": "2026-01-31T09:30:00Z",
            "price": "0.1000000000000000000001",
            "v": [1, 2.5],
            "w": "[1",
        },
        {"at": None, "price": None, "v": None, "w": None},
    ]


@pytest.mark.parametrize("file_format", ["json", "jsonl"])
def test_digits_are_kept_where_they_matter(file_format: Any) -> None:
    rows = parse_rows(b'{"a": 0.10}', file_format, dict, keeps_digits=True).rows
    assert isinstance(rows, list)
    assert rows[0]["a"].text == "0.10"
    assert type(parse_rows(b'{"a": 0.10}', file_format, dict).rows[0]["a"]) is float
