"""The one line of an error that people need."""

from __future__ import annotations


def first_line(error: object) -> str:
    """Return the first line of what an error says, or its class where it says nothing.

    Examples:
        >>> first_line(ValueError("no such column"))
        'no such column'
        >>> first_line(TimeoutError())
        'TimeoutError'
    """
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__


def described(error: BaseException) -> str:
    """Return the class of an error and the first line of what it says.

    Examples:
        >>> described(KeyError("age")), described(RuntimeError())
        ("KeyError: 'age'", 'RuntimeError')
    """
    kind, line = type(error).__name__, first_line(error)
    return kind if line == kind else f"{kind}: {line}"
