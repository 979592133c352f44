"""`Change`: one difference between two contracts, judged by what it does to a client."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from headway.contract.text import listed, literal

Kind = Literal["breaks", "widens", "new", "note"]
# in the order in which people want to know
KINDS: tuple[Kind, ...] = ("breaks", "widens", "new", "note")


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One difference.

    Attributes:
        kind: `breaks`: a client of the old contract may be refused, or may not understand the reply;
            `widens`: more is accepted than before; `new`: something that no client can have used yet;
            `note`: requests and replies stay as they are, answers may differ.
        scope: What it is about: a `feature`, the `output`, or the `contract` as a whole.
        name: Name of the feature or of what is changed in the output; empty for the whole.
        part: Stable word for what is compared: `type`, `null`, `lower limit`, `one_of`, ...
        what: What it means, for people.
        old: Value before, `None` where there was none.
        new: Value after, `None` where there is none.
        hint: What it may be, or what to do.
    """

    kind: Kind
    scope: Literal["feature", "output", "contract"]
    name: str
    part: str
    what: str
    old: Any = None
    new: Any = None
    hint: str | None = None

    @property
    def where(self) -> str:
        """Return what it is about, for people."""
        return f"feature `{self.name}`" if self.scope == "feature" else self.scope


def kind_of(*, keeps: bool, is_kept_back: bool) -> Kind:
    """Return the kind of a changed rule about requests.

    Args:
        keeps: Whether everything that was accepted still is.
        is_kept_back: Whether everything that is accepted now was before.
    """
    if not keeps:
        return "breaks"
    return "note" if is_kept_back else "widens"


def change_text(change: Change) -> str:
    """Return a change as one line for people.

    Examples:
        >>> change_text(Change("breaks", "feature", "age", "null", "null is refused now", True, False))
        'feature `age`, null: null is refused now (true -> false)'
    """
    values = (
        ""
        if change.old is None and change.new is None
        else (f" ({_shown(change.old)} -> {_shown(change.new)})")
    )
    hint = f"; {change.hint}" if change.hint else ""
    return f"{change.where}, {change.part}: {change.what}{values}{hint}"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list | tuple):
        return listed(value, most=5) or "none"
    return literal(value)
