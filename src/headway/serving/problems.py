"""What a client is told when something goes wrong: a status and an RFC 9457 problem document.

Invariant: a problem says nothing about the inside of the server. What goes wrong there is named, and
explained in the log only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from headway import errors

if TYPE_CHECKING:
    from headway.serving.asgi import Header

CONTENT_TYPE = b"application/problem+json"

# Class of error -> status and title. A test holds it complete.
STATUSES: dict[type[errors.HeadwayError], tuple[int, str]] = {
    errors.HeadwayError: (500, "Something failed"),
    errors.ConfigError: (500, "The server is configured wrongly"),
    errors.AddressError: (400, "The model address cannot be read"),
    errors.ContractError: (500, "The contract is not usable"),
    errors.InvalidInputError: (422, "The rows break the contract"),
    errors.TrainingDataError: (422, "The training data cannot be learned from"),
    errors.MalformedInputError: (400, "The request cannot be read"),
    errors.InputTooLargeError: (413, "The request is too large"),
    errors.UnsupportedMediaTypeError: (415, "The content type is not read here"),
    errors.RegistryError: (500, "The registry failed"),
    errors.ModelNotFoundError: (404, "No such model or version"),
    errors.AliasNotFoundError: (404, "No such alias"),
    errors.AmbiguousModelError: (409, "Several models are served"),
    errors.RegistryUnavailableError: (503, "The registry does not answer"),
    errors.RuntimeLoadError: (500, "A release does not load"),
    errors.ModelFileError: (500, "A file holds no model"),
    errors.MissingExtraError: (500, "A part of the server is not installed"),
    errors.MissingModuleError: (500, "A release needs a module that is not there"),
    errors.CodeError: (422, "The modules cannot ship with a release"),
    errors.PredictionError: (500, "The model failed"),
    errors.InputRefusedError: (422, "The model refuses the rows"),
    errors.OutputContractError: (500, "The model broke its output contract"),
    errors.MethodNotSupportedError: (400, "The model has no such method"),
    errors.OverloadedError: (503, "The server is overloaded"),
    errors.DeadlineExceededError: (504, "The time limit passed"),
    errors.ParityError: (500, "A release does not answer as it was trained"),
    errors.LoweringError: (500, "The model has no lowered form"),
    errors.QuantisationError: (500, "The model has no such smaller form"),
    errors.BudgetError: (500, "The smaller form loses too much"),
    errors.AuthenticationError: (401, "A key is needed"),
    errors.InvalidTokenError: (401, "The token is not accepted"),
    errors.ProviderUnavailableError: (503, "Tokens cannot be checked"),
    errors.PermissionDeniedError: (403, "The key is not for this"),
    errors.RateLimitedError: (429, "The key asks too often"),
    errors.KeyNotFoundError: (404, "No such key"),
    errors.PlanRefusedError: (422, "The plan is refused"),
    errors.StoreError: (503, "The database does not answer"),
    errors.ChangeRefusedError: (409, "The change is refused"),
    errors.TrustRefusedError: (500, "A release is not trusted"),
    errors.BundleCorruptError: (500, "A release is damaged"),
    errors.ServerError: (502, "Another server did not answer"),
}
# Faults of the server whose message is written for clients.
_OPEN_FAULTS = (
    errors.PredictionError,
    errors.OverloadedError,
    errors.DeadlineExceededError,
    errors.ProviderUnavailableError,
)
_COME_AGAIN = (
    errors.OverloadedError,
    errors.RateLimitedError,
    errors.ProviderUnavailableError,
)
_FIRST_SERVER_ERROR = 500
_HIDDEN = "the server's log says more under this request id"
_SHOWN_CHARACTERS = 100
_BEARER: Header = (b"www-authenticate", b"Bearer")


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An RFC 9457 problem document.

    Attributes:
        type: URN of the kind of problem.
        title: The kind, for people.
        status: HTTP status.
        detail: This occurrence, for people.
        code: Stable word for programs.
        hint: What to do.
        violations: Every broken rule of the contract that is listed.
        violations_total: How many there are.
        instance: Path of the request.
        request_id: Of the request.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str | None = None
    violations: tuple[Any, ...] = ()
    violations_total: int | None = None
    instance: str = ""
    request_id: str = ""

    def encode(self, *, instance: str, request_id: str) -> bytes:
        """Return the document of one occurrence."""
        return msgspec.json.encode(
            msgspec.structs.replace(self, instance=instance, request_id=request_id)
        )


def status_and_title(error: errors.HeadwayError) -> tuple[int, str]:
    """Return the HTTP status of an error, and the title of its kind."""
    return next(STATUSES[cls] for cls in type(error).__mro__ if cls in STATUSES)


class ProblemError(Exception):
    """Something that is wrong with the HTTP of a request, and is no error of Headway's tree.

    Args:
        problem: What the client is told.
        headers: That belong to it.
    """

    def __init__(self, problem: Problem, headers: tuple[Header, ...] = ()) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers


def problem_of(error: Exception) -> Problem:
    """Return what a client is told about an error. Anything unknown is a 500 without detail."""
    if isinstance(error, ProblemError):
        return error.problem
    if not isinstance(error, errors.HeadwayError):
        return _problem(500, "Something failed", "error.unexpected", _HIDDEN)
    status, title = status_and_title(error)
    if status >= _FIRST_SERVER_ERROR and not isinstance(error, _OPEN_FAULTS):
        return _problem(status, title, error.code, _HIDDEN)
    violations: tuple[Any, ...] = ()
    total = None
    if isinstance(error, errors.InvalidInputError):
        violations, total = error.violations, error.total
    return Problem(
        type=_urn(error.code),
        title=title,
        status=status,
        detail=error.message,
        code=error.code,
        hint=error.hint,
        violations=violations,
        violations_total=total,
    )


def headers_of(error: Exception) -> tuple[Header, ...]:
    """Return the headers that belong to an error."""
    if isinstance(error, ProblemError):
        return error.headers
    if isinstance(error, _COME_AGAIN):
        return (_retry_after(error.retry_after_s),)
    if isinstance(error, errors.InvalidTokenError):
        # RFC 6750, section 3
        challenge = f'Bearer error="invalid_token", error_description="{error.reason}"'
        return ((b"www-authenticate", challenge.encode()),)
    if isinstance(error, errors.AuthenticationError):
        return (_BEARER,)
    return ()


def no_such_route(path: str, hint: str | None) -> ProblemError:
    """Return the problem of a path that is nothing here.

    What to do: Take the path that the hint names, or look at `/docs`.
    """
    path = path[:_SHOWN_CHARACTERS]
    return ProblemError(
        _problem(404, "No such path", "http.not_found", f"there is no `{path}` here", hint)
    )


def wrong_host() -> ProblemError:
    """Return the problem of a request whose `Host` is none that this server goes by.

    The setting `server.trusted_hosts` names those that it answers to; the probes answer to any.

    What to do: Ask by a name that the server knows, or have it added to `server.trusted_hosts`.
    """
    return ProblemError(
        _problem(
            421,
            "The request is for another host",
            "http.host",
            "this server does not answer to the host that the request names",
            "ask by one of the names in `server.trusted_hosts`",
        )
    )


def method_not_allowed(method: str, allowed: tuple[str, ...]) -> ProblemError:
    """Return the problem of a path that is asked for with the wrong HTTP method.

    What to do: Take one of those that the header `Allow` names.
    """
    listed = ", ".join(allowed)
    return ProblemError(
        _problem(
            405,
            "The method is not allowed",
            "http.method_not_allowed",
            f"`{method[:_SHOWN_CHARACTERS]}` is not allowed here; allowed: {listed}",
        ),
        ((b"allow", listed.encode()),),
    )


def not_ready(status: str) -> ProblemError:
    """Return the problem of a server that cannot answer yet, or never will.

    Its models are being loaded, or could not be; `GET /readyz` says which.

    What to do: Try again after the seconds in `Retry-After`.
    """
    return ProblemError(
        _problem(
            503,
            "The server is not ready",
            "server.not_ready",
            f"the models are not loaded ({status})",
            "`GET /readyz` says when they are",
        ),
        (_retry_after(1),),
    )


def stopping() -> ProblemError:
    """Return the problem of a server that ends before the answer is ready.

    It has no `Retry-After`, which would say that the request was not begun.

    What to do: Send the request again; another server, or the next one, answers it.
    """
    return ProblemError(
        _problem(
            503,
            "The server is stopping",
            "server.stopping",
            "the server ended before the answer was ready",
            "send the request again",
        )
    )


def _retry_after(duration_s: float) -> Header:
    return (b"retry-after", b"%d" % math.ceil(duration_s))


def _problem(status: int, title: str, code: str, detail: str, hint: str | None = None) -> Problem:
    return Problem(type=_urn(code), title=title, status=status, detail=detail, code=code, hint=hint)


def _urn(code: str) -> str:
    return f"urn:headway:error:{code}"
