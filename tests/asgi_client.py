"""Calls an ASGI app in this process, without a socket."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

JSON_HEADERS = {"content-type": "application/json"}


@dataclasses.dataclass(frozen=True)
class Reply:
    """What an app answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclasses.dataclass
class Exchange:
    """One request: what the app receives and what it sends."""

    method: str = "GET"
    path: str = "/"
    chunks: Iterable[bytes] = (b"",)
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    query: str = ""
    root_path: str = ""
    leaves_after: int | None = None
    stays: bool = True

    def __post_init__(self) -> None:
        self.messages: list[Any] = []
        chunks = list(self.chunks)
        self._incoming: list[Any] = [
            {"type": "http.request", "body": chunk, "more_body": i < len(chunks) - 1}
            for i, chunk in enumerate(chunks)
        ]
        if self.leaves_after is not None:
            self._incoming[self.leaves_after :] = [{"type": "http.disconnect"}]
        self.n_received = 0

    def scope(self) -> dict[str, Any]:
        return {
            "type": "http",
            "method": self.method,
            "path": self.root_path + self.path,
            "root_path": self.root_path,
            "scheme": "http",
            "query_string": self.query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in self.headers.items()],
        }

    async def receive(self) -> Any:
        if self._incoming:
            self.n_received += 1
            return self._incoming.pop(0)
        if self.stays:
            await asyncio.get_running_loop().create_future()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.messages.append(message)

    def reply(self) -> Reply:
        start, *bodies = self.messages
        headers = {k.decode(): v.decode() for k, v in start["headers"]}
        return Reply(start["status"], headers, b"".join(m.get("body", b"") for m in bodies))


async def exchange(app: Any, **fields: Any) -> Reply:
    """Send one request to `app` and return its reply."""
    one = Exchange(**fields)
    await app(one.scope(), one.receive, one.send)
    return one.reply()


def call(app: Any, method: str, path: str, body: Any = None, **fields: Any) -> Reply:
    """Send one request to `app` from synchronous code; a body that is no bytes is sent as JSON."""
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    fields.setdefault("headers", JSON_HEADERS if body is not None else {})
    return asyncio.run(exchange(app, method=method, path=path, chunks=(data,), **fields))
