"""A change is told in one line, and its kind follows from what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from headway.contract.change import KINDS, Change, change_text, kind_of


@pytest.mark.parametrize(
    ("keeps", "is_kept_back", "kind"),
    [
        (True, True, "note"),
        (True, False, "widens"),
        (False, True, "breaks"),
        (False, False, "breaks"),
    ],
)
def test_a_rule_breaks_where_it_does_not_keep_everything(
    keeps: bool, is_kept_back: bool, kind: str
) -> None:
    assert kind_of(keeps=keeps, is_kept_back=is_kept_back) == kind
    assert kind in KINDS


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (None, None, ""),
        (18, None, " (18 -> none)"),
        (True, False, " (true -> false)"),
        (("a", "b"), (), " (`a`, `b` -> none)"),
        ("x" * 100, 1, " (" + "x" * 59 + "… -> 1)"),
    ],
)
def test_values_are_shown_as_json_has_them(old: Any, new: Any, shown: str) -> None:
    change = Change("note", "feature", "age", "part", "what it means", old, new)
    assert change_text(change) == f"feature `age`, part: what it means{shown}"


def test_a_hint_comes_last() -> None:
    change = Change("breaks", "contract", "", "order", "of rows", hint="by name they stay")
    assert change_text(change) == "contract, order: of rows; by name they stay"
