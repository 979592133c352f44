"""Which patterns of Rust's `regex` mean something else in Python's `re`, or nothing in JSON Schema.

Invariant: a pattern with a part that is known to be read in two ways is not declared, and what
ECMAScript cannot read is never given as the `pattern` of a JSON Schema.
"""

from __future__ import annotations

import re

from headway.errors import ContractError

_TOKEN = re.compile(
    r"""
    (?P<word>\\[<>]|\\b\{)
    |\\.
    |(?P<set>\[\^?\]?)
    |(?P<operator>--|&&|~~)
    |(?P<possessive>(?:[*+?]|\{\d+(?:,\d*)?\})\+)
    |(?P<end>\])
    |.
    """,
    re.DOTALL | re.VERBOSE,
)
_OUTSIDE = {
    "word": r"write `<`, `>` or `\{` for the character, and `\b` for the edge of a word",
    "possessive": "leave out the last `+`: no match here depends on it",
}
_IN_SET = {
    "set": r"write `\[` for the character, and no class within another one",
    "operator": r"write `\-`, `\&` or `\~` for the character, and list what the class has",
}

_CATEGORIES = "L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfon]?"  # those of Unicode
_ESCAPE = (
    r"\\(?:[dDwWsSnrtfv^$\\.*+?()\[\]{}|/]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}"
    rf"|u\{{[0-9A-Fa-f]{{1,6}}\}}|[pP]\{{(?:{_CATEGORIES})\}})"
)
_PORTABLE = re.compile(
    rf"""(?:
        \||\^|\$|\\[bB]
        |\((?:\?:|\?<[A-Za-z_][A-Za-z0-9_]*>)?
        |(?:\)|\.|[^\\^$.*+?()\[\]{{}}|]|{_ESCAPE}|\[\^?(?:\\-|{_ESCAPE}|[^\\\[\]])+\])
            (?:(?:[*+?]|\{{\d+(?:,\d*)?\}})\??)?
    )*""",
    re.DOTALL | re.VERBOSE,
)


def refuse_ambiguous(pattern: str) -> None:
    """Refuse a pattern with a part that Rust's `regex` and Python's `re` read as different things.

    Raises:
        ContractError: There is such a part.
    """
    found = _ambiguous(pattern)
    if found is not None:
        part, hint = found
        raise ContractError(
            f"`{pattern}` has `{part}`, which Rust's `regex` reads otherwise than Python's `re`",
            hint=hint,
        )


def is_portable(pattern: str) -> bool:
    r"""Whether ECMAScript, whose patterns JSON Schema has, can read a pattern of the engine's.

    Examples:
        >>> is_portable("[A-Z]{3}"), is_portable("(?i)abc"), is_portable(r"\p{Greek}")
        (True, False, False)
    """
    return _ambiguous(pattern) is None and _PORTABLE.fullmatch(pattern) is not None


def _ambiguous(pattern: str) -> tuple[str, str] | None:
    """Return the first part that is read in two ways, and what to write instead."""
    is_set = False
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup or ""
        hint = (_IN_SET if is_set else _OUTSIDE).get(kind)
        if hint is not None:
            return token[0], hint
        if kind in {"set", "end"}:
            is_set = kind == "set"
    return None
