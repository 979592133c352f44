from __future__ import annotations

import re

from headway.core.ids import new_id, new_ids


def test_ids_are_hex_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(re.fullmatch(r"[0-9a-f]{24}", one) for one in ids)


def test_many_ids_are_as_good_as_one() -> None:
    ids = new_ids(1_000)
    assert len(set(ids)) == 1_000
    assert all(re.fullmatch(r"[0-9a-f]{24}", one) for one in ids)
    assert new_ids(0) == []
