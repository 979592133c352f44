"""A server that a test plays byte by byte, on a real socket."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any, Self

from scripted_server import REPLY

if TYPE_CHECKING:
    from collections.abc import Callable


def response(document: Any = REPLY, *, status: str = "200 OK", headers: str = "") -> bytes:
    """Return a whole response."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Connection:
    """One connection as the server sees it."""

    def __init__(self, peer: socket.socket) -> None:
        self.peer = peer
        self._received = b""

    def request(self) -> bytes:
        """Read one whole request; nothing where the client has left."""
        received = bytearray(self._received)
        while b"\r\n\r\n" not in received:
            if not (data := self.peer.recv(65536)):
                return b""
            received += data
        head = bytes(received).partition(b"\r\n\r\n")[0]
        fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
        end = len(head) + 4 + int(fields.get(b"content-length", 0))
        while len(received) < end:
            if not (data := self.peer.recv(65536)):
                return b""
            received += data
        self._received = bytes(received[end:])
        return bytes(received[:end])

    def send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # the client may have left
            self.peer.sendall(data)

    def close(self) -> None:
        self.peer.close()

    def reset(self) -> None:
        """Close so that the other side is told that something was lost."""
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.peer.close()


class RawServer:
    """Plays one script for each connection, the last one for ever; `requests` is what came.

    A script may return before its connection ends: the connection is closed then.
    """

    def __init__(
        self, *scripts: Callable[[RawServer, Connection], None], host: str = "127.0.0.1"
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self._scripts = list(scripts)
        self._threads: list[threading.Thread] = []
        self._peers: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.n_closed = 0
        self.ended = threading.Event()
        authority = f"[{host}]" if ":" in host else host
        self.url = f"http://{authority}:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    @property
    def n_connections(self) -> int:
        return len(self._peers)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self._peers.append(peer)
            script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
            thread = threading.Thread(target=self._play, args=(script, Connection(peer)))
            self._threads.append(thread)
            thread.start()

    def _play(
        self, script: Callable[[RawServer, Connection], None], connection: Connection
    ) -> None:
        with contextlib.suppress(ConnectionError):
            script(self, connection)
        connection.close()
        self.n_closed += 1


def answering(*answers: bytes, keep: bool = False) -> Callable[[RawServer, Connection], None]:
    """Return a script that answers so many requests, then closes; with `keep`, the last answer for ever."""

    def script(server: RawServer, connection: Connection) -> None:
        waiting = list(answers)
        while waiting:
            request = connection.request()
            if not request:
                return
            server.requests.append(request)
            connection.send(waiting[0] if keep and len(waiting) == 1 else waiting.pop(0))

    return script


def trickling(data: bytes, pause_s: float) -> Callable[[RawServer, Connection], None]:
    """Return a script that answers one byte after the other."""

    def script(server: RawServer, connection: Connection) -> None:
        server.requests.append(connection.request())
        for position in range(len(data)):
            connection.send(data[position : position + 1])
            if server.ended.wait(pause_s):
                return

    return script
