"""`Finding`: what one check measured, and what to do about it.

Invariant: a check that breaks is a finding too; nothing that is looked at ends the diagnosis.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from headway.errors import HeadwayError
from headway.registry.reason import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

State = Literal["ok", "warning", "failed"]


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        check: What was looked at, in one or two words.
        state: `failed` keeps something from working, `warning` may, `ok` does not.
        measured: What was found, in one sentence without a final period.
        hint: What to do; `None` where there is nothing to do.
    """

    check: str
    state: State
    measured: str
    hint: str | None = None


def examined(check: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Return the findings of a check, or the one that it broke."""
    try:
        return list(look())
    except HeadwayError as error:
        return [Finding(check, "failed", error.message, error.hint)]
    except Exception as error:  # noqa: BLE001 - a diagnosis goes on whatever it meets
        return [Finding(check, "failed", f"looking at it raised {described(error)}")]


def counted(number: int, word: str) -> str:
    """Return how many there are of something.

    Examples:
        >>> counted(1, "model"), counted(2, "model")
        ('1 model', '2 models')
    """
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
