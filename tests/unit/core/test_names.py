from __future__ import annotations

import pytest

from headway.core.names import nearest_name

KNOWN = ("duration", "age", "max_rows", "income", "verbose", "uri", "port")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("durtaion", "duration"),
        ("duration", "duration"),
        ("Duration", "duration"),
        ("maxrows", "max_rows"),
        ("ag", "age"),
        ("zzz", None),
        ("", None),
        ("nope", None),
        ("bogus", None),
        ("ur", "uri"),
        ("url", "uri"),
        ("prot", "port"),
    ],
)
def test_the_nearest_name_is_found_or_none(name: str, nearest: str | None) -> None:
    assert nearest_name(name, KNOWN) == nearest
    assert nearest_name(name, iter(KNOWN)) == nearest


def test_among_no_names_none_is_near() -> None:
    assert nearest_name("age", []) is None
