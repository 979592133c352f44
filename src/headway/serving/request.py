"""What a request says beside its rows: headers, query, and how its body is read.

Invariant: no more of a body is kept than its limit.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from headway.contract.request import BodyFormat
from headway.core.dtypes import Method
from headway.core.ids import new_id
from headway.errors import (
    InputTooLargeError,
    MalformedInputError,
    MethodNotSupportedError,
    UnsupportedMediaTypeError,
)
from headway.serving.asgi import JSON, RECEIVED_S
from headway.serving.patience import ClientDisconnectedError
from headway.serving.problems import method_not_allowed

if TYPE_CHECKING:
    from headway.serving.asgi import App, Receive, Scope, Send

# The headers that are read, and what for.
HEADERS = {
    b"accept": "Of `/metrics`: `application/openmetrics-text` asks for OpenMetrics.",
    b"authorization": "`Bearer KEY` or `Bearer TOKEN`, where a key is asked for.",
    b"content-encoding": "Nothing but `identity` is read: a body is sent uncompressed.",
    b"content-length": "A body that is declared longer than the limit is refused before it is sent.",
    b"content-type": "`application/json`, in UTF-8; that is also what a body without it is taken for.",
    b"expect": "`100-continue`: what is refused by its headers is answered before the body is sent.",
    b"x-api-key": "The key, instead of `Authorization`.",
    b"x-request-id": "1 to 128 letters, digits and `._:/+=@-`, which the reply and the log then carry; "
    "without it, or with another one, there is a new one.",
}
_SANE_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_FORMATS = frozenset(BodyFormat)
_ALL_METHODS = ", ".join(f"`{method}`" for method in Method)
# the queries of nearly every request, so that it is not parsed
_METHODS_BY_QUERY = {b"": Method.PREDICT} | {b"method=%s" % m.encode(): m for m in Method}


class Request:
    """One HTTP request.

    Args:
        scope: Of ASGI.
        receive: Of ASGI.

    Attributes:
        path: Below the place where the app is mounted.
        http_method: `GET`, `POST`, ...
        request_id: The client's own where it is sane (1 to 128 letters, digits and `._:/+=@-`), else
            a new one.
    """

    __slots__ = ("_headers", "_receive", "_scope", "http_method", "path", "request_id")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._headers = {n: v for n, v in scope["headers"] if n in HEADERS}
        self.http_method: str = scope["method"]
        root: str = scope.get("root_path", "")
        path: str = scope["path"]
        self.path = path.removeprefix(root) if root else path
        given = self._headers.get(b"x-request-id")
        self.request_id = (
            given.decode() if given and _SANE_REQUEST_ID.fullmatch(given) else new_id()
        )

    def header(self, name: bytes) -> bytes | None:
        """Return the last header of that name, out of those that a Headway server reads."""
        return self._headers.get(name)

    @property
    def received_s(self) -> float | None:
        """When the last byte arrived, by the monotonic clock, where the server tells it.

        It does once the body has been read.
        """
        received_s: float | None = self._scope.get(RECEIVED_S)
        return received_s

    @property
    def root_path(self) -> str:
        """Where the app is mounted; empty for the root."""
        root: str = self._scope.get("root_path", "")
        return root

    @property
    def key(self) -> bytes | None:
        """The API key that was sent, as `X-API-Key` or as a bearer token."""
        key = self._headers.get(b"x-api-key")
        if key is None:
            scheme, _, token = self._headers.get(b"authorization", b"").partition(b" ")
            key = token.strip() if scheme.lower() == b"bearer" else None
        return key

    @property
    def is_plain_json(self) -> bool:
        """Whether the body is JSON in the commonest of words, so that nothing has to be parsed to tell."""
        headers = self._headers
        return headers.get(b"content-type", JSON) == JSON and b"content-encoding" not in headers

    @property
    def waits_for_continue(self) -> bool:
        """Whether the client sends its body only when it is told to."""
        return b"expect" in self._headers

    def check_http_method(self, allowed: tuple[str, ...]) -> None:
        """Accept the HTTP methods that are allowed here.

        Raises:
            ProblemError: It is another one.
        """
        if self.http_method not in allowed:
            raise method_not_allowed(self.http_method, allowed)

    def method(self) -> Method:
        """Return what the model is asked for: the query's `method`, else `predict`.

        Raises:
            MalformedInputError: The query has another parameter, or `method` twice.
            MethodNotSupportedError: No model has such a method.
        """
        query: bytes = self._scope["query_string"]
        method = _METHODS_BY_QUERY.get(query)
        return _parse_method(query) if method is None else method

    def body_format(self) -> BodyFormat:
        """Return what the body says that it is; JSON in UTF-8 where it does not say.

        Raises:
            UnsupportedMediaTypeError: It is nothing that is read here.
        """
        content_type = self._headers.get(b"content-type", JSON)
        body_format = BodyFormat.JSON
        if content_type != JSON:
            body_format = _parse_content_type(content_type.decode("latin-1"))
        if (encoding := self._headers.get(b"content-encoding", b"identity")) != b"identity":
            raise UnsupportedMediaTypeError(
                f"bodies with the content encoding `{encoding.decode('latin-1')}` are not read here",
                hint="send the body uncompressed",
            )
        return body_format

    async def body(self, limit_bytes: int) -> bytes:
        """Read the whole body.

        Raises:
            InputTooLargeError: It has more than `limit_bytes`; a declared length refuses at once.
            ClientDisconnectedError: The client left before the end.
        """
        declared = self._headers.get(b"content-length")
        if declared is not None and int(declared) > limit_bytes:
            raise _too_large(f"{int(declared)}", limit_bytes)
        chunks: list[bytes] = []
        n_bytes = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnectedError
            chunk: bytes = message.get("body", b"")
            n_bytes += len(chunk)
            if n_bytes > limit_bytes:
                raise _too_large(f"more than {limit_bytes}", limit_bytes)
            if not message.get("more_body"):
                break
            chunks.append(chunk)
        return b"".join((*chunks, chunk)) if chunks else chunk

    async def forward(self, app: App, send: Send) -> None:
        """Let another ASGI app answer."""
        await app(self._scope, self._receive, send)

    async def client_left(self) -> None:
        """Return when the client closes the connection. Call it after the body has been read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _too_large(size: str, limit_bytes: int) -> InputTooLargeError:
    return InputTooLargeError(
        f"the body has {size} bytes; the limit is {limit_bytes}",
        hint="send the rows in several requests",
    )


