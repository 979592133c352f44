from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headway.contract.model import Output, OutputRules
from headway.contract.reader import BodyReader
from headway.core.dtypes import Method, Task
from headway.errors import InvalidInputError
from headway.serving.cache.keys import KEY_BYTES, RowKeys
from unit.contract.strategies import contracts, good_rows

if TYPE_CHECKING:
    from headway.contract.model import Contract

OUTPUT = Output(
    task=Task.CLASSIFICATION,
    methods=(Method.PREDICT, Method.PREDICT_PROBA),
    classes=("bad", "good"),
    rules=OutputRules(threshold=0.5, positive="good"),
)
KEYS = RowKeys("digest", OUTPUT)
UTC = dt.UTC


def key(*row: Any, keys: RowKeys = KEYS, method: Method = Method.PREDICT) -> bytes:
    found = keys.of([row], method)
    assert found is not None
    return found[0]


def told(value: Any) -> Any:
    """What tells a value from any other one that a feature of its type can have."""
    if isinstance(value, list | tuple):
        return [told(part) for part in value]
    return type(value).__name__, repr(value)


def read(contract: Contract, row: dict[str, Any]) -> tuple[Any, ...]:
    reader = BodyReader(contract, max_rows=1)
    try:
        (values,) = reader.read(json.dumps({"rows": [row]}).encode()).batch.rows()
    except InvalidInputError:
        assume(condition=False)
        raise
    return values


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_rows_of_a_contract_have_one_key_where_they_are_one_row(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    one, other = (read(contract, data.draw(good_rows(contract))) for _ in range(2))
    again = read(contract, dict(zip(contract.names, map(_as_json, one), strict=True)))
    assert (key(*one) == key(*other)) == (told(one) == told(other))
    assert (key(*one) == key(*again)) == (told(one) == told(again))


def _as_json(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=str)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, "null"),
        (None, ""),
        (None, 0),
        (1, True),
        (1.0, True),
        (0, False),
        (0.0, -0.0),
        (1, "1"),
        (1.5, Decimal("1.5")),
        (2**53, 2.0**53 + 2),
        (-1, 2**64 - 1),
        ("é", "e\u0301"),
        ("a", "a\0"),
        ("", "\0"),
        (dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=UTC)),
        (dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 1, microsecond=1)),
        (np.datetime64(1, "ns"), np.datetime64(2, "ns")),
        (dt.time(1), dt.time(1, tzinfo=UTC)),
        ([[1.0, 2.0]], [[1.0], [2.0]]),
        ([1.0, 2.0], [2.0, 1.0]),
        ([None], [[]]),
    ],
)
def test_values_that_a_model_could_tell_apart_have_two_keys(one: Any, other: Any) -> None:
    assert key(one) != key(other)


def test_where_a_value_ends_makes_a_difference() -> None:
    rows = [("ab", "c"), ("a", "bc"), ("abc", ""), ("", "abc"), ("abc",), (["ab", "c"],), (None,)]
    assert len({key(*row) for row in rows}) == len(rows)


def test_what_answers_and_what_it_is_asked_for_makes_a_difference() -> None:
    changes: list[dict[str, Any]] = [
        {"rules": OutputRules(threshold=0.6, positive="good")},
        {"rules": OutputRules(threshold=0.5, positive="bad")},
        {"rules": OutputRules()},
        {"classes": ("good", "bad")},
        {"classes": (0, 1)},
        {"classes": (False, True)},
    ]
    outputs = [OUTPUT, *(msgspec.structs.replace(OUTPUT, **change) for change in changes)]
    known = [RowKeys(digest, output) for digest in ("digest", "other") for output in outputs]
    found = {key(1, keys=keys, method=method) for keys in known for method in OUTPUT.methods}
    assert len(found) == len(known) * len(OUTPUT.methods)
    assert key(1) == key(1, keys=RowKeys("digest", OUTPUT))


def test_a_key_has_one_length_however_long_the_row() -> None:
    assert {len(key(text)) for text in ("", "a" * 100_000)} == {KEY_BYTES}


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, "\ud800", object()])
def test_what_has_no_form_has_no_key(value: Any) -> None:
    assert KEYS.of([(1,), (value,)], Method.PREDICT) is None


def test_a_method_that_the_model_has_not_has_no_key() -> None:
    assert KEYS.of([(1,)], Method.DECISION_FUNCTION) is None
