"""A refusal of the server is raised as the error that it was there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headway.client.problems import error_from, retry_after_s
from headway.errors import (
    DeadlineExceededError,
    HeadwayError,
    InvalidInputError,
    MissingExtraError,
    OverloadedError,
    ParityError,
    ServerError,
)


def tree(root: type[HeadwayError]) -> list[type[HeadwayError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in tree(child))]


SIMPLE = sorted(
    set(tree(HeadwayError))
    - {HeadwayError, InvalidInputError, OverloadedError, MissingExtraError, ParityError},
    key=lambda kind: kind.code,
)


def problem(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize("kind", SIMPLE)
def test_every_error_of_a_message_and_a_hint_comes_back(kind: type[HeadwayError]) -> None:
    error = error_from(400, problem(code=kind.code, detail="what", hint="do"))
    assert type(error) is kind
    assert (error.message, error.hint) == ("what", "do")


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
    error = error_from(503, body, header)
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
    assert isinstance(error_from(422, body), HeadwayError)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3.0), ("0", 0.0), ("-1", None), ("nan", None), ("", None), (None, None), ("soon", None)],
)
def test_only_a_number_of_seconds_is_read(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header) == seconds
