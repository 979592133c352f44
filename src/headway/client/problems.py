"""Turns a server's refusal back into the error that it was raised as there."""

from __future__ import annotations

import json
from typing import Any

from headway.errors import (
    DeadlineExceededError,
    HeadwayError,
    InvalidInputError,
    OverloadedError,
    ServerError,
    Violation,
)

_GATEWAY_TIMEOUT = 504
_UNAVAILABLE = 503
DEFAULT_RETRY_AFTER_S = 1.0


def error_from(status: int, body: bytes, retry_after: str | None = None) -> HeadwayError:
    """Return the error that a response with an error status stands for.

    Args:
        status: HTTP status, 400 or above.
        body: Problem details (RFC 9457) from a Headway server; anything from another program.
        retry_after: The header of that name.
    """
    problem = _read(body)
    detail = str(problem.get("detail") or problem.get("title") or f"the server answered {status}")
    hint = problem.get("hint")
    code = problem.get("code")
    violations = _violations(problem)
    if code == InvalidInputError.code and violations:
        return InvalidInputError(violations, total=problem.get("violations_total"), hint=hint)
    if code == OverloadedError.code or status == _UNAVAILABLE:
        seconds = retry_after_s(retry_after)
        return OverloadedError(
            detail, retry_after_s=DEFAULT_RETRY_AFTER_S if seconds is None else seconds, hint=hint
        )
    kind = _BY_CODE.get(str(code))
    if kind is None:
        kind = DeadlineExceededError if status == _GATEWAY_TIMEOUT else ServerError
    return kind(detail, hint=hint)


def retry_after_s(header: str | None) -> float | None:
    """Return the seconds of a `Retry-After` header, `None` where it is absent or holds a date."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if seconds >= 0 else None


def _read(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _violations(problem: dict[str, Any]) -> list[Violation]:
    try:
        return [
            Violation(
                row=int(item["row"]),
                field=item.get("field"),
                rule=str(item["rule"]),
                message=str(item["message"]),
                hint=item.get("hint"),
            )
            for item in problem.get("violations", ())
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []  # not ours, and the detail says enough


def _tree(root: type[HeadwayError]) -> list[type[HeadwayError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _tree(child))]


# those that are made of a message and a hint; the others are either read above or never answered
_BY_CODE = {
    kind.code: kind
    for kind in _tree(HeadwayError)
    if kind.__init__ is HeadwayError.__init__ and kind is not HeadwayError
}
