from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headway.contract.reader import BodyReader
from headway.contract.values import ValueChecker
from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.errors import InputTooLargeError, InvalidInputError, MalformedInputError
from unit.contract.strategies import NAMES, contract_of, contracts, feature, good_rows

if TYPE_CHECKING:
    from headway.contract.model import Contract

CONTRACT = contract_of(
    feature("age", DType.INTEGER, ge=18, le=120),
    feature("amount", DType.FLOAT, nullable=True),
    feature("owner", DType.BOOLEAN),
    feature("purpose", DType.STRING, nullable=True, not_null=True, one_of=("car", "tv")),
)
READER = BodyReader(CONTRACT, max_rows=3)
GOOD = {"age": 41, "amount": 2.5, "owner": True, "purpose": "car"}


def spelled(document: Any) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def broken(document: Any) -> list[tuple[int, str | None, str]]:
    with pytest.raises(InvalidInputError) as caught:
        READER.read(spelled(document))
    return [(v.row, v.field, v.rule) for v in caught.value.violations]


def as_read(contract: Contract, row: dict[str, Any]) -> list[Any]:
    """Return a row in order, as a batch holds it.

    An integer that a float64 does not hold is rounded in a float feature.
    """
    return [
        ValueChecker(one).check(row[one.name])[0]
        if one.dtype not in PLAIN_DTYPES
        else float(row[one.name])
        if one.dtype is DType.FLOAT and row[one.name] is not None
        else row[one.name]
        for one in contract.features
    ]


def keeps(contract: Contract, row: dict[str, Any]) -> bool:
    return not any(ValueChecker(one).check(row[one.name])[1] for one in contract.features)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_form_gives_the_values_that_were_sent(data: st.DataObject) -> None:
    contract = data.draw(contracts([*NAMES, "features", 'say "hi"', "back\\slash"]))
    rows = data.draw(st.lists(good_rows(contract), min_size=1, max_size=3))
    assume(all(keeps(contract, row) for row in rows))
    in_order = [[row[name] for name in contract.names] for row in rows]
    columns = {name: [row[name] for row in rows] for name in contract.names}
    many = [{"rows": rows}, {"rows": in_order}, {"columns": columns}]
    single = [{"features": rows[0]}, {"features": in_order[0]}]
    if "features" not in contract.names:
        single.append(rows[0])
    reader = BodyReader(contract, max_rows=3)
    for form in (*many, *single):
        expected = [as_read(contract, row) for row in (rows if form in many else rows[:1])]
        for ensure_ascii in (True, False):
            read = reader.read(json.dumps(form, ensure_ascii=ensure_ascii).encode())
            assert read.is_single is (form in single)
            assert read.batch.n_rows == len(expected)
            assert [list(row) for row in read.batch.rows()] == expected
            by_column = [list(column) for column in zip(*expected, strict=True)]
            assert [list(column) for column in read.batch.columns()] == by_column


@pytest.mark.parametrize(
    ("changed", "violations"),
    [
        ({"age": None}, [("age", "null")]),
        ({"age": "5"}, [("age", "type")]),
        ({"age": True}, [("age", "type")]),
        ({"age": 41.5}, [("age", "type")]),
        ({"age": 2**63}, [("age", "type")]),
        ({"age": 10**30}, [("age", "type")]),
        ({"age": 17}, [("age", "ge")]),
        ({"age": 121.0}, [("age", "le")]),
        ({"amount": "2.5"}, [("amount", "type")]),
        ({"amount": False}, [("amount", "type")]),
        ({"amount": 10**400}, [("amount", "type")]),
        ({"amount": [1]}, [("amount", "type")]),
        ({"owner": 1}, [("owner", "type")]),
        ({"owner": "true"}, [("owner", "type")]),
        ({"purpose": None}, [("purpose", "null")]),
        ({"purpose": 5}, [("purpose", "type")]),
        ({"purpose": "Car"}, [("purpose", "one_of")]),
        ({"purpose": "\ud800"}, [("purpose", "type")]),
        ({"extra": 1}, [("extra", "unknown")]),
        ({"age": "x", "owner": None, "Purpose": 1}, [("age", "type"), ("owner", "null"), ("Purpose", "unknown")]),
    ],
)  # fmt: skip
def test_a_bad_value_names_its_row_field_and_rule_in_every_form(
    changed: dict[str, Any], violations: list[tuple[str, str]]
) -> None:
    row = GOOD | changed
    single = [(0, field, rule) for field, rule in violations]
    second = [(1, field, rule) for field, rule in violations]
    assert broken(row) == single
    assert broken({"features": row}) == single
    assert broken({"rows": [GOOD, row]}) == second
    if not set(row) - set(GOOD):
        values = list(row.values())
        assert broken({"features": values}) == single
        assert broken({"rows": [GOOD, values, GOOD]}) == second
        columns = {name: [GOOD[name], row[name]] for name in GOOD}
        assert broken({"columns": columns}) == second


@pytest.mark.parametrize("name", list(GOOD))
def test_a_missing_feature_is_named(name: str) -> None:
    row = {key: value for key, value in GOOD.items() if key != name}
    assert broken(row) == [(0, name, "missing")]
    assert broken({"rows": [GOOD, row]}) == [(1, name, "missing")]
    assert broken({"columns": {key: [value] for key, value in row.items()}}) == [
        (0, name, "missing")
    ]


