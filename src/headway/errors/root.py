"""The root of the tree."""

from __future__ import annotations

from typing import ClassVar


class HeadwayError(Exception):
    """Root of everything that Headway raises on purpose.

    Nothing raises it directly.

    What to do: Catch it to catch everything that Headway raises on purpose.

    Attributes:
        message: What, where, measured against allowed. No final period for a single sentence.
        hint: What to do about it.
        request_id: Of the request that a client could not get answered, as the server logs it; `None`
            where no server was asked.
        status: The number that the server refused it with; `None` where it did not answer.
    """

    code: ClassVar[str] = "error"
    request_id: str | None = None
    status: int | None = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
