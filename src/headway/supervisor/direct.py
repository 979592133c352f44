"""HTTP/1.1 that answers an ordinary request for a prediction as soon as its last byte is there.

ASGI's messages, its scope and a task of its own cost such a request a fifth of all its time
(`benchmarks/http_credit.py`). So the app is asked first whether it takes a request on as it stands: a
POST to a path that it knows, whole in one piece. Whatever else comes goes the ordinary way.

Invariant: replies leave in the order of their requests, and a request is taken on once.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

from headway.supervisor.uvicorn import BoundedProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from headway.serving.asgi import Header


_logger = logging.getLogger("headway.worker")


class DirectApp(Protocol):
    """Takes requests on without ASGI."""

    direct_urls: Container[bytes]

    def begin(
        self,
        url: bytes,
        headers: list[Header],
        body: bytes,
        arrived_s: float,
        reply: Callable[[bytes], None],
    ) -> bool:
        """Take a request on, or return `False` to have it come as ASGI.

        Args:
            url: One of `direct_urls`.
            headers: Names in lower case.
            body: The whole body.
            arrived_s: When this turn of the event loop began, by its own clock.
            reply: Called once with the bytes of the whole reply, now or at the end of this turn of the
                event loop.
        """
        ...

    def end_turn(self) -> None:
        """Reply to everything that was taken on."""
        ...


class DirectProtocol(BoundedProtocol):
    """HTTP/1.1 with a short way for ordinary requests.

    Args:
        config: Of uvicorn; its app is a `DirectApp`, too.
        server_state: Of uvicorn.
        app_state: Of uvicorn.
    """

    app: DirectApp

    # the pieces of the body while it is not decided which way a request goes
    _held: list[bytes] | None = None
    _is_answering = False

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._held is not None:
            self._go_the_ordinary_way(is_complete=False)

    @override
    def on_headers_complete(self) -> None:
        if self._is_answering:
            # its client has sent another request before it had the reply
            self.app.end_turn()
        if self._may_be_direct():
            self.note_head_complete()
            self._held = []
        else:
            super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
        else:
            self._held.append(body)

    @override
    def on_message_complete(self) -> None:
        held = self._held
        if held is None:
            super().on_message_complete()
            return
        self._is_answering = True
        body = held[0] if len(held) == 1 else b"".join(held)
        if self._is_begun(body):
            self._held = None
            self.note_message_complete()
        else:
            self._is_answering = False
            self._go_the_ordinary_way(is_complete=True)

    @override
    def shutdown(self) -> None:
        if self._is_answering:
            self.app.end_turn()
        super().shutdown()

    def _is_begun(self, body: bytes) -> bool:
        try:
            return self.app.begin(self.url, self.headers, body, self.loop.time(), self._reply)
        except Exception:  # the parser would take it for a fault of the client
            _logger.exception("a request was not taken on")
            return False

    def _may_be_direct(self) -> bool:
        parser = self.parser
        return (
            self.url in self.app.direct_urls
            and parser.get_method() == b"POST"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and parser.get_http_version() == "1.1"
            and self.is_idle()
            and not self.flow.write_paused
        )

    def _go_the_ordinary_way(self, *, is_complete: bool) -> None:
        held, self._held = self._held or [], None
        if self.transport.is_closing():
            return
        super().on_headers_complete()
        for piece in held:
            super().on_body(piece)
        if is_complete:
            super().on_message_complete()

    def _reply(self, reply: bytes) -> None:
        self._is_answering = False
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.transport.write(reply)
