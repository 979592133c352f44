"""The client for ordinary code."""

from __future__ import annotations

import time
import weakref
from typing import TYPE_CHECKING, Any, Self, TypeVar

from typing_extensions import override

from headway.client.address import read_address, request_headers
from headway.client.attempts import Attempts, Deadline, check_timeout
from headway.client.exchange import (
    contract_question,
    health_question,
    models_question,
    predict_question,
    ready_question,
)
from headway.client.httpcore2 import Transport

if TYPE_CHECKING:
    from types import TracebackType

    from headway.client.exchange import Question
    from headway.client.reply import Reply
    from headway.client.rows import Rows

DEFAULT_URL = "http://127.0.0.1:8000"
DEFAULT_TIMEOUT_S = 30.0

T = TypeVar("T")


class Client:
    """Talks to a server.

    Connections are kept until the client is closed or forgotten. Use it from any thread; a process that
    is forked makes connections of its own. A request is sent again only where the server cannot have
    begun it.

    Args:
        url: Address of the server, with the path below which it answers, if any.
        api_key: Key to send, where the server asks for one.
        timeout_s: Time that each call may take, retries included.

    Raises:
        ConfigError: The address is no URL, the key cannot be sent, or the time is no time.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        api_key: str | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        address = read_address(url)
        self._url = address.url
        self._timeout_s = check_timeout(timeout_s)
        self._transport = Transport(address, request_headers(address, api_key))
        # a notebook forgets to close
        self._finalizer = weakref.finalize(self, self._transport.close)

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url!r})"

    @override
    def __reduce__(self) -> str:
        raise TypeError("a client cannot be pickled; make one in each process")

    def predict(
        self,
        model: str | Rows,
        rows: Rows | None = None,
        *,
        method: str = "predict",
        version: str | int | None = None,
        timeout_s: float | None = None,
    ) -> Reply:
        """Ask for predictions.

        Args:
            model: Name of the model; or the rows, where the server has only one model.
            rows: One row (a dict, a Series, a list of values, an object with fields) or several (a list
                of rows, a dict of columns, a DataFrame of pandas or polars, a Table or RecordBatch of
                pyarrow, a two-dimensional or structured array).
            method: `predict`, `predict_proba` or `decision_function`.
            version: Version to ask; the server chooses where it is `None`.
            timeout_s: Time for this call, retries included; the client's own where it is `None`.

        Returns:
            Single answers for one row, else one for each row, in the shape that the rows had.

        Raises:
            InvalidInputError: Rows break the contract, or hold values that cannot be sent;
                `violations` has all of them.
            MalformedInputError: These are no rows, or `method` is no string.
            AddressError: The name or the version cannot be one.
            ModelNotFoundError: The server has no such model or version.
            AuthenticationError: The server does not know the key.
            OverloadedError: The server had no room, also after retries.
            DeadlineExceededError: There was no reply in time.
            ServerError: There is no server at the address, or it did not answer as one.
            ConfigError: `timeout_s` is no time.
            RuntimeError: The client is closed.
        """
        question = predict_question(model, rows, method=method, version=version)
        return self._ask(question, timeout_s)

    def health(self, *, timeout_s: float | None = None) -> bool:
        """Tell whether the server lives. It is asked once.

        Args:
            timeout_s: Time for this call; the client's own where it is `None`.

        Raises:
            ConfigError: `timeout_s` is no time.
            RuntimeError: The client is closed.
        """
        return self._ask(health_question(), timeout_s)

    def ready(self, *, timeout_s: float | None = None) -> bool:
        """Tell whether the server takes requests for predictions. It is asked once.

        Args:
            timeout_s: Time for this call; the client's own where it is `None`.

        Raises:
            ConfigError: `timeout_s` is no time.
            RuntimeError: The client is closed.
        """
        return self._ask(ready_question(), timeout_s)

    def models(self, *, timeout_s: float | None = None) -> list[dict[str, Any]]:
        """Return what the server serves, one description for each model.

        Args:
            timeout_s: Time for this call, retries included; the client's own where it is `None`.

        Raises:
            AuthenticationError: The server does not know the key.
            DeadlineExceededError: There was no reply in time.
            ServerError: There is no server at the address, or it did not answer as one.
            ConfigError: `timeout_s` is no time.
            RuntimeError: The client is closed.
        """
        return self._ask(models_question(), timeout_s)

    def contract(self, name: str, *, timeout_s: float | None = None) -> dict[str, Any]:
        """Return the contract of a model, as the server serves it.

        Args:
            name: Name of the model.
            timeout_s: Time for this call, retries included; the client's own where it is `None`.

        Raises:
            AddressError: The name cannot be one.
            ModelNotFoundError: The server has no such model.
            AuthenticationError: The server does not know the key.
            DeadlineExceededError: There was no reply in time.
            ServerError: There is no server at the address, or it did not answer as one.
            ConfigError: `timeout_s` is no time.
            RuntimeError: The client is closed.
        """
        return self._ask(contract_question(name), timeout_s)

    def close(self) -> None:
        """Close the connections. Closing twice is fine."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, question: Question[T], timeout_s: float | None) -> T:
        deadline = Deadline(self._timeout_s if timeout_s is None else timeout_s)
        attempts = Attempts(question.call, deadline)
        outcome = self._transport.send(question.call, deadline)
        while (wait_s := attempts.wait_s(outcome)) is not None:
            time.sleep(wait_s)  # noqa: TID251 - below this part lies only `errors`, so there is no Clock
            outcome = self._transport.send(question.call, deadline)
        return question.conclude(outcome)
