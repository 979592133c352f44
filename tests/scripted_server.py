"""A real HTTP server of a few lines, which answers what a test tells it to."""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any

REPLY = {
    "prediction": "good",
    "model": "credit",
    "version": "3",
    "variant": "champion",
    "prediction_id": "a",
    "request_id": "r",
}


class ScriptedServer:
    """Answers with `answers` in turn, the last one for ever, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any, dict[str, str]]] = [(200, REPLY, {})]
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.connections: set[Any] = set()
        self.release = threading.Event()
        self.release.set()
        self.lock = threading.Lock()
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.release.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(
        self, method: str, handler: http.server.BaseHTTPRequestHandler
    ) -> tuple[int, bytes, dict[str, str]]:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self.lock:
            self.asked.append((method, handler.path, headers, json.loads(body or b"null")))
            self.connections.add(handler.client_address)
            status, document, extra = (
                self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            )
        self.release.wait()
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        return status, content, extra

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _reply(self) -> None:
                status, content, headers = server.answer(self.command, self)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_DELETE = _reply  # noqa: N815 - the names are http.server's

            def log_message(self, *arguments: Any) -> None:
                pass

        return Handler
