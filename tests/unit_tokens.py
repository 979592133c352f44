"""A verifier of tokens in this process, for unit tests."""

from __future__ import annotations

import datetime as dt
from typing import Any

from headway.core.clock import SystemClock
from headway.security.joserfc import PublicKeys
from headway.security.key_source import KeySource
from headway.security.token_settings import TokenSettings
from headway.security.tokens import TokenVerifier
from tokens import AUDIENCE, EC, ED, ISSUER, RSA, key_document

SETTINGS = TokenSettings(ISSUER, AUDIENCE, "/keys.json")


class MovedClock(SystemClock):
    """The machine's clock, moved."""

    def __init__(self) -> None:
        self.moved_s = 0.0

    def now(self) -> dt.datetime:
        return super().now() + dt.timedelta(seconds=self.moved_s)

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.moved_s


class Shelf:
    """A place of keys that a test fills; an exception on it is raised."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.n_read = 0

    def read(self) -> bytes | None:
        self.n_read += 1
        if isinstance(self.document, Exception):
            raise self.document
        document: bytes | None = self.document
        return document


def source(place: Shelf, clock: MovedClock | None = None) -> KeySource:
    return KeySource(place, PublicKeys, pause_s=3600, clock=clock or MovedClock())


def verifier(document: Any = None, clock: MovedClock | None = None) -> TokenVerifier:
    """Return a verifier that knows three keys, or those of a document; `start` or `_source.read` it."""
    clock = clock or MovedClock()
    place = Shelf(key_document(RSA, EC, ED) if document is None else document)
    return TokenVerifier(SETTINGS, source(place, clock), clock)
