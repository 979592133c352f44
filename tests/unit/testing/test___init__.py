from __future__ import annotations

import headway.testing


def test_what_is_public_is_there():
    assert all(hasattr(headway.testing, name) for name in headway.testing.__all__)
