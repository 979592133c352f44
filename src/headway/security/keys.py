"""API keys, known by their hashes only.

Invariant: a key is never kept or compared in the clear, and the time of a comparison does not depend
on which key was sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from headway.errors import AuthenticationError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

_HINT = "send `Authorization: Bearer KEY` or `X-API-Key: KEY`"
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


def hash_key(key: str | bytes) -> str:
    """Return the hex sha256 by which a key is known.

    A key is random and long, so one round is enough: there is no dictionary to try.
    """
    return hashlib.sha256(key.encode() if isinstance(key, str) else key).hexdigest()


class KeyRing:
    """The keys that may predict.

    Args:
        hashes: Hex sha256 of each key. Empty means that no key is asked for.

    Raises:
        ConfigError: One of them is no sha256, for example a key in the clear.
    """

    def __init__(self, hashes: Iterable[str]) -> None:
        self._hashes = tuple(hashes)
        if not all(_HEX_SHA256.fullmatch(known) for known in self._hashes):
            # the value may be a key, so it is not shown
            raise ConfigError(
                "a key hash of the serving plan is not a hex sha256",
                hint="give the sha256 of the key, not the key",
            )
        self.is_open = not self._hashes

    def verify(self, key: bytes | None) -> None:
        """Accept a key, or refuse it.

        Args:
            key: What the client sent, or `None`.

        Raises:
            AuthenticationError: A key is asked for, and this one is absent or unknown.
        """
        if self.is_open:
            return
        if not key:
            raise AuthenticationError("this server asks for a key", hint=_HINT)
        digest = hash_key(key)
        # every hash is compared, so that the time does not tell which one matched
        if not sum(hmac.compare_digest(digest, known) for known in self._hashes):
            raise AuthenticationError("the key is unknown here", hint=_HINT)
