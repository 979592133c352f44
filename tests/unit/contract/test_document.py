from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.document import parse_document
from headway.errors import MalformedInputError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(max_examples=50, deadline=None)
@given(JSON)
def test_every_document_is_read_as_it_is(document: Any) -> None:
    assert parse_document(json.dumps(document).encode()) == document
    assert parse_document(json.dumps(document, ensure_ascii=False).encode()) == document


@pytest.mark.parametrize(
    ("text", "key", "where"),
    [
        ('{"a": 1, "a": 1}', "a", "at the top level"),
        ('{"a": 1, "b": 2, "\\u0061": 1}', "a", "at the top level"),
        ('{"features": {"a": 1, "b": 2, "b": 3}}', "b", "in `features`"),
        ('{"rows": [{"a": 1}, {"a": 1, "a": 2}]}', "a", "in `rows[1]`"),
        ('{"columns": {"a": [1], "a": [2]}}', "a", "in `columns`"),
        ('{"a": {"x": 1, "x": 1}, "a": 2}', "a", "at the top level"),
        ('[[{"a": 1, "a": 2}]]', "a", "in `[0][0]`"),
        ('{"": 1, "": 2}', "", "at the top level"),
    ],
)
def test_a_duplicate_key_is_refused_and_located(text: str, key: str, where: str) -> None:
    with pytest.raises(MalformedInputError) as caught:
        parse_document(text.encode())
    assert caught.value.message == f"the key `{key}` comes twice {where}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "the body is not JSON at line 1, column 2"),
        (b'{"a": 1}\n{"a": 1}', "the body is not JSON at line 2, column 1: Extra data"),
        (b"{'a': 1}", "the body is not JSON at line 1, column 2"),
        (b'{"a": 01}', "the body is not JSON"),
        (b'{"a": "\x00"}', "the body is not JSON"),
        (b'{"a": NaN}', "JSON has no `NaN`"),
        (b'{"a": Infinity}', "JSON has no `Infinity`"),
        (b'{"a": -Infinity}', "JSON has no `-Infinity`"),
        (b'{"a": "\xff"}', "the body is not UTF-8 at byte 7"),
        ('{"a": 1}'.encode("utf-16"), "the body is not UTF-8 at byte 0"),
        (b"\xef\xbb\xbf{}", "the body is not JSON"),
        (b"[" * 1_000_000, "the body nests too deeply"),
        (b'{"a":' * 1_000_000, "the body nests too deeply"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(MalformedInputError) as caught:
        parse_document(body)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1" + "0" * 30, 10**30),
        ("-" + "9" * 5_000, -math.inf),
        ("9" * 100_000, math.inf),
        ("1" + "0" * 308, 10**308),
        ("1e999", math.inf),
        ("-1e999", -math.inf),
    ],
)
def test_a_number_out_of_range_is_left_to_the_checker(text: str, number: float) -> None:
    assert parse_document(text.encode()) == number


def test_duplicates_deep_inside_are_found_without_recursion() -> None:
    depth = 300
    body = '{"k":' * depth + '{"a":1,"a":2}' + "}" * depth
    with pytest.raises(MalformedInputError, match="the key `a` comes twice"):
        parse_document(body.encode())
