from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from headway.contract.text import (
    described,
    is_valid_unicode,
    kind_of,
    listed,
    literal,
    printable,
    quoted,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("car", "car"),
        (True, "true"),
        (5, "5"),
        (18.0, "18"),
        (18.5, "18.5"),
        (1e300, "1e+300"),
        (float("inf"), "inf"),
        (10**400, "an integer of 1329 bits"),
        ("two\nlines", "two\\nlines"),
        ("\ud800", "\\ud800"),
    ],
)
def test_a_scalar_is_shown_as_a_client_would_know_it(value: object, shown: str) -> None:
    assert literal(value) == shown
    assert quoted(value) == f"`{shown}`"


def test_long_text_is_cut() -> None:
    assert len(printable("a" * 1000)) == 60
    assert printable("a" * 60) == "a" * 60


def test_what_is_shown_can_always_be_sent() -> None:
    for code in (*range(0x300), 0xD800, 0xDFFF, 0x1F600):
        assert is_valid_unicode(printable(chr(code)))


@pytest.mark.parametrize(("text", "valid"), [("", True), ("ä😀", True), ("a\udfff", False)])
def test_half_a_surrogate_pair_is_no_valid_unicode(text: str, valid: bool) -> None:
    assert is_valid_unicode(text) is valid


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "the boolean `true`"),
        (5, "the number `5`"),
        (5.5, "the number `5.5`"),
        ("41", "the string `41`"),
        ([1], "a list"),
        ((1,), "a list"),
        ({}, "an object"),
        (dt.date(2020, 1, 1), "the date `2020-01-01`"),
        (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "the date-time `2020-01-01T00:00:00Z`"),
        (dt.time(9, 30), "the time `09:30:00`"),
        (Decimal("1.50"), "the decimal `1.50`"),
        (b"a", "a `bytes`"),
    ],
)
def test_a_value_is_described_by_its_kind(value: object, words: str) -> None:
    assert described(value) == words


def test_a_long_list_says_how_many_are_left_out() -> None:
    assert listed(range(3)) == "`0`, `1`, `2`"
    assert listed(range(30), most=2) == "`0`, `1` and 28 more"
    assert listed([]) == ""


@pytest.mark.parametrize(
    ("value", "kind"),
    [(True, "a boolean"), (1.5, "a number"), ("CANARY", "a string"), (None, "null"), ([1], "a list"), ({}, "an object"), (b"", "a `bytes`")],
)  # fmt: skip
def test_the_kind_of_a_value_says_nothing_of_it(value: object, kind: str) -> None:
    assert kind_of(value) == kind
