"""Patterns of strings, matched in linear time by the engine that pydantic's own patterns use.

It reads the syntax of Rust's `regex` crate, which has neither look-around nor back-references: they
are what makes a short string take hours.

Invariant: whatever the pattern and whatever the string, a match takes time in proportion to the string.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import SchemaError, SchemaValidator, core_schema

from headway.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable


def full_match(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a string matches a pattern from its first to its last character.

    Raises:
        ContractError: The engine does not take the pattern.
    """
    try:
        _validator(pattern)  # alone first, so that no bracket of it can close the group below
        return _validator(rf"\A(?:{pattern})\z").isinstance_python
    except SchemaError as error:
        # the last line of `error: ...` or of `SchemaError: ...`
        reason = str(error).strip().splitlines()[-1].rpartition("rror: ")[2].rstrip(".")
        raise ContractError(
            f"`{pattern}` is no pattern: {reason}",
            hint="the syntax is that of Rust's `regex`: no look-around, no back-references",
        ) from error


def _validator(pattern: str) -> SchemaValidator:
    return SchemaValidator(
        core_schema.str_schema(pattern=pattern, regex_engine="rust-regex", strict=True)
    )
