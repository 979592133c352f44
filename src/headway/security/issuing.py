"""Makes API keys, lists and revokes them.

Invariant: a key is shown once, to whoever had it made. What is kept is its hash and the first characters.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from headway.errors import KeyNotFoundError, MalformedInputError
from headway.security.key_text import SHOWN_CHARACTERS, new_key
from headway.security.keys import ApiKey, Scope, hash_key
from headway.security.port import KeyRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.core.clock import Clock
    from headway.security.port import KeyRepository

MAX_NAME_CHARACTERS = 64
MAX_MODELS = 1000
# it would be taken for the one that the settings hold
RESERVED_NAME = "settings"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MAX_MODEL_CHARACTERS = 255
_NO_MODEL = frozenset("/\\:@")


class KeyIssuer:
    """Makes, lists and revokes the keys of one database.

    Args:
        repository: The database.
        clock: Tells when a key was made and revoked.
    """

    def __init__(self, repository: KeyRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock

    def create(
        self,
        name: str,
        scopes: Sequence[str] = (Scope.PREDICT, Scope.READ),
        models: Sequence[str] = (),
        rate_per_s: float = 0.0,
    ) -> tuple[KeyRecord, str]:
        """Make a key.

        Args:
            name: By which people and logs know it.
            scopes: What it allows.
            models: Names of the models that it is for; none for every model.
            rate_per_s: Requests that it may send each second; 0 for no limit.

        Returns:
            What is remembered, and the key, which nobody can read again.

        Raises:
            MalformedInputError: A name, a scope or the rate is none.
            ChangeRefusedError: Another key has the name.
            StoreError: The database does not answer.
        """
        key = new_key()
        record = KeyRecord(
            name=name,
            prefix=key[:SHOWN_CHARACTERS],
            digest=hash_key(key),
            scopes=tuple(dict.fromkeys(map(_scope, scopes))),
            models=tuple(dict.fromkeys(models)),
            rate_per_s=float(rate_per_s),
            created_at=self._clock.now(),
        )
        _check(record)
        self._repository.add(record)
        return record, key

    def records(self, *, revoked: bool = False) -> list[KeyRecord]:
        """Return the keys, in the order in which they were made.

        Args:
            revoked: Whether to list those too that are refused by now.

        Raises:
            StoreError: The database does not answer.
        """
        return self._repository.records(revoked=revoked)

    def revoke(self, name: str) -> KeyRecord:
        """Refuse a key from now on.

        Raises:
            KeyNotFoundError: There is none of that name.
            StoreError: The database does not answer.
        """
        record = self._repository.revoke(name, self._clock.now())
        if record is None:
            raise self.not_found(name)
        return record

    def find(self, name: str) -> KeyRecord:
        """Return a key that is not revoked.

        Raises:
            KeyNotFoundError: There is none of that name.
            StoreError: The database does not answer.
        """
        for record in self.records():
            if record.name == name:
                return record
        raise self.not_found(name)

    def not_found(self, name: str) -> KeyNotFoundError:
        """Return the error of a name that no key has."""
        return KeyNotFoundError(
            f"there is no key `{name[:MAX_NAME_CHARACTERS]}`",
            hint="`headway keys ls` names those that there are",
        )

    def keys(self) -> tuple[tuple[ApiKey, ...], bool]:
        """Return what servers need to know: the valid keys, and whether one is needed.

        One is needed as soon as there ever was one: revoking the last one lets nobody in.

        Raises:
            StoreError: The database does not answer.
        """
        is_needed = self._repository.version()[0] > 0
        return tuple(record.key() for record in self.records()), is_needed

    def version(self) -> tuple[int, int]:
        """Return something that changes with every change, at the price of one look.

        Raises:
            StoreError: The database does not answer.
        """
        return self._repository.version()


def _scope(scope: str) -> Scope:
    try:
        return Scope(scope)
    except ValueError:
        known = ", ".join(f"`{known}`" for known in Scope)
        raise MalformedInputError(f"`{scope}` is no scope; there are {known}") from None


def _check(record: KeyRecord) -> None:
    name = record.name
    if len(name) > MAX_NAME_CHARACTERS or not _NAME.fullmatch(name):
        raise MalformedInputError(
            f"`{name[:MAX_NAME_CHARACTERS]}` cannot be the name of a key",
            hint=f"1 to {MAX_NAME_CHARACTERS} letters, digits, `.`, `_` and `-`, a letter or digit first",
        )
    if name == RESERVED_NAME:
        raise MalformedInputError(
            f"`{name}` is the name of the key that HEADWAY_SERVER__API_KEY sets",
            hint="choose another name",
        )
    if not record.scopes:
        raise MalformedInputError("a key without a scope would be for nothing")
    if not 0 <= record.rate_per_s < math.inf:
        raise MalformedInputError(
            f"a key may send 0 (no limit) or more requests each second, not {record.rate_per_s:g}"
        )
    if len(record.models) > MAX_MODELS:
        raise MalformedInputError(
            f"{len(record.models)} models are more than {MAX_MODELS}", hint="name none for all"
        )
    for model in record.models:
        if (
            not model
            or len(model) > _MAX_MODEL_CHARACTERS
            or not model.isprintable()
            or _NO_MODEL & set(model)
        ):
            raise MalformedInputError(f"{model[:MAX_NAME_CHARACTERS]!r} is no name of a model")
