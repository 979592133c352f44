"""Messages on a byte stream: each is preceded by its length.

Invariant: a message is whole or it is not there; a stream that is none of ours is refused, not waited for.
"""

from __future__ import annotations

import struct

MAX_FRAME_BYTES = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")


def frame(payload: bytes) -> bytes:
    r"""Return a message with its length before it.

    Raises:
        ValueError: It is longer than `MAX_FRAME_BYTES`.

    Examples:
        >>> frame(b"hello")
        b'\x00\x00\x00\x05hello'
    """
    if len(payload) > MAX_FRAME_BYTES:
        raise ValueError(f"a message of {len(payload)} bytes is longer than {MAX_FRAME_BYTES}")
    return _LENGTH.pack(len(payload)) + payload


class FrameReader:
    """Cuts a stream into its messages.

    Examples:
        >>> reader = FrameReader()
        >>> reader.feed(frame(b"one") + frame(b"two")[:5]), reader.feed(b"wo")
        ([b'one'], [b'two'])
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take what has come, and return the messages that are complete.

        Raises:
            ValueError: A length is above `MAX_FRAME_BYTES`: the other side speaks something else.
        """
        self._buffer += data
        messages = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_FRAME_BYTES:
                raise ValueError(f"a message of {length} bytes is longer than {MAX_FRAME_BYTES}")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            messages.append(bytes(self._buffer[_LENGTH.size : end]))
            del self._buffer[:end]
        return messages
