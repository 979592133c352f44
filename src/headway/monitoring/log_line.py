"""What one line of the log says, as JSON or for a terminal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

LogFormat = Literal["json", "text"]

_FIRST_SERVER_ERROR = 500
_FIRST_ERROR = 400


class LogLine(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """One event.

    Attributes:
        ts: Time of day, ISO 8601 in UTC; the log sets it when it writes the line.
        level: `info`, `warning` or `error`.
        event: `predict` for a request for a prediction, `request` for another one, `log` for a
            message.
        key: Name of the key, or owner of the token, that was sent.
        status: HTTP status; 499 where the client left before the reply.
        rows: Rows that were answered.
        duration_ms: From the last byte of the request to the reply.
        error: Stable code of the error.
        message: For people.
        traceback: Of an error that nobody expected; it never leaves the server otherwise.
    """

    ts: str = ""
    level: str
    event: str
    request_id: str | None = None
    prediction_id: str | None = None
    model: str | None = None
    version: str | None = None
    method: str | None = None
    path: str | None = None
    key: str | None = None
    status: int | None = None
    rows: int | None = None
    duration_ms: float | None = None
    error: str | None = None
    message: str | None = None
    traceback: str | None = None


def level_of_status(status: int) -> str:
    """Return the level of a line about a reply.

    Examples:
        >>> level_of_status(200), level_of_status(422), level_of_status(500)
        ('info', 'warning', 'error')
    """
    if status >= _FIRST_SERVER_ERROR:
        return "error"
    return "warning" if status >= _FIRST_ERROR else "info"


def line_writer(log_format: LogFormat) -> Callable[[LogLine], bytes]:
    """Return what turns a line into bytes that end in a newline; a JSON line has no other newline."""
    return _json if log_format == "json" else _text


_encode_json = msgspec.json.Encoder().encode


def _json(line: LogLine) -> bytes:
    return _encode_json(line) + b"\n"


def _text(line: LogLine) -> bytes:
    model = f"{line.model}:{line.version}" if line.model else None
    where = f"{line.method} {line.path}" if line.path else None
    words = [
        line.ts[11:23],
        line.level.upper().ljust(7),
        str(line.status) if line.status else None,
        where,
        model,
        f"{line.rows} row{'s' if line.rows != 1 else ''}" if line.rows else None,
        f"{line.duration_ms:.2f} ms" if line.duration_ms is not None else None,
        line.error,
        line.message,
        f"key={line.key}" if line.key else None,
        f"request={line.request_id}" if line.request_id else None,
    ]
    text = _printable("  ".join(word for word in words if word))
    if line.traceback:
        text += "\n" + line.traceback.rstrip()
    return text.encode(errors="backslashreplace") + b"\n"


def _printable(text: str) -> str:
    # a path may hold control characters that a terminal would obey
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class TimeStamps:
    """Turns readings of the monotonic clock into ISO 8601 with milliseconds.

    Args:
        offset_s: POSIX time less monotonic time.

    Examples:
        >>> TimeStamps(1_700_000_000.0).text(0.25)
        '2023-11-14T22:13:20.250Z'
    """

    def __init__(self, offset_s: float) -> None:
        self._offset_s = offset_s
        self._second = -1
        self._prefix = ""

    def text(self, monotonic_s: float) -> str:
        """Return the time of day at `monotonic_s`, in seconds."""
        second, thousandth = divmod(int((monotonic_s + self._offset_s) * 1000), 1000)
        if second != self._second:
            # lines come in bursts within one second, and formatting a date is the costly part
            self._second = second
            self._prefix = dt.datetime.fromtimestamp(second, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._prefix}.{thousandth:03d}Z"
