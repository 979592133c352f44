"""Keys are made, shown once, listed and revoked."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from headway.core.clock import SystemClock
from headway.errors import KeyNotFoundError, MalformedInputError
from headway.security.issuing import KeyIssuer
from headway.security.keys import KeyRing, Scope, hash_key

if TYPE_CHECKING:
    from headway.security.port import KeyRecord


class Remembered:
    """A repository in memory."""

    def __init__(self) -> None:
        self.all: list[KeyRecord] = []

    def add(self, record: KeyRecord) -> None:
        self.all.append(record)

    def records(self, *, revoked: bool = False) -> list[KeyRecord]:
        return [record for record in self.all if revoked or record.revoked_at is None]

    def revoke(self, name: str, at: dt.datetime) -> KeyRecord | None:
        for index, record in enumerate(self.all):
            if record.name == name and record.revoked_at is None:
                self.all[index] = msgspec.structs.replace(record, revoked_at=at)
                return self.all[index]
        return None

    def version(self) -> tuple[int, int]:
        return len(self.all), sum(record.revoked_at is not None for record in self.all)


@pytest.fixture
def issuer() -> KeyIssuer:
    return KeyIssuer(Remembered(), SystemClock())


def test_a_key_opens_what_it_is_for_until_it_is_revoked(issuer: KeyIssuer) -> None:
    record, key = issuer.create("ci", ["predict", "predict"], ["credit"], 5)
    assert record.scopes == (Scope.PREDICT,)
    keys, is_needed = issuer.keys()
    ring = KeyRing(keys, is_open=not is_needed)
    found = ring.verify(key.encode(), Scope.PREDICT, "credit")
    assert found is not None
    assert (found.name, found.rate_per_s) == ("ci", 5)
    assert issuer.revoke("ci").revoked_at is not None
    # nobody is let in because the last key is gone
    assert issuer.keys() == ((), True)
    for call in (issuer.revoke, issuer.find):
        with pytest.raises(KeyNotFoundError, match="no key `ci`"):
            call("ci")


def test_as_long_as_there_never_was_a_key_none_is_needed(issuer: KeyIssuer) -> None:
    assert issuer.keys() == ((), False)


def test_what_is_remembered_does_not_open_anything(issuer: KeyIssuer) -> None:
    record, key = issuer.create("ci")
    kept = msgspec.json.encode(issuer.records()[0])
    assert key.encode() not in kept
    assert record.digest == hash_key(key)
    assert key.startswith(record.prefix)
    assert len(record.prefix) < len(key) / 4
    assert issuer.find("ci") == record


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "cannot be the name"),
        ({"name": "a b"}, "cannot be the name"),
        ({"name": "-a"}, "cannot be the name"),
        ({"name": "a\n"}, "cannot be the name"),
        ({"name": "é"}, "cannot be the name"),
        ({"name": "x" * 65}, "cannot be the name"),
        ({"name": "settings"}, "HEADWAY_SERVER__API_KEY"),
        ({"scopes": []}, "without a scope"),
        ({"scopes": ["all"]}, "`all` is no scope; there are `predict`, `read`, `admin`"),
        ({"rate_per_s": -1}, "not -1"),
        ({"rate_per_s": math.nan}, "not nan"),
        ({"rate_per_s": math.inf}, "not inf"),
        ({"models": ["a/b"]}, "no name of a model"),
        ({"models": [""]}, "no name of a model"),
        ({"models": ["m"] * 2 + [str(n) for n in range(1000)]}, "1001 models"),
    ],
)
def test_what_cannot_be_is_refused(issuer: KeyIssuer, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(MalformedInputError, match=says):
        issuer.create(**{"name": "ci", **wrong})
    assert issuer.records(revoked=True) == []
