"""A JSON number that keeps its digits.

Light: whatever parses JSON imports it, and numpy is not needed for that.
"""

from __future__ import annotations

from typing import Self


class WrittenFloat(float):
    """A JSON number as float64, which remembers how it was written.

    Examples:
        >>> WrittenFloat("0.10000000000000000001").text
        '0.10000000000000000001'
    """

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number