def _parse_method(query: bytes) -> Method:
    parameters = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    names = [name for name, _ in parameters]
    if names != ["method"]:
        raise MalformedInputError(
            f"the query holds `{'&'.join(names)[:100]}`; it may hold one `method`",
            hint=f"`?method=` is one of {_ALL_METHODS}",
        )
    word = parameters[0][1]
    if word not in set(Method):
        raise MethodNotSupportedError(
            f"no model has a method `{word[:100]}`", hint=f"`?method=` is one of {_ALL_METHODS}"
        )
    return Method(word)


@functools.cache
def reads_arrow() -> bool:
    """Whether tables of Arrow are read here: pyarrow is installed. It is not imported."""
    return importlib.util.find_spec("pyarrow") is not None


def _parse_content_type(content_type: str) -> BodyFormat:
    media_type, *parameters = (part.strip() for part in content_type.lower().split(";"))
    if media_type not in _FORMATS:
        raise UnsupportedMediaTypeError(
            f"a body of the type `{media_type[:100]}` is not read here",
            hint="send JSON with the header `Content-Type: application/json`",
        )
    body_format = BodyFormat(media_type)
    if body_format is not BodyFormat.JSON and not reads_arrow():
        raise UnsupportedMediaTypeError(
            f"a body of the type `{media_type}` needs the extra `arrow` on the server",
            hint='pip install "headway[arrow]" there, or send JSON',
        )
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in {"utf-8", "utf8"}:
            raise UnsupportedMediaTypeError(
                f"JSON in the charset `{value[:100]}` is not read here", hint="send UTF-8"
            )
    return body_format
