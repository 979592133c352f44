"""The clients: synchronous and asynchronous, over httpx2.

Invariant: a request is sent again only where the server cannot have begun it: the connection was not
made, or the server said so (503 with `Retry-After`).
"""

from __future__ import annotations

import asyncio
import time
import weakref
from typing import TYPE_CHECKING, Any, Self

import httpx2

from headway.client.exchange import (
    HEALTH,
    MODELS,
    READY,
    Answer,
    Call,
    model_call,
    part_of,
    predict_call,
)
from headway.client.reply import Reply, read_reply
from headway.errors import ConfigError, DeadlineExceededError, HeadwayError, ServerError

if TYPE_CHECKING:
    from types import TracebackType

    from headway.client.rows import Rows

DEFAULT_URL = "http://127.0.0.1:8000"
_RETRIES_OF_CONNECTING = 2
# shorter than a server's own limit, so that a connection is never used while it is being closed
_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4.0)
_OK = 200


class Client:
    """Talks to a server. Connections are kept until it is closed or forgotten; use it from any thread.

    Args:
        url: Address of the server.
        api_key: Key to send, where the server asks for one.
        timeout_s: Time to wait for a connection, and for each reply.

    Raises:
        ConfigError: The address is no URL.
    """

    def __init__(
        self, url: str = DEFAULT_URL, api_key: str | None = None, timeout_s: float = 30.0
    ) -> None:
        self._url = _check_url(url)
        self._http = httpx2.Client(
            base_url=self._url,
            headers=_headers(api_key),
            timeout=timeout_s,
            transport=httpx2.HTTPTransport(retries=_RETRIES_OF_CONNECTING, limits=_LIMITS),
        )
        # a notebook forgets to close
        self._finalizer = weakref.finalize(self, self._http.close)

    def predict(
        self,
        model: str | Rows,
        rows: Rows | None = None,
        *,
        method: str = "predict",
        version: str | None = None,
    ) -> Reply:
        """Ask for predictions.

        Args:
            model: Name of the model; or the rows, where the server has only one model.
            rows: One row (a dict, a Series, a list of values) or several (a list of rows, a dict of
                columns, a DataFrame, a two-dimensional array).
            method: `predict`, `predict_proba` or `decision_function`.
            version: Version to ask; the server chooses where it is `None`.

        Raises:
            InvalidInputError: Rows break the contract; `violations` has all of them.
            ModelNotFoundError: The server has no such model.
            OverloadedError: The server had no room, also after retries.
            DeadlineExceededError: There was no reply in time.
            ServerError: There is no server at the address, or it did not answer as one.
        """
        call, encoded = predict_call(model, rows, method=method, version=version)
        return read_reply(self._ask(call), encoded)

    def health(self) -> bool:
        """Whether the server lives."""
        return self._probe(HEALTH)

    def ready(self) -> bool:
        """Whether the server takes requests for predictions."""
        return self._probe(READY)

    def models(self) -> list[dict[str, Any]]:
        """Return what the server serves, one description for each model."""
        models: list[dict[str, Any]] = part_of(self._ask(MODELS), "models")
        return models

    def contract(self, name: str) -> dict[str, Any]:
        """Return the contract of a model, as the server serves it.

        Raises:
            ModelNotFoundError: The server has no such model.
        """
        contract: dict[str, Any] = part_of(self._ask(model_call(name)), "contract")
        return contract

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

    def _ask(self, call: Call) -> Any:
        attempt = 1
        answer = self._send(call)
        while (wait_s := answer.wait_s(attempt)) is not None:
            time.sleep(wait_s)  # noqa: TID251 - below this part lies only `errors`, so there is no Clock
            attempt += 1
            answer = self._send(call)
        return answer.document()

    def _probe(self, call: Call) -> bool:
        try:
            return self._send(call).status == _OK
        except (ServerError, DeadlineExceededError):
            return False

    def _send(self, call: Call) -> Answer:
        try:
            response = self._http.request(
                call.verb, call.path, params=call.query, content=call.body
            )
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise _transport_error(error, self._url) from error
        return _answer(response)


class AsyncClient:
    """Talks to a server from asynchronous code; for use in one event loop. As `Client`.

    Args:
        url: Address of the server.
        api_key: Key to send, where the server asks for one.
        timeout_s: Time to wait for a connection, and for each reply.

    Raises:
        ConfigError: The address is no URL.
    """

    def __init__(
        self, url: str = DEFAULT_URL, api_key: str | None = None, timeout_s: float = 30.0
    ) -> None:
        self._url = _check_url(url)
        self._http = httpx2.AsyncClient(
            base_url=self._url,
            headers=_headers(api_key),
            timeout=timeout_s,
            transport=httpx2.AsyncHTTPTransport(retries=_RETRIES_OF_CONNECTING, limits=_LIMITS),
        )

    async def predict(
        self,
        model: str | Rows,
        rows: Rows | None = None,
        *,
        method: str = "predict",
        version: str | None = None,
    ) -> Reply:
        """Ask for predictions, as `Client.predict`."""
        call, encoded = predict_call(model, rows, method=method, version=version)
        return read_reply(await self._ask(call), encoded)

    async def health(self) -> bool:
        """Whether the server lives."""
        return await self._probe(HEALTH)

    async def ready(self) -> bool:
        """Whether the server takes requests for predictions."""
        return await self._probe(READY)

    async def models(self) -> list[dict[str, Any]]:
        """Return what the server serves, one description for each model."""
        models: list[dict[str, Any]] = part_of(await self._ask(MODELS), "models")
        return models

    async def contract(self, name: str) -> dict[str, Any]:
        """Return the contract of a model, as `Client.contract`."""
        contract: dict[str, Any] = part_of(await self._ask(model_call(name)), "contract")
        return contract

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _ask(self, call: Call) -> Any:
        attempt = 1
        answer = await self._send(call)
        while (wait_s := answer.wait_s(attempt)) is not None:
            await asyncio.sleep(wait_s)
            attempt += 1
            answer = await self._send(call)
        return answer.document()

    async def _probe(self, call: Call) -> bool:
        try:
            return (await self._send(call)).status == _OK
        except (ServerError, DeadlineExceededError):
            return False

    async def _send(self, call: Call) -> Answer:
        try:
            response = await self._http.request(
                call.verb, call.path, params=call.query, content=call.body
            )
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise _transport_error(error, self._url) from error
        return _answer(response)


def _check_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ConfigError(
            f"`{url}` is not the address of a server", hint="for example http://127.0.0.1:8000"
        )
    return url


def _headers(api_key: str | None) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    return headers if api_key is None else headers | {"Authorization": f"Bearer {api_key}"}


def _answer(response: httpx2.Response) -> Answer:
    return Answer(response.status_code, response.content, response.headers.get("retry-after"))


def _transport_error(error: Exception, url: str) -> HeadwayError:
    if isinstance(error, httpx2.ConnectError):
        return ServerError(
            f"nothing answers at {url}",
            hint="start a server with `headway serve NAME`, or give its address",
        )
    if isinstance(error, httpx2.TimeoutException):
        return DeadlineExceededError(
            f"{url} did not answer in time", hint="give a larger `timeout_s`"
        )
    return ServerError(f"the connection to {url} broke: {error}")
