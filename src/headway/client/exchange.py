"""What is asked and how an answer is read, without saying how bytes travel."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from headway.client.problems import error_from, retry_after_s
from headway.client.rows import encode_rows
from headway.errors import MalformedInputError, ServerError

if TYPE_CHECKING:
    from headway.client.rows import EncodedRows, Rows

MAX_ATTEMPTS = 3
MAX_WAIT_S = 5.0
_FIRST_ERROR = 400
_UNAVAILABLE = 503


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        verb: HTTP method.
        path: Path below the server's address.
        query: Its parameters.
        body: JSON, or `None`.
    """

    verb: str
    path: str
    query: dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """One response.

    Attributes:
        status: HTTP status.
        body: All of it.
        retry_after: The header of that name.
    """

    status: int
    body: bytes
    retry_after: str | None

    def wait_s(self, attempt: int) -> float | None:
        """Return how long to wait before the request may be sent again, `None` for not at all.

        A 503 with `Retry-After` says that the request was not begun, so sending it again is safe.

        Args:
            attempt: How often it has been sent, from 1.
        """
        if self.status != _UNAVAILABLE or attempt >= MAX_ATTEMPTS:
            return None
        seconds = retry_after_s(self.retry_after)
        return seconds if seconds is not None and seconds <= MAX_WAIT_S else None

    def document(self) -> Any:
        """Return the JSON document.

        Raises:
            HeadwayError: The error that the response stands for.
            ServerError: It is no JSON.
        """
        if self.status >= _FIRST_ERROR:
            raise error_from(self.status, self.body, self.retry_after)
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ServerError(
                "the reply is no JSON", hint="check the address: is it a Headway server?"
            ) from error


def predict_call(
    model: str | Rows, rows: Rows | None, *, method: str, version: str | None
) -> tuple[Call, EncodedRows]:
    """Return the request for predictions.

    Args:
        model: Name of the model, or the rows where the server has only one model.
        rows: The rows, or `None` where `model` holds them.
        method: `predict`, `predict_proba` or `decision_function`.
        version: Version to ask; the server's choice where it is `None`.

    Raises:
        MalformedInputError: These are no rows, or a version is asked for without a name.
    """
    name = model if isinstance(model, str) else None
    if rows is None and name is not None:
        raise MalformedInputError("no rows were given", hint="write `predict(name, rows)`")
    if name is None and (version is not None or rows is not None):
        raise MalformedInputError("no name was given", hint="write `predict(name, rows)`")
    encoded = encode_rows(model if rows is None else rows)
    query = {} if method == "predict" else {"method": method}
    return Call("POST", _predict_path(name, version), query, encoded.body), encoded


def _predict_path(name: str | None, version: str | None) -> str:
    if name is None:
        return "/predict"
    if version is None:
        return f"/models/{quote(name, safe='')}/predict"
    return f"/models/{quote(name, safe='')}/versions/{quote(version, safe='')}/predict"


def model_call(name: str) -> Call:
    """Return the request for the description of a model, which holds its contract."""
    return Call("GET", f"/models/{quote(name, safe='')}")


def part_of(document: Any, key: str) -> Any:
    """Return what a description holds under `key`.

    Raises:
        ServerError: The description is not one that a Headway server sends.
    """
    if not isinstance(document, dict) or key not in document:
        raise ServerError(
            "the reply is not one of a Headway server",
            hint="check the address; the server may also be of another version",
        )
    return document[key]


MODELS = Call("GET", "/models")
HEALTH = Call("GET", "/healthz")
READY = Call("GET", "/readyz")
