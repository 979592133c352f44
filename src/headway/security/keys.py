"""API keys, known by their hashes only.

Invariant: a key is never kept or compared in the clear, and the time of a look-up tells nothing that
helps to guess one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from headway.errors import AuthenticationError, ConfigError, PermissionDeniedError
from headway.security.key_text import is_mistyped

if TYPE_CHECKING:
    from collections.abc import Iterable

_HINT = "send `Authorization: Bearer KEY` or `X-API-Key: KEY`"
_SHOWN_CHARACTERS = 100
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


class Scope(StrEnum):
    """What a key allows."""

    PREDICT = "predict"
    READ = "read"
    ADMIN = "admin"


class ApiKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key as servers know it.

    Attributes:
        name: By which people and logs know it.
        digest: Hex sha256 of the key.
        scopes: What it allows: to predict, to read about models, to change what is served.
        models: Names of the models that it is for; empty for every model.
        rate_per_s: Requests that it may send each second, over all workers; 0 for no limit.
        cell: Which cell of the shared memory counts its requests, so that workers count together.
    """

    name: str
    digest: str
    scopes: tuple[Scope, ...] = (Scope.PREDICT, Scope.READ)
    models: tuple[str, ...] = ()
    rate_per_s: float = 0.0
    cell: int = 0

    def allows(self, scope: Scope, model: str | None = None) -> bool:
        """Whether it allows something, of one model or (`None`) of whatever it is for."""
        return scope in self.scopes and (model is None or self.is_for(model))

    def is_for(self, model: str) -> bool:
        """Whether it is for a model."""
        return not self.models or model in self.models

    def check(self, scope: Scope, model: str | None = None) -> None:
        """Accept what it allows.

        A model that it is not for is refused in the same words whether it is served or not.

        Raises:
            PermissionDeniedError: It does not allow this.
        """
        if self.allows(scope, model):
            return
        if model is not None and scope in self.scopes:
            model = model[:_SHOWN_CHARACTERS]
            raise PermissionDeniedError(
                f"`{self.name}` is not for a model `{model}`",
                hint="`GET /models` lists those that it is for",
            )
        raise PermissionDeniedError(
            f"`{self.name}` does not have the scope `{scope}`",
            hint=f"have a key made that has it: `headway keys create NAME --scope {scope}`",
        )


def hash_key(key: str | bytes) -> str:
    """Return the hex sha256 by which a key is known.

    A key is random and long, so one round is enough: there is no dictionary to try.
    """
    return hashlib.sha256(key.encode() if isinstance(key, str) else key).hexdigest()


class KeyRing:
    """The keys of one server.

    A key is looked up by its digest, in a time that does not grow with the number of keys. How long
    that takes may tell how much of the digest of a guess is the digest of a key. It helps nobody: which
    digest a guess has is chance, and a digest, even if it were known as a whole, opens nothing. One
    would have to find what has it, among the 2^256 values of a random key (a preimage; NIST SP 800-107
    Rev. 1, section 4.1).

    Args:
        keys: Each key.
        is_open: Whether no key is asked for; then nobody is refused.

    Raises:
        ConfigError: One of them is known by something else than a sha256, for example by itself.
    """

    def __init__(self, keys: Iterable[ApiKey], *, is_open: bool) -> None:
        self._keys = {known.digest: known for known in keys}
        if not all(map(_HEX_SHA256.fullmatch, self._keys)):
            # the value may be a key, so it is not shown
            raise ConfigError(
                "a key of the serving plan is not known by a hex sha256",
                hint="give the sha256 of the key, not the key",
            )
        self.is_open = is_open

    def find(self, digest: str) -> ApiKey | None:
        """Return the key that is known by a hex sha256."""
        known = self._keys.get(digest)
        # the one comparison that decides is none that ends at the first difference
        return known if known and hmac.compare_digest(known.digest, digest) else None

    def verify(self, key: bytes | None, scope: Scope, model: str | None = None) -> ApiKey | None:
        """Accept a key, or refuse it.

        Args:
            key: What the client sent, or `None`.
            scope: What it is needed for.
            model: Which model is asked for; `None` for none in particular.

        Returns:
            The key; `None` where none is asked for.

        Raises:
            AuthenticationError: A key is asked for, and this one is absent or unknown.
            PermissionDeniedError: The key is not for this.
        """
        if self.is_open:
            return None
        if not key:
            raise no_key()
        found = self.find(hash_key(key))
        if found is None:
            raise unknown_key(key)
        found.check(scope, model)
        return found


def no_key() -> AuthenticationError:
    """Return the error of a request without a key."""
    return AuthenticationError("this server asks for a key", hint=_HINT)


def unknown_key(key: bytes) -> AuthenticationError:
    """Return the error of a key that nobody knows."""
    if is_mistyped(key.decode("latin-1")):
        return AuthenticationError("the key is mistyped: no key has these characters", hint=_HINT)
    return AuthenticationError("the key is unknown here", hint=_HINT)
