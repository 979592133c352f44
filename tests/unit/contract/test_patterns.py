from __future__ import annotations

import re
import time
import warnings

import pytest

from headway.contract.patterns import is_portable, refuse_ambiguous
from headway.contract.pydantic_core import full_match
from headway.errors import ContractError


@pytest.mark.parametrize(
    ("pattern", "part", "text"),
    [
        ("[a-z--m]", "--", "m"),
        ("[ab&&b]", "&&", "a"),
        ("[ab~~b]", "~~", "b"),
        ("[^]&&a]", "&&", "a"),
        ("[[:alpha:]]", "[", "x"),
        ("[a[b]]", "[", "a"),
        (r"\<a", r"\<", "<a"),
        (r"a\>", r"\>", "a>"),
        (r"(x\b{start}a)?", r"\b{", ""),
        ("a*+a", "*+", "aa"),
        ("a{1,2}+a", "{1,2}+", "aa"),
    ],
)
def test_what_python_reads_otherwise_is_refused(pattern: str, part: str, text: str) -> None:
    with pytest.raises(ContractError) as caught:
        refuse_ambiguous(pattern)
    assert caught.value.message.startswith(f"`{pattern}` has `{part}`, which")
    assert caught.value.hint
    if part != r"\b{":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice is about the same patterns
            is_pythons = re.fullmatch(pattern, text) is not None
        assert full_match(pattern)(text) is not is_pythons


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "a--b&&c~~d",
        r"[\[\]a\-\-z]",
        r"\[\[a--b\]\]",
        "[]a]--",
        "[^]]+a+",
        r"\*+\++",
        "[*+]+",
        r"\\<a>",
        "[a-z-]",
        r"\b[A-Z]{2,3}\b",
    ],
)
def test_what_both_read_alike_is_not_refused(pattern: str) -> None:
    refuse_ambiguous(pattern)
    full_match(pattern)
    re.compile(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "[A-Z]|x",
        r"\d{3}-\d{2}",
        r"(?:a|(b))*?c{1,}",
        "(?<word>a+)",
        r"[^\d\-\]]+",
        r"\p{Lu}\P{L}[\p{Nd}a]",
        r"\x41\u0041\u{1F600}",
        "^a$",
        "ß?",
        "",
    ],
)
def test_what_ecmascript_reads_too_is_portable(pattern: str) -> None:
    full_match(pattern)
    assert is_portable(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?i)a",
        "(?i:a)",
        "(?x) a",
        "(?s).",
        r"(?-u)\w",
        "(?P<word>a)",
        r"\Aa\z",
        r"\p{Greek}",
        r"\p{lu}",
        r"\pL",
        r"\x{41}",
        r"\-",
        r"[\-]\-",
        "[]a]",
        "[[:alpha:]]",
        "a**",
        "^*a",
        "a}",
        "a]",
        r"\<a",
    ],
)
def test_what_ecmascript_has_no_word_for_is_not(pattern: str) -> None:
    full_match(pattern)
    assert not is_portable(pattern)


def test_the_longest_pattern_takes_no_time() -> None:
    started_s = time.perf_counter()
    for part in ("a", "(", "[", "a*", r"\p{Lu}", "{1,", "[a", "(?<a>"):
        pattern = (part * 1_000)[:999] + "\\"
        is_portable(pattern)
    assert time.perf_counter() - started_s < 2
