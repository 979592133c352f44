"""Children in a few lines, for tests of those that start them."""

from __future__ import annotations

import msgspec

from headway.core.frames import frame

# `end` is the channel; SIGTERM ends the child well
PREAMBLE = """
import os, signal, socket, sys, time
end = socket.socket(fileno=int(sys.argv[-1]))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
"""


def saying(*messages: msgspec.Struct) -> str:
    """Return the line of a program that sends messages on its channel."""
    data = b"".join(frame(msgspec.json.encode(message)) for message in messages)
    return f"end.sendall({data!r})"
