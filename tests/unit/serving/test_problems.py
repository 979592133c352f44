from __future__ import annotations

import json

import pytest

from headway import errors
from headway.errors import HeadwayError, Violation
from headway.serving.problems import (
    STATUSES,
    Problem,
    headers_of,
    method_not_allowed,
    no_such_route,
    not_ready,
    problem_of,
    status_and_title,
    stopping,
)


def document(error: Exception) -> dict[str, object]:
    problem = problem_of(error)
    fields: dict[str, object] = json.loads(problem.encode(instance="/predict", request_id="r"))
    return fields


def subclasses(cls: type[HeadwayError]) -> list[type[HeadwayError]]:
    below = [one for sub in cls.__subclasses__() for one in subclasses(sub)]
    return [cls, *below] if cls.__module__.startswith("headway.") else below


@pytest.mark.parametrize("cls", subclasses(HeadwayError))
def test_every_error_has_a_status_of_its_own(cls: type[HeadwayError]) -> None:
    status, title = STATUSES[cls]
    assert 400 <= status < 600
    assert title


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.MalformedInputError("x"), 400),
        (errors.AuthenticationError("x"), 401),
        (errors.InvalidTokenError("x", reason="expired"), 401),
        (errors.PermissionDeniedError("x"), 403),
        (errors.RateLimitedError("x", retry_after_s=1), 429),
        (errors.ProviderUnavailableError("x"), 503),
        (errors.ModelNotFoundError("x"), 404),
        (errors.AmbiguousModelError("x"), 409),
        (errors.InputTooLargeError("x"), 413),
        (errors.UnsupportedMediaTypeError("x"), 415),
        (errors.InvalidInputError([Violation(0, "a", "type", "x")]), 422),
        (errors.OutputContractError("x"), 500),
        (errors.OverloadedError("x", retry_after_s=1), 503),
        (errors.DeadlineExceededError("x"), 504),
    ],
)
def test_the_statuses_are_those_of_the_api(error: HeadwayError, status: int) -> None:
    assert problem_of(error).status == status


def test_a_class_that_is_not_in_the_table_is_answered_as_its_parent() -> None:
    class OwnError(errors.ModelNotFoundError):
        code = "own"

    assert status_and_title(OwnError("x")) == STATUSES[errors.ModelNotFoundError]


def test_a_problem_has_every_field_of_rfc_9457_and_ours() -> None:
    fields = document(errors.ModelNotFoundError("no `x`", hint="did you mean `y`?"))
    assert fields == {
        "type": "urn:headway:error:registry.model_not_found",
        "title": "No such model or version",
        "status": 404,
        "detail": "no `x`",
        "code": "registry.model_not_found",
        "hint": "did you mean `y`?",
        "instance": "/predict",
        "request_id": "r",
    }


def test_every_violation_is_listed() -> None:
    violations = [
        Violation(0, "age", "ge", "too small", "at least 18"),
        Violation(3, None, "x", "y"),
    ]
    fields = document(errors.InvalidInputError(violations, total=9))
    assert fields["violations_total"] == 9
    assert fields["violations"] == [
        {"row": 0, "field": "age", "rule": "ge", "message": "too small", "hint": "at least 18"},
        {"row": 3, "field": None, "rule": "x", "message": "y", "hint": None},
    ]


@pytest.mark.parametrize(
    "error",
    [
        errors.BundleCorruptError("`/srv/secret/bundle` is missing", hint="look into /srv/secret"),
        errors.RuntimeLoadError("/srv/secret/graph.onnx"),
        errors.ConfigError("/srv/secret/headway.toml"),
        errors.HeadwayError("/srv/secret"),
        RuntimeError("/srv/secret"),
        KeyError("secret"),
    ],
)
def test_nothing_of_the_inside_of_the_server_is_told(error: Exception) -> None:
    text = json.dumps(document(error))
    assert "secret" not in text
    assert document(error)["status"] == 500


def test_a_model_that_fails_says_so() -> None:
    assert document(errors.PredictionError("the model raised"))["detail"] == "the model raised"


def test_the_headers_belong_to_the_error() -> None:
    assert headers_of(errors.OverloadedError("x", retry_after_s=1.2)) == ((b"retry-after", b"2"),)
    assert headers_of(errors.AuthenticationError("x")) == ((b"www-authenticate", b"Bearer"),)
    refused = errors.InvalidTokenError("x", reason="expired")
    challenge = b'Bearer error="invalid_token", error_description="expired"'
    assert headers_of(refused) == ((b"www-authenticate", challenge),)
    for error in (errors.RateLimitedError, errors.ProviderUnavailableError):
        assert headers_of(error("x", retry_after_s=0.2)) == ((b"retry-after", b"1"),)
    assert headers_of(errors.PredictionError("x")) == ()
    assert headers_of(method_not_allowed("PUT", ("GET", "HEAD"))) == ((b"allow", b"GET, HEAD"),)
    assert headers_of(not_ready("loading")) == ((b"retry-after", b"1"),)
    # it would say that the request was not begun
    assert headers_of(stopping()) == ()


def test_problems_of_http_are_problems_too() -> None:
    assert problem_of(no_such_route("/x" * 1_000, "try `/docs`")).status == 404
    assert len(problem_of(no_such_route("/x" * 1_000, None)).detail) < 200
    assert problem_of(method_not_allowed("PUT", ("POST",))).status == 405
    assert problem_of(not_ready("loading")).status == 503
    assert isinstance(problem_of(not_ready("loading")), Problem)
