"""What became of each step of a model when it was lowered, as the bundle keeps it."""

from __future__ import annotations

from typing import Literal

import msgspec


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step.

    Attributes:
        path: Its name below the names of the steps that it is part of.
        kind: Its class.
        form: `native` where it, or a part of it, has no lowered form.
        reason: Why it has none; empty where it has one.
    """

    path: tuple[str, ...]
    kind: str
    form: Literal["lowered", "native"] = "lowered"
    reason: str = ""

    @property
    def name(self) -> str:
        """Its path as people read it."""
        return " > ".join(self.path)
