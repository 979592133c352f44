from __future__ import annotations

import time

import pytest

from headway.contract.pydantic_core import full_match
from headway.errors import ContractError


@pytest.mark.parametrize(
    ("pattern", "matched", "others"),
    [
        ("[A-Z]{3}", ["ABC"], ["ABCD", "AB", "ABC\n", "\nABC", "abc"]),
        ("a|b", ["a", "b"], ["ab", "ba", ""]),
        ("(?i)straße", ["STRAßE"], ["strasse"]),
        (".*", ["", "a b"], ["a\nb"]),
        (r"\d+", ["12", "٣"], ["1.2"]),
        ("^a$", ["a"], ["b"]),
        ("😀+", ["😀😀"], [""]),
    ],
)
def test_a_pattern_holds_from_the_first_to_the_last_character(
    pattern: str, matched: list[str], others: list[str]
) -> None:
    match = full_match(pattern)
    assert [text for text in (*matched, *others) if match(text)] == matched


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)*b", "(a|aa)+b", r"(\w+\s?)*!", "a*a*a*a*a*b"])
def test_no_pattern_hangs(pattern: str) -> None:
    match = full_match(pattern)
    started_s = time.perf_counter()
    assert not match("a" * 10_000)
    assert time.perf_counter() - started_s < 2


@pytest.mark.parametrize(
    "pattern", ["(", "a)|(?:b", "(?=a)", r"(a)\1", "[z-a]", "(?P<a>", "x{99999}{999}"]
)
def test_what_the_engine_does_not_take_is_refused(pattern: str) -> None:
    with pytest.raises(ContractError, match=r"is no pattern: \S") as caught:
        full_match(pattern)
    assert "Rust's `regex`" in str(caught.value.hint)


def test_the_reason_is_told_whatever_the_engine_calls_it() -> None:
    for pattern, reason in (
        (r"\w{1,1000}", "Compiled regex exceeds size limit of 10485760 bytes"),
        ("(a", "unclosed group"),
        ("error: (\na", "unclosed group"),
    ):
        with pytest.raises(ContractError) as caught:
            full_match(pattern)
        assert caught.value.message == f"`{pattern}` is no pattern: {reason}"
