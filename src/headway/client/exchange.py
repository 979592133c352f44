"""What is asked and how an answer is read, without saying how bytes travel.

Each call of the two clients is one `Question` here, so that they differ only in how they wait.
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from headway.client.problems import error_from, retry_after_s
from headway.client.reply import Reply, not_ours, read_reply
from headway.client.rows import encode_rows
from headway.errors import AddressError, HeadwayError, MalformedInputError, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headway.client.rows import Rows

_OK = 200
_FIRST_REDIRECT = 300
_FIRST_ERROR = 400
_ID_BYTES = 12
_SEPARATORS = frozenset("/\\:@")
_ADDRESS_HINT = 'write `predict("credit", rows)`, or `predict("credit", rows, version="7")`'

T = TypeVar("T")


def _new_id() -> str:
    return os.urandom(_ID_BYTES).hex()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    Attributes:
        verb: HTTP method.
        path: Path below the server's address, with the query.
        body: JSON, or `None`.
        is_probe: Whether only the state of this moment is asked for, so that it is not sent again.
        request_id: By which the server logs it, also when no answer arrives.
    """

    verb: str
    path: str
    body: bytes | None = None
    is_probe: bool = False
    request_id: str = dataclasses.field(default_factory=_new_id)


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """One response.

    Attributes:
        status: HTTP status.
        body: All of it.
        headers: By name in lower case.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def retry_after_s(self) -> float | None:
        """When the server says that it is worth coming back."""
        return retry_after_s(self.headers.get("retry-after"))

    def document(self) -> Any:
        """Return the JSON document.

        Raises:
            HeadwayError: The error that the response stands for.
            ServerError: It is no JSON, or it sends elsewhere.
        """
        if self.status >= _FIRST_ERROR:
            raise error_from(self.status, self.body, self.headers)
        if self.status >= _FIRST_REDIRECT:
            raise ServerError(
                f"the server answered {self.status} and sends elsewhere",
                hint=f"give the address that answers, by {self.headers.get('location', '')!r}",
            )
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ServerError(
                "the reply is no JSON", hint="check the address: is it a Headway server?"
            ) from error


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """An attempt without a whole response.

    Attributes:
        error: What it means, unless it is tried again.
        is_unsent: Whether the server cannot have the whole request, and so has not begun it.
        is_passing: Whether the next attempt may fare better.
        status: That there is no HTTP status.
    """

    error: HeadwayError
    is_unsent: bool = False
    is_passing: bool = True
    status: None = None

    def document(self) -> Any:
        """Raise what went wrong."""
        raise self.error


@dataclasses.dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """One call of a client: what is sent, and what comes of it.

    Attributes:
        call: The request.
        read: Makes the result out of the last attempt, or raises.
    """

    call: Call
    read: Callable[[Answer | Failure], T]

    def conclude(self, outcome: Answer | Failure) -> T:
        """Return the result of the last attempt.

        Raises:
            HeadwayError: With the id of the request and the status of the response.
        """
        try:
            return self.read(outcome)
        except HeadwayError as error:
            error.request_id = error.request_id or self.call.request_id
            error.status = outcome.status
            raise


def predict_question(
    model: str | Rows, rows: Rows | None, *, method: str, version: str | int | None
) -> Question[Reply]:
    """Ask for predictions.

    Args:
        model: Name of the model, or the rows where the server has only one model.
        rows: The rows, or `None` where `model` holds them.
        method: `predict`, `predict_proba` or `decision_function`.
        version: Version to ask; the server's choice where it is `None`.

    Raises:
        MalformedInputError: These are no rows, a version is asked for without a name, or `method` is
            no string.
        AddressError: The name or the version cannot be one.
        InvalidInputError: Values that cannot be sent.
    """
    name = model if isinstance(model, str) else None
    if not isinstance(method, str):
        raise MalformedInputError(
            f"`method` is a string, not a `{type(method).__name__}`",
            hint="write `predict`, `predict_proba` or `decision_function`",
        )
    if rows is None and name is not None:
        raise MalformedInputError("no rows were given", hint="write `predict(name, rows)`")
    if name is None and (version is not None or rows is not None):
        raise MalformedInputError("no name was given", hint="write `predict(name, rows)`")
    encoded = encode_rows(model if rows is None else rows)
    query = "" if method == "predict" else f"?method={quote(method, safe='')}"
    call = Call(verb="POST", path=_predict_path(name, version) + query, body=encoded.body)
    return Question(call, lambda outcome: read_reply(outcome.document(), encoded))


def _predict_path(name: str | None, version: str | int | None) -> str:
    if name is None:
        return "/predict"
    path = f"/models/{_segment(name, 'name of a model')}"
    if version is None:
        return f"{path}/predict"
    if isinstance(version, bool) or not isinstance(version, str | int):
        raise AddressError(
            f"a version is a string or a whole number, not a `{type(version).__name__}`",
            hint=_ADDRESS_HINT,
        )
    return f"{path}/versions/{_segment(str(version), 'version')}/predict"


def _segment(text: str, kind: str) -> str:
    """Return a name or a version as one segment of a path, which no proxy reads as another path.

    Raises:
        AddressError: It cannot be one.
    """
    if not isinstance(text, str):
        raise AddressError(
            f"the {kind} is a string, not a `{type(text).__name__}`", hint=_ADDRESS_HINT
        )
    if not text or text in {".", ".."} or not text.isprintable() or _SEPARATORS & set(text):
        shown = f"{text!r} cannot be the {kind}" if text else f"the {kind} is empty"
        raise AddressError(shown, hint=_ADDRESS_HINT)
    return quote(text, safe="")


def models_question() -> Question[list[dict[str, Any]]]:
    """Ask what is served."""
    return _part_question("/models", "models")


def contract_question(name: str) -> Question[dict[str, Any]]:
    """Ask for the contract of a model.

    Raises:
        AddressError: The name cannot be one.
    """
    return _part_question(f"/models/{_segment(name, 'name of a model')}", "contract")


def health_question() -> Question[bool]:
    """Ask whether the server lives."""
    return _probe_question("/healthz")


def ready_question() -> Question[bool]:
    """Ask whether the server takes requests for predictions."""
    return _probe_question("/readyz")


def _part_question(path: str, key: str) -> Question[Any]:
    return Question(Call(verb="GET", path=path), lambda outcome: part_of(outcome.document(), key))


def _probe_question(path: str) -> Question[bool]:
    return Question(
        Call(verb="GET", path=path, is_probe=True), lambda outcome: outcome.status == _OK
    )


def part_of(document: Any, key: str) -> Any:
    """Return what a description holds under `key`.

    Raises:
        ServerError: The description is not one that a Headway server sends.
    """
    if not isinstance(document, dict) or key not in document:
        raise not_ours()
    return document[key]
