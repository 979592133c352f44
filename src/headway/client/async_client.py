"""The client for asynchronous code."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self, TypeVar

from typing_extensions import override

from headway.client.address import read_address, request_headers
from headway.client.attempts import Attempts, Deadline, check_timeout
from headway.client.client import DEFAULT_TIMEOUT_S, DEFAULT_URL
from headway.client.exchange import (
    contract_question,
    health_question,
    models_question,
    predict_question,
    ready_question,
)
from headway.client.httpcore2 import AsyncTransport

if TYPE_CHECKING:
    from types import TracebackType

    from headway.client.exchange import Question
    from headway.client.reply import Reply
    from headway.client.rows import Rows

T = TypeVar("T")


class AsyncClient:
    """Talks to a server from the tasks of one event loop.

    Connections are kept until the client is closed. A request is sent again only where the server cannot
    have begun it.

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
        self._transport = AsyncTransport(address, request_headers(address, api_key))

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._url!r})"

    @override
    def __reduce__(self) -> str:
        raise TypeError("a client cannot be pickled; make one in each process")

    async def predict(
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
            RuntimeError: The client is closed, or another event loop has used it.
        """
        question = predict_question(model, rows, method=method, version=version)
        return await self._ask(question, timeout_s)

    async def health(self, *, timeout_s: float | None = None) -> bool:
        """Tell whether the server lives. It is asked once.

        Args:
            timeout_s: Time for this call; the client's own where it is `None`.

        Raises:
            ConfigError: `timeout_s` is no time.
            RuntimeError: The client is closed, or another event loop has used it.
        """
        return await self._ask(health_question(), timeout_s)

    async def ready(self, *, timeout_s: float | None = None) -> bool:
        """Tell whether the server takes requests for predictions. It is asked once.

        Args:
            timeout_s: Time for this call; the client's own where it is `None`.

        Raises:
            ConfigError: `timeout_s` is no time.
            RuntimeError: The client is closed, or another event loop has used it.
        """
        return await self._ask(ready_question(), timeout_s)

    async def models(self, *, timeout_s: float | None = None) -> list[dict[str, Any]]:
        """Return what the server serves, one description for each model.

        Args:
            timeout_s: Time for this call, retries included; the client's own where it is `None`.

        Raises:
            AuthenticationError: The server does not know the key.
            DeadlineExceededError: There was no reply in time.
            ServerError: There is no server at the address, or it did not answer as one.
            ConfigError: `timeout_s` is no time.
            RuntimeError: The client is closed, or another event loop has used it.
        """
        return await self._ask(models_question(), timeout_s)

    async def contract(self, name: str, *, timeout_s: float | None = None) -> dict[str, Any]:
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
            RuntimeError: The client is closed, or another event loop has used it.
        """
        return await self._ask(contract_question(name), timeout_s)

    async def aclose(self) -> None:
        """Close the connections. Closing twice is fine."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _ask(self, question: Question[T], timeout_s: float | None) -> T:
        deadline = Deadline(self._timeout_s if timeout_s is None else timeout_s)
        attempts = Attempts(question.call, deadline)
        outcome = await self._transport.send(question.call, deadline)
        while (wait_s := attempts.wait_s(outcome)) is not None:
            await asyncio.sleep(wait_s)
            outcome = await self._transport.send(question.call, deadline)
        return question.conclude(outcome)