@pytest.mark.parametrize(
    ("document", "violations"),
    [
        ({}, [(0, name, "missing") for name in GOOD]),
        ({"features": {}}, [(0, name, "missing") for name in GOOD]),
        ({"features": []}, [(0, None, "length")]),
        ({"features": [41]}, [(0, None, "length")]),
        ({"rows": []}, [(0, None, "length")]),
        ({"rows": [[], 5, None]}, [(0, None, "length"), (1, None, "type"), (2, None, "type")]),
        ({"columns": {}}, [(0, name, "missing") for name in GOOD]),
        ({"columns": {name: [] for name in GOOD}}, [(0, None, "length")]),
        ({"columns": {name: [value] for name, value in GOOD.items()} | {"age": [41, 41]}}, [(1, "age", "length")]),
        ({"columns": {name: [value] for name, value in GOOD.items()} | {"age": 41}}, [(0, "age", "type")]),
        (b'{"age": 41, "amount": 1e999, "owner": true, "purpose": "car"}', [(0, "amount", "type")]),
        (b'{"age": ' + b"9" * 5_000 + b', "amount": 1, "owner": true, "purpose": "car"}', [(0, "age", "type")]),
    ],
)  # fmt: skip
def test_a_form_with_the_wrong_rows_is_refused(document: Any, violations: list[Any]) -> None:
    assert broken(document) == violations


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not UTF-8"),
        (b"[" * 1_000_000, "nests too deeply"),
        ([], "the body is a list, not an object"),
        ([GOOD], "the body is a list, not an object"),
        (5, "the body is the number `5`"),
        ("x", "the body is the string `x`"),
        (None, "the body is null"),
        (True, "the body is the boolean `true`"),
        ({"rows": [GOOD], "extra": 1}, "`rows`, `extra`"),
        ({"features": GOOD, "rows": [GOOD]}, "has to be the only one"),
        (GOOD | {"rows": []}, "has to be the only one"),
        ({"features": 5}, "`features` holds the number `5`"),
        ({"features": None}, "`features` holds null"),
        ({"rows": GOOD}, "`rows` holds an object"),
        ({"columns": [GOOD]}, "`columns` holds a list"),
        (b'{"age": NaN, "amount": 1, "owner": true, "purpose": "car"}', "JSON has no `NaN`"),
        (b'{"age": 41, "amount": -Infinity, "owner": true, "purpose": "car"}', "`-Infinity`"),
    ],
)
def test_a_body_without_a_known_form_is_malformed(document: Any, message: str) -> None:
    with pytest.raises(MalformedInputError) as caught:
        READER.read(spelled(document))
    assert message in caught.value.message


@pytest.mark.parametrize(
    "body",
    [
        b'{"age": 1, %s}',
        b'{"%s, "age": 41}',
    ],
)
def test_a_duplicate_key_is_malformed_before_its_values_count(body: bytes) -> None:
    rest = b'"age": 41, "amount": 1, "owner": true, "purpose": "car"'
    text = body % (rest if body.startswith(b'{"age') else rest[1:])
    with pytest.raises(MalformedInputError, match="the key `age` comes twice at the top level"):
        READER.read(text)
    with pytest.raises(MalformedInputError, match=r"the key `age` comes twice in `rows\[1\]`"):
        READER.read(b'{"rows": [%s, %s]}' % (spelled(GOOD), text))


def test_a_body_is_read_however_its_keys_are_spelled() -> None:
    body = (
        b'{"\\u0072ows": [{"\\u0061ge": 41, "amount": 1, "owner": true, "purpose": "c\\u0061r"}]}'
    )
    read = READER.read(body)
    assert list(read.batch.rows()) == [(41, 1.0, True, "car")]
    assert not read.is_single


@pytest.mark.parametrize("bad", [False, True])
def test_too_many_rows_are_refused_with_the_limit(bad: bool) -> None:
    row = GOOD | ({"age": None} if bad else {})
    columns = {name: [value] * 4 for name, value in row.items()}
    for document in ({"rows": [row] * 4}, {"columns": columns}):
        with pytest.raises(InputTooLargeError, match="4 rows; at most 3"):
            READER.read(spelled(document))
    assert READER.read(spelled({"rows": [GOOD] * 3})).batch.n_rows == 3


@pytest.mark.parametrize("name", ["features", "rows", "columns"])
def test_a_reserved_feature_name_asks_for_a_wrapper(name: str) -> None:
    reader = BodyReader(contract_of(feature(name, DType.INTEGER), feature("b", DType.INTEGER)), 9)
    with pytest.raises(MalformedInputError) as caught:
        reader.read(spelled({name: 1, "b": 2}))
    assert "named like a wrapper" in str(caught.value.hint)
    assert list(reader.read(spelled({"features": {name: 1, "b": 2}})).batch.rows()) == [(1, 2)]


def test_messages_can_be_sent_whatever_was_received() -> None:
    row = {
        "\ud800" * 100: 1,
        "age": "\udfff",
        "amount": "\x00" * 1000,
        "owner": 1,
        "purpose": "\ud800",
    }
    with pytest.raises(InvalidInputError) as caught:
        READER.read(json.dumps(row).encode())
    for violation in caught.value.violations:
        for text in (violation.field, violation.message, violation.hint):
            assert len((text or "").encode()) < 1000


def test_a_body_is_accepted_or_left_to_the_thorough_reading() -> None:
    accepted = READER.read_accepted(spelled(GOOD))
    assert accepted is not None
    assert list(accepted.batch.rows()) == [(41, 2.5, True, "car")]
    for body in (b"", b"{", spelled(GOOD | {"age": "x"}), spelled({"rows": []})):
        assert READER.read_accepted(body) is None
    with pytest.raises(InputTooLargeError, match="4 rows; at most 3"):
        READER.read_accepted(spelled({"rows": [GOOD] * 4}))
