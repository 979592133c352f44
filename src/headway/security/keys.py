"""API keys, known by their hashes only.

Invariant: a key is never kept or compared in the clear, and the time of a comparison does not depend
on which key was sent.
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

    def allows(self, scope: Scope, model: str | None) -> bool:
        """Whether it allows something, of one model or (`None`) of whatever it is for."""
        return scope in self.scopes and (model is None or not self.models or model in self.models)


def hash_key(key: str | bytes) -> str:
    """Return the hex sha256 by which a key is known.

    A key is random and long, so one round is enough: there is no dictionary to try.
    """
    return hashlib.sha256(key.encode() if isinstance(key, str) else key).hexdigest()


class KeyRing:
    """The keys of one server.

    Args:
        keys: Each key.
        is_open: Whether no key is asked for; then nobody is refused.

    Raises:
        ConfigError: One of them is known by something else than a sha256, for example by itself.
    """

    def __init__(self, keys: Iterable[ApiKey], *, is_open: bool) -> None:
        self._keys = tuple(keys)
        if not all(_HEX_SHA256.fullmatch(known.digest) for known in self._keys):
            # the value may be a key, so it is not shown
            raise ConfigError(
                "a key of the serving plan is not known by a hex sha256",
                hint="give the sha256 of the key, not the key",
            )
        self.is_open = is_open

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
            raise AuthenticationError("this server asks for a key", hint=_HINT)
        digest = hash_key(key)
        found = None
        # every hash is compared, so that the time does not tell which one matched
        for known in self._keys:
            if hmac.compare_digest(digest, known.digest):
                found = known
        if found is None:
            raise AuthenticationError(_unknown(key), hint=_HINT)
        if not found.allows(scope, model):
            of_model = "" if model is None else f" for `{model}`"
            raise PermissionDeniedError(
                f"the key `{found.name}` does not have the scope `{scope}`{of_model}",
                hint=f"make one that has it: `headway keys create NAME --scope {scope}`",
            )
        return found


def _unknown(key: bytes) -> str:
    if is_mistyped(key.decode("latin-1")):
        return "the key is mistyped: no key has these characters"
    return "the key is unknown here"
