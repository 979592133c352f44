"""A refusal of the server is raised as the error that it was there."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from headway.client.problems import error_from, retry_after_s
from headway.errors import (
    AuthenticationError,
    ContractError,
    DeadlineExceededError,
    HeadwayError,
    InputTooLargeError,
    InvalidInputError,
    MalformedInputError,
    ModelNotFoundError,
    OverloadedError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    UnsupportedMediaTypeError,
)
from headway.serving.problems import STATUSES


def tree(root: type[HeadwayError]) -> list[type[HeadwayError]]:
    """Return the class and everything below it that the package defines."""
    kinds = [root] if root.__module__.startswith("headway.") else []
    return kinds + [kind for child in root.__subclasses__() for kind in tree(child)]


ALL = sorted(tree(HeadwayError), key=lambda kind: kind.code)
VIOLATION = {"row": 0, "field": "age", "rule": "ge", "message": "is below 18"}


def problem(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize("kind", ALL)
def test_every_error_of_the_tree_comes_back_as_itself(kind: type[HeadwayError]) -> None:
    """A class that is made of more than a message and a hint needs a line in `MAKERS`."""
    body = problem(
        code=kind.code,
        detail="row 0, field `age`: is below 18",
        hint="do",
        violations=[VIOLATION],
        request_id="r1",
    )
    error = error_from(STATUSES[kind][0], body, {"retry-after": "3"})
    assert type(error) is kind
    assert (str(error), error.message) == (error.message, "row 0, field `age`: is below 18")
    assert (error.hint, error.code) == ("do", kind.code)
    assert (error.request_id, error.status) == ("r1", STATUSES[kind][0])


def test_the_attributes_of_an_error_are_there() -> None:
    for kind in ALL:
        arguments = set(inspect.signature(kind).parameters) - {"purpose"}
        error = error_from(500, problem(code=kind.code, detail="d", violations=[VIOLATION]))
        assert not [name for name in arguments if not hasattr(error, name)]


def test_a_class_of_a_user_does_not_take_the_place_of_ours() -> None:
    class OwnError(ServerError):
        pass

    assert type(error_from(502, problem(code=OwnError.code, detail="d"))) is ServerError


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "new.code", MalformedInputError),
        (401, None, AuthenticationError),
        (403, "auth.new", PermissionDeniedError),
        (404, "registry.new", ModelNotFoundError),
        (404, "http.not_found", ServerError),
        (404, None, ServerError),
        (405, "http.method_not_allowed", ServerError),
        (413, None, InputTooLargeError),
        (415, None, UnsupportedMediaTypeError),
        (418, "new.code", ServerError),
        (422, "contract.new", ContractError),
        (429, "limit.new", RateLimitedError),
        (500, "error.unexpected", ServerError),
        (502, None, ServerError),
        (503, "server.not_ready", OverloadedError),
        (504, None, DeadlineExceededError),
    ],
)
def test_what_is_not_known_is_the_nearest_by_status(
    status: int, code: str | None, kind: type[HeadwayError]
) -> None:
    error = error_from(status, problem(code=code, detail="d") if code else b"<html>")
    assert type(error) is kind
    assert error.status == status


def test_the_id_is_read_from_the_header_where_the_body_has_none() -> None:
    assert error_from(502, b"<html>", {"x-request-id": "r1"}).request_id == "r1"
    assert error_from(502, b"<html>").request_id is None


def test_violations_come_back_all_of_them() -> None:
    violations = [
        {"row": 0, "field": "age", "rule": "ge", "message": "is below 18", "hint": "send more"},
        {"row": 3, "field": None, "rule": "length", "message": "has 2 values, not 3"},
    ]
    body = problem(code="contract.violated", detail="d", violations=violations, violations_total=7)
    error = error_from(422, body)
    assert isinstance(error, InvalidInputError)
    assert error.total == 7
    assert [(v.row, v.field, v.rule, v.message, v.hint) for v in error.violations] == [
        (0, "age", "ge", "is below 18", "send more"),
        (3, None, "length", "has 2 values, not 3", None),
    ]


@pytest.mark.parametrize(
    ("header", "seconds"), [("2", 2.0), ("0.5", 0.5), (None, 1.0), ("Mon", 1.0)]
)
@pytest.mark.parametrize("body", [problem(code="server.overloaded", detail="full"), b"<html>"])
def test_an_overload_says_when_to_come_back(
    body: bytes, header: str | None, seconds: float
) -> None:
    error = error_from(503, body, {} if header is None else {"retry-after": header})
    assert isinstance(error, OverloadedError)
    assert error.retry_after_s == seconds


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad gateway</html>",
        b"\xff",
        b"[1]",
        b'"text"',
        b"null",
        problem(code="new.code"),
    ],
)
def test_an_answer_of_another_program_is_a_server_error(body: bytes) -> None:
    assert type(error_from(502, body)) is ServerError
    assert type(error_from(504, body)) is DeadlineExceededError
    assert "502" in error_from(502, body).message


@pytest.mark.parametrize("violations", ["x", [None], [{}], [{"row": "no"}], {"row": 1}, 5])
def test_odd_violations_do_not_hide_the_refusal(violations: Any) -> None:
    body = problem(code="contract.violated", detail="refused", violations=violations)
    error = error_from(422, body)
    assert type(error) is ContractError
    assert error.message == "refused"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        (None, None),
        ("soon", None),
    ],
)
def test_only_a_number_of_seconds_is_read(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds
