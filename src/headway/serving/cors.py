"""Lets scripts of other web pages ask (CORS), where that was configured.

Invariant: credentials of the browser (cookies) are never allowed; a script sends its key in a header.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headway.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headway.serving.asgi import App, Header, Message, Receive, Scope, Send

ANY = "*"
_ORIGIN = re.compile(r"https?://[a-z0-9.\-]+(:\d+)?|https?://\[[0-9a-f:]+\](:\d+)?")
_NO_CONTENT = 204
_VARY: Header = (b"vary", b"Origin")
_EXPOSED: Header = (
    b"access-control-expose-headers",
    b"X-Request-ID, Retry-After, WWW-Authenticate",
)
_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, X-API-Key, X-Request-ID"),
    (b"access-control-max-age", b"600"),
)


class Cors:
    """Origins whose scripts may read replies.

    Args:
        origins: As browsers send them, such as `https://app.example.org`; or `*` alone.

    Raises:
        ConfigError: One of them is no origin.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        origins = list(origins)
        for origin in origins:
            if not _ORIGIN.fullmatch(origin) and origins != [ANY]:
                raise ConfigError(
                    f"`{origin}` of `server.cors_origins` is no origin",
                    hint="give scheme, host in small letters and port where it is not the usual one, "
                    "such as `https://app.example.org`, or `*` alone for every page",
                )
        self._is_any = ANY in origins
        self._origins = frozenset(origin.encode() for origin in origins)

    def before(self, app: App) -> App:
        """Return an app that answers preflights, and lets scripts read what `app` answers."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            origins = [value for name, value in scope["headers"] if name == b"origin"]
            # a cache must not give one page the reply of another
            headers = self._allowing(origins)
            if headers and _is_preflight(scope):
                head = [*headers, _VARY, *_PREFLIGHT, (b"content-length", b"0")]
                await send({"type": "http.response.start", "status": _NO_CONTENT, "headers": head})
                await send({"type": "http.response.body", "body": b""})
            else:
                await app(scope, receive, _adding([*headers, _VARY], send))

        return answer

    def _allowing(self, origins: list[bytes]) -> tuple[Header, ...]:
        if len(origins) != 1:
            return ()
        if self._is_any:
            return ((b"access-control-allow-origin", b"*"), _EXPOSED)
        if origins[0] in self._origins:
            return ((b"access-control-allow-origin", origins[0]), _EXPOSED)
        return ()


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and any(
        name == b"access-control-request-method" for name, _ in scope["headers"]
    )


def _adding(headers: list[Header], send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return send_with_headers
