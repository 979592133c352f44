"""Who may ask: keys, tokens and their rates, behind one question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.security.keys import hash_key, no_key, unknown_key
from headway.security.rates import RateLimiter, private_cells

if TYPE_CHECKING:
    from headway.security.keys import ApiKey, KeyRing, Scope
    from headway.security.tokens import TokenVerifier

_DOTS_OF_A_TOKEN = 2


class Gate:
    """Lets requests in, or refuses them.

    Args:
        keys: The keys of the server.
        limiter: Holds keys to their rates; without one, this process counts for itself.
        tokens: Checks tokens, where they are accepted.

    Attributes:
        is_open: Whether nothing is asked for; then nobody is refused.
    """

    def __init__(
        self,
        keys: KeyRing,
        limiter: RateLimiter | None = None,
        tokens: TokenVerifier | None = None,
    ) -> None:
        self.is_open = keys.is_open
        self._keys = keys
        self._limiter = limiter or RateLimiter(private_cells())
        self._tokens = tokens

    def start(self) -> None:
        """Get what tokens are checked with. It may take seconds."""
        if self._tokens is not None:
            self._tokens.start()

    def close(self) -> None:
        """End what was started."""
        if self._tokens is not None:
            self._tokens.close()

    def with_keys(self, keys: KeyRing) -> Gate:
        """Return a gate for other keys that shares everything else with this one."""
        return Gate(keys, self._limiter, self._tokens)

    async def admit(self, credential: bytes | None, scope: Scope) -> ApiKey | None:
        """Let one request in, or refuse it.

        Args:
            credential: The key or token that was sent.
            scope: What it is needed for.

        Returns:
            As `identify`.

        Raises:
            As `identify` and `check`.
        """
        key = await self.identify(credential)
        if key is not None:
            self.check(key, scope)
        return key

    async def identify(self, credential: bytes | None) -> ApiKey | None:
        """Return whose key or token was sent.

        Returns:
            The key, or what the token allows in the form of one; `None` where none is asked for.

        Raises:
            AuthenticationError: A key is asked for, and this one is absent, unknown or no token that is
                accepted.
            ProviderUnavailableError: The token cannot be checked.
        """
        if self.is_open:
            return None
        if not credential:
            raise no_key()
        digest = hash_key(credential)
        key = self._keys.find(digest)
        if key is None:
            if self._tokens is None or credential.count(b".") != _DOTS_OF_A_TOKEN:
                raise unknown_key(credential)
            key = await self._tokens.verify(credential, digest)
        return key

    def known(self, credential: bytes | None) -> ApiKey | None:
        """Return the key that was sent, where it is one and has no rate; else `identify` tells."""
        key = None if credential is None else self._keys.find(hash_key(credential))
        return None if key is None or key.rate_per_s > 0 else key

    def check(self, key: ApiKey, scope: Scope) -> None:
        """Count a request of a key, and refuse what it is not for.

        Which models a key is for is asked later, when it is known which one is meant.

        Raises:
            RateLimitedError: It asks too often. What is refused for want of a scope counts too.
            PermissionDeniedError: It does not have the scope.
        """
        if key.rate_per_s > 0:
            self._limiter.admit(key)
        key.check(scope)
