"""What is shown of a key is enough to recognise it, and not enough to use it."""

from __future__ import annotations

import datetime as dt

from headway.dashboard.documents import key_document
from headway.security.keys import Scope, hash_key
from headway.security.port import KeyRecord


def test_a_key_is_shown_without_its_hash() -> None:
    record = KeyRecord(
        name="ci",
        prefix="hw_abc",
        digest=hash_key("x"),
        scopes=(Scope.READ,),
        created_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
    )
    shown = key_document(record).model_dump(mode="json")
    assert shown == {
        "name": "ci",
        "prefix": "hw_abc",
        "scopes": ["read"],
        "models": [],
        "rate_per_s": 0.0,
        "created_at": "2026-03-01T00:00:00Z",
        "revoked_at": None,
    }
