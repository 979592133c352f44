"""One connection of the generator, and how the bytes on it become replies."""

from __future__ import annotations

import socket

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_CHUNKED = b"\r\ntransfer-encoding: chunked"
_LAST_CHUNK = b"0\r\n\r\n"
_CLOSE = b"\r\nconnection: close"
_MAX_SHOWN_BYTES = 400
RECEIVE_BYTES = 1 << 18


class Reply:
    """Bytes of one reply, as they come.

    Attributes:
        status: HTTP status, 0 until the head is there.
        is_last: Whether the server closes the connection after it.
    """

    __slots__ = ("_data", "_n_head", "_n_whole", "is_last", "status")

    def __init__(self) -> None:
        self._data = b""
        self._n_head = 0
        self._n_whole = 0
        self.status = 0
        self.is_last = False

    def feed(self, data: bytes) -> bool:
        """Take bytes, and say whether the reply is whole.

        Raises:
            ValueError: It is no reply of HTTP.
        """
        data = self._data = self._data + data if self._data else data
        if not self._n_head and not self._read_head(data):
            return False
        if self._n_whole:
            return len(data) >= self._n_whole
        return data.endswith(_LAST_CHUNK)

    def shown(self) -> str:
        """Return the beginning of the body, for people."""
        return self._data[self._n_head :][:_MAX_SHOWN_BYTES].decode(errors="replace")

    def _read_head(self, data: bytes) -> bool:
        end = data.find(_HEAD_END)
        if end < 0:
            return False
        if not data.startswith(b"HTTP/1."):
            raise ValueError("the server does not speak HTTP/1.1")
        head = data[:end].lower()
        self.status = int(data[9:12])
        self.is_last = _CLOSE in head
        self._n_head = end + len(_HEAD_END)
        at = head.find(_LENGTH)
        if at >= 0:
            at += len(_LENGTH)
            stop = head.find(b"\r", at)
            self._n_whole = self._n_head + int(head[at:] if stop < 0 else head[at:stop])
        elif _CHUNKED not in head:
            raise ValueError("the reply has no length")
        return True


class Connection:
    """A connection that does not block.

    Attributes:
        socket: Its socket.
        fd: Its file descriptor.
        request: Position of the request that it carries, -1 for none.
        rest: What is still to be sent of it.
        reply: What has come of its reply.
    """

    __slots__ = ("fd", "reply", "request", "rest", "socket")

    def __init__(self, family: int, address: tuple[object, ...]) -> None:
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(0)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(address)  # it goes on by itself; what fails is told when it is used
        self.fd = self.socket.fileno()
        self.request = -1
        self.rest: bytes | memoryview = b""
        self.reply = Reply()

    def carry(self, request: int, data: bytes) -> bool:
        """Begin to send a request, and say whether all of it is on its way.

        Raises:
            OSError: The connection is broken.
        """
        self.request = request
        self.reply = Reply()
        self.rest = data
        return self.send_rest()

    def send_rest(self) -> bool:
        """Send what is left, as far as there is room, and say whether all is on its way.

        Raises:
            OSError: The connection is broken.
        """
        try:
            n_sent = self.socket.send(self.rest)
        except BlockingIOError:
            return False
        if n_sent == len(self.rest):
            self.rest = b""
            return True
        self.rest = memoryview(self.rest)[n_sent:]
        return False
