"""What the issuing of keys needs of a database."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

import msgspec

from headway.security.keys import ApiKey, Scope


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A key as the database has it.

    Attributes:
        name: By which people and logs know it; unique among those that are not revoked.
        prefix: The first characters of the key, by which one that was found somewhere is recognised.
        digest: Hex sha256 of the key.
        scopes: What it allows.
        models: Names of the models that it is for; empty for every model.
        rate_per_s: Requests that it may send each second; 0 for no limit.
        created_at: When it was made, in UTC.
        revoked_at: Since when it is refused, in UTC; `None` while it is not.
        cell: As `ApiKey.cell`; 0 before the database has chosen it.
    """

    name: str
    prefix: str
    digest: str
    scopes: tuple[Scope, ...]
    models: tuple[str, ...] = ()
    rate_per_s: float = 0.0
    created_at: dt.datetime
    revoked_at: dt.datetime | None = None
    cell: int = 0

    def key(self) -> ApiKey:
        """Return what a server is told of it."""
        return ApiKey(
            self.name, self.digest, self.scopes, self.models, self.rate_per_s, cell=self.cell
        )


class KeyRepository(Protocol):
    """Remembers keys. Each method may raise `StoreError`, where the database does not answer."""

    def add(self, record: KeyRecord) -> None:
        """Remember a key, and choose its cell.

        Raises:
            ChangeRefusedError: Another key has the name, or there is no room for one more.
        """
        ...

    def records(self, *, revoked: bool = False) -> list[KeyRecord]:
        """Return the keys, in the order in which they were made; on demand with those revoked."""
        ...

    def revoke(self, name: str, at: dt.datetime) -> KeyRecord | None:
        """Refuse a key from now on, and return it; `None` where there is none of that name."""
        ...

    def version(self) -> tuple[int, int]:
        """Return how many keys were made and how many were revoked: it changes with every change."""
        ...
