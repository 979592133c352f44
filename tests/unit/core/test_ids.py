from __future__ import annotations

import re

from headway.core.ids import new_id


def test_ids_are_hex_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(re.fullmatch(r"[0-9a-f]{24}", one) for one in ids)
