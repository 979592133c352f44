"""Turns a server's refusal back into the error that it was raised as there.

Invariant: every class of the tree comes back as itself, and what this version does not know comes back
as the class that is nearest by its status.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from headway import errors
from headway.errors import HeadwayError, InvalidInputError, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_RETRY_AFTER_S = 1.0
_FIRST_SERVER_ERROR = 500

# Where the code is not known: from a newer server, or from a program between here and the server.
_BY_STATUS: dict[int, type[HeadwayError]] = {
    400: errors.MalformedInputError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.ModelNotFoundError,
    408: errors.DeadlineExceededError,
    409: errors.AmbiguousModelError,
    413: errors.InputTooLargeError,
    415: errors.UnsupportedMediaTypeError,
    422: errors.ContractError,
    429: errors.RateLimitedError,
    503: errors.OverloadedError,
    504: errors.DeadlineExceededError,
}
# What a server refuses before it knows of models: the address leads elsewhere.
_NOT_OF_THE_TREE = "http."


def error_from(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> HeadwayError:
    """Return the error that a response with an error status stands for.

    Args:
        status: HTTP status, 400 or above.
        body: Problem details (RFC 9457) from a Headway server; anything from another program.
        headers: By name in lower case.
    """
    headers = headers or {}
    problem = _read(body)
    code = str(problem.get("code") or "")
    kind = _BY_CODE.get(code) or _nearest(status, code)
    make = MAKERS.get(kind, _plain)
    error = make(kind, problem | {"detail": _detail(status, problem)}, headers)
    error.status = status
    error.request_id = _text(problem.get("request_id")) or headers.get("x-request-id")
    return error


def retry_after_s(header: str | None) -> float | None:
    """Return the seconds of a `Retry-After` header, `None` where it is absent or holds a date."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


def _nearest(status: int, code: str) -> type[HeadwayError]:
    nearest = _BY_STATUS.get(status, errors.ServerError)
    if status == 404 and (not code or code.startswith(_NOT_OF_THE_TREE)):  # noqa: PLR2004
        return errors.ServerError
    return nearest


def _read(body: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return document if isinstance(document, dict) else {}


def _detail(status: int, problem: dict[str, Any]) -> str:
    said = _text(problem.get("detail")) or _text(problem.get("title"))
    return said or f"the server answered {status}"


def _text(value: Any) -> str | None:
    return value if value and isinstance(value, str) else None


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


def _plain(
    kind: type[HeadwayError], problem: dict[str, Any], _headers: Mapping[str, str]
) -> HeadwayError:
    """Return an error that is made of a message and a hint."""
    return kind(problem["detail"], hint=_text(problem.get("hint")))


def _invalid_input(
    _kind: type[HeadwayError], problem: dict[str, Any], headers: Mapping[str, str]
) -> HeadwayError:
    violations = _violations(problem)
    if not violations:
        return _plain(errors.ContractError, problem, headers)
    total = problem.get("violations_total")
    return InvalidInputError(
        violations,
        total=total if isinstance(total, int) else None,
        hint=_text(problem.get("hint")),
    )


def _come_again(
    kind: type[HeadwayError], problem: dict[str, Any], headers: Mapping[str, str]
) -> HeadwayError:
    seconds = retry_after_s(headers.get("retry-after"))
    make: Callable[..., HeadwayError] = kind
    return make(
        problem["detail"],
        retry_after_s=DEFAULT_RETRY_AFTER_S if seconds is None else seconds,
        hint=_text(problem.get("hint")),
    )


def _missing_extra(
    _kind: type[HeadwayError], problem: dict[str, Any], _headers: Mapping[str, str]
) -> HeadwayError:
    return _in_words_of(problem, errors.MissingExtraError("unknown", "the server"))


def _missing_module(
    _kind: type[HeadwayError], problem: dict[str, Any], _headers: Mapping[str, str]
) -> HeadwayError:
    return _in_words_of(problem, errors.MissingModuleError("unknown"))


def _in_words_of(problem: dict[str, Any], error: HeadwayError) -> HeadwayError:
    """Return an error that makes up its own message with that of the server."""
    error.message, error.hint = problem["detail"], _text(problem.get("hint"))
    error.args = (error.message,)
    return error


def _parity(
    _kind: type[HeadwayError], problem: dict[str, Any], _headers: Mapping[str, str]
) -> HeadwayError:
    error = errors.ParityError(
        problem["detail"], max_abs_difference=math.nan, tolerance=math.nan, row=-1
    )
    error.hint = _text(problem.get("hint"))
    return error


def _budget(
    _kind: type[HeadwayError], problem: dict[str, Any], _headers: Mapping[str, str]
) -> HeadwayError:
    return errors.BudgetError(
        problem["detail"],
        metric="unknown",
        drop=math.nan,
        allowed=math.nan,
        hint=_text(problem.get("hint")),
    )


def _tree(root: type[HeadwayError]) -> list[type[HeadwayError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _tree(child))]


# users may have classes of their own below the tree
_BY_CODE = {
    kind.code: kind for kind in _tree(HeadwayError) if kind.__module__.startswith("headway.")
}
# For the classes that are made of more than a message and a hint. A test holds it complete.
MAKERS: dict[
    type[HeadwayError],
    Callable[[type[HeadwayError], dict[str, Any], Mapping[str, str]], HeadwayError],
] = {
    InvalidInputError: _invalid_input,
    errors.OverloadedError: _come_again,
    errors.RateLimitedError: _come_again,
    errors.ProviderUnavailableError: _come_again,
    errors.MissingExtraError: _missing_extra,
    errors.MissingModuleError: _missing_module,
    errors.ParityError: _parity,
    errors.BudgetError: _budget,
}
