from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.contract.decoder import AcceptingDecoder
from headway.contract.model import Contract
from headway.core.dtypes import DType
from unit.contract.strategies import contract_of, feature

AGE = feature("age", DType.INTEGER, ge=18)
PURPOSE = feature("purpose", DType.STRING, nullable=True, one_of=("car", "a:b"))
LEVEL = feature("level", DType.FLOAT, nullable=True, one_of=(0.5, 1.0))
CONTRACT = contract_of(AGE, PURPOSE, LEVEL)
DECODER = AcceptingDecoder(CONTRACT)
ROW = {"age": 41, "purpose": "car", "level": None}


@pytest.mark.parametrize(
    ("body", "is_single"),
    [
        (ROW, True),
        ({"features": ROW}, True),
        ({"features": [41, "car", None]}, True),
        ({"rows": [ROW]}, False),
        ({"rows": [[41, "car", None]]}, False),
        ({"columns": {"age": [41], "purpose": ["car"], "level": [None]}}, False),
    ],
)
def test_every_form_is_decoded(body: Any, is_single: bool) -> None:
    read = DECODER.read(json.dumps(body).encode())
    assert read is not None
    assert read.is_single is is_single
    assert read.batch.names == CONTRACT.names
    assert list(read.batch.rows()) == [(41, "car", None)]


def test_rows_by_name_and_by_position_may_be_mixed() -> None:
    read = DECODER.read(json.dumps({"rows": [ROW, [18, "a:b", 1], ROW]}).encode())
    assert read is not None
    assert list(read.batch.rows()) == [(41, "car", None), (18, "a:b", 1.0), (41, "car", None)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"age": 41, "purpose": "\xff", "level": null}',
        b"[]",
        b"5",
        b"[" * 100_000,
        b'{"features":' * 100_000,
        b"{}",
        b'{"rows": []}',
        b'{"rows": {}}',
        b'{"rows": [5]}',
        b'{"columns": {"age": [], "purpose": [], "level": []}}',
        b'{"columns": {"age": [41, 41], "purpose": ["car"], "level": [1]}}',
        b'{"columns": {"age": [41], "purpose": ["car"], "level": [0.7]}}',
        b'{"age": 41, "purpose": "car", "level": 0.7}',
        b'{"features": [41, "car", 0.7]}',
        b'{"rows": [[41, "car", 0.5], [41, "car", 0.7]]}',
        b'{"features": [41, "car"]}',
        b'{"features": [41, "car", 1], "extra": 1}',
        b'{"features": [41, "car", 1], "features": [41, "car", 1]}',
        b'{"age": 41, "purpose": "car", "level": 1, "rows": []}',
    ],
)
def test_what_breaks_the_contract_is_not_decoded(body: bytes) -> None:
    assert DECODER.read(body) is None


@pytest.mark.parametrize("name", ["features", "rows", "columns"])
def test_a_contract_with_a_reserved_name_takes_wrapped_rows_only(name: str) -> None:
    decoder = AcceptingDecoder(contract_of(feature(name, DType.INTEGER)))
    assert decoder.read(json.dumps({name: 1}).encode()) is None
    assert decoder.read(json.dumps({"features": {name: 1}}).encode()) is not None
    assert decoder.read(json.dumps({"rows": [{name: 1}, [2]]}).encode()) is not None
    assert decoder.read(json.dumps({"columns": {name: [1, 2]}}).encode()) is not None


@pytest.mark.parametrize("name", ['say "hi"', "back\\slash", "tab\t"])
def test_a_name_that_msgspec_does_not_take_is_left_to_the_checker(name: str) -> None:
    decoder = AcceptingDecoder(contract_of(feature(name, DType.INTEGER)))
    assert decoder.read(json.dumps({name: 1}).encode()) is None
    assert decoder.read(json.dumps({"features": [1]}).encode()) is None


NAMED_WITH_COLONS = contract_of(
    feature("a:b", DType.STRING, nullable=True),
    feature("::", DType.STRING),
    feature("c", DType.STRING),
)
PLAIN = contract_of(feature("a", DType.STRING, nullable=True), feature("b", DType.STRING))
TEXT = st.text(st.sampled_from(':"\\{},[] a\nä😀'), max_size=6)


def spelled(text: str, escapes: st.DrawFn) -> str:
    """Return `text` as a JSON string, each character escaped or not as it is drawn."""
    chars = []
    for char in text:
        must = char in '"\\' or ord(char) < 0x20
        if must or escapes(st.integers(0, 3)) == 0:
            chars.append(
                json.dumps(char)[1:-1] if ord(char) > 0x7F or must else f"\\u{ord(char):04x}"
            )
        else:
            chars.append(char)
    return '"' + "".join(chars) + '"'


@st.composite
def objects(draw: st.DrawFn, contract: Contract, *, doubled: bool) -> tuple[str, dict[str, Any]]:
    """Draw the text of a row with its keys in any order, and one of them twice if `doubled`."""
    keys = draw(st.permutations(contract.names))
    if doubled:
        keys.insert(draw(st.integers(0, len(keys))), draw(st.sampled_from(contract.names)))
    space = st.sampled_from(["", " ", "\n\t"])
    row: dict[str, Any] = {}
    members = []
    for key in keys:
        value = None if contract.feature(key).nullable and draw(st.booleans()) else draw(TEXT)
        row[key] = value
        text = "null" if value is None else spelled(value, draw)
        members.append(f"{draw(space)}{spelled(key, draw)}{draw(space)}:{draw(space)}{text}")
    return "{" + ",".join(members) + "}", row


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from([PLAIN, NAMED_WITH_COLONS]), st.booleans())
def test_a_body_is_decoded_exactly_where_no_key_comes_twice(
    data: Any, contract: Contract, doubled: bool
) -> None:
    decoder = AcceptingDecoder(contract)
    text, row = data.draw(objects(contract, doubled=doubled))
    other_text, other = data.draw(objects(contract, doubled=False))
    single = [tuple(row[name] for name in contract.names)]
    both = [tuple(other[name] for name in contract.names), *single]
    forms = [
        (text, single),
        (f'{{"features": {text}}}', single),
        (f'{{"rows": [{other_text}, {text}]}}', both),
        (f'{{"rows": [{json.dumps(both[0])}, {text}]}}', both),
    ]
    for body, expected in forms:
        read = decoder.read(body.encode())
        if doubled:
            assert read is None
        else:
            assert read is not None
            assert list(read.batch.rows()) == expected


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from([PLAIN, NAMED_WITH_COLONS]), st.booleans())
def test_columns_are_decoded_exactly_where_no_key_comes_twice(
    data: Any, contract: Contract, doubled: bool
) -> None:
    keys = data.draw(st.permutations(contract.names))
    if doubled:
        keys.insert(data.draw(st.integers(0, len(keys))), data.draw(st.sampled_from(keys)))
    columns = [(key, data.draw(st.lists(TEXT, min_size=2, max_size=2))) for key in keys]
    members = (f"{spelled(key, data.draw)}: {json.dumps(column)}" for key, column in columns)
    read = AcceptingDecoder(contract).read(f'{{"columns": {{{", ".join(members)}}}}}'.encode())
    assert (read is None) is doubled
    if read is not None:
        assert list(read.batch.columns()) == [dict(columns)[name] for name in contract.names]
