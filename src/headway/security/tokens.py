"""Tokens (JWT) of an identity provider: who sent them, and what they allow.

Invariants: nothing that a token says is believed before its signature is checked; no URL or key that a
token names (`jku`, `x5u`, `jwk`, `x5c`) is ever looked at; a token is in no message and no log.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from headway.errors import InvalidTokenError, ProviderUnavailableError
from headway.security.joserfc import ALGORITHMS, is_signed
from headway.security.key_source import FETCH_TIMEOUT_S
from headway.security.keys import ApiKey, Scope

if TYPE_CHECKING:
    from headway.core.clock import Clock
    from headway.security.joserfc import PublicKeys
    from headway.security.key_source import KeySource
    from headway.security.token_settings import TokenSettings

MAX_TOKEN_BYTES = 8 * 1024
# for clocks that differ
LEEWAY_S = 60.0
MAX_REMEMBERED = 1024
UNKNOWN_KEY = "unknown key"
_PREFIX = "headway:"
_MAX_NAME = 100
_COMPACT = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


class TokenVerifier:
    """Checks tokens, and remembers those that it has accepted, so that each costs one signature.

    Use it from one event loop.

    Args:
        settings: Which tokens are accepted.
        source: Of the provider's keys.
        clock: Tells the time of day.
    """

    def __init__(self, settings: TokenSettings, source: KeySource, clock: Clock) -> None:
        self._settings = settings
        self._source = source
        self._clock = clock
        self._accepted: dict[str, tuple[float, ApiKey]] = {}
        self._accepted_by: PublicKeys | None = None
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Get the provider's keys, and keep them fresh. It may take seconds."""
        self._source.start()

    def close(self) -> None:
        """Get no more keys."""
        self._source.close()

    async def verify(self, token: bytes, digest: str) -> ApiKey:
        """Return what a token allows, in the form of a key with its owner's name.

        Args:
            token: As it was sent.
            digest: Its hex sha256.

        Raises:
            InvalidTokenError: It is not accepted.
            ProviderUnavailableError: It cannot be checked.
        """
        accepted = self._recall(digest)
        if accepted is not None:
            return accepted
        header, signed, signature, payload = _take_apart(token)
        keys = self._source.keys
        if keys is None or not keys.find(header.kid, header.alg):
            keys = await self._newer_keys()
        if keys is None:
            raise ProviderUnavailableError("the keys of tokens could not be read yet")
        fitting = keys.find(header.kid, header.alg)
        if not fitting:
            raise _refused(UNKNOWN_KEY)
        if not is_signed(signed, signature, header.alg, fitting):
            raise _refused("wrong signature")
        claims = _read(payload, Claims)
        now_s = self._clock.now().timestamp()
        self._check(claims, now_s)
        key = _as_key(claims, digest)
        self._remember(digest, claims.exp + LEEWAY_S, key)
        return key

    def _recall(self, digest: str) -> ApiKey | None:
        if self._source.keys is not self._accepted_by:
            # a key that its provider has withdrawn takes its tokens with it
            self._accepted, self._accepted_by = {}, self._source.keys
        found = self._accepted.get(digest)
        if found is None:
            return None
        expires_s, key = found
        if self._clock.now().timestamp() >= expires_s:
            del self._accepted[digest]
            raise _refused("expired")
        return key

    def _remember(self, digest: str, expires_s: float, key: ApiKey) -> None:
        if len(self._accepted) >= MAX_REMEMBERED:
            del self._accepted[next(iter(self._accepted))]
        self._accepted[digest] = (expires_s, key)

    async def _newer_keys(self) -> PublicKeys | None:
        """Read the keys once more, unless that was just done; all who wait share one reading."""
        if self._reading is None or self._reading.done():
            if not self._source.may_read:
                return self._source.keys
            self._reading = asyncio.create_task(asyncio.to_thread(self._source.read))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FETCH_TIMEOUT_S):
                await asyncio.shield(self._reading)
        return self._source.keys

    def _check(self, claims: Claims, now_s: float) -> None:
        if claims.iss != self._settings.issuer:
            raise _refused("wrong issuer")
        audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if self._settings.audience not in audiences:
            raise _refused("wrong audience")
        if now_s >= claims.exp + LEEWAY_S:
            raise _refused("expired")
        if now_s < claims.nbf - LEEWAY_S:
            raise _refused("not yet valid")


class Header(msgspec.Struct):
    """What is read of a token's header."""

    alg: str
    kid: str | None = None
    crit: Any = msgspec.UNSET


class Claims(msgspec.Struct):
    """What is read of a token's claims."""

    iss: str
    aud: str | list[str]
    exp: float
    nbf: float = 0.0
    sub: str = ""
    scope: str | list[str] = ""
    scp: str | list[str] = ""
    models: list[str] | None = None


Document = TypeVar("Document", Header, Claims)


def _take_apart(token: bytes) -> tuple[Header, bytes, bytes, bytes]:
    """Return a token's header, what was signed, its signature and its claims, still encoded."""
    if len(token) > MAX_TOKEN_BYTES:
        raise _refused("too long")
    parts = _COMPACT.fullmatch(token)
    if parts is None:
        raise _refused("malformed")
    header = _read(parts[1], Header)
    if header.alg not in ALGORITHMS:
        raise _refused("wrong algorithm")
    if header.crit is not msgspec.UNSET:
        # an extension that must be understood, and none is here (RFC 7515, section 4.1.11)
        raise _refused("unknown extension")
    return header, token[: parts.end(2)], _decode(parts[3]), parts[2]


def _read(part: bytes, kind: type[Document]) -> Document:
    text = _decode(part)
    try:
        document = msgspec.json.decode(text, type=kind)
        # msgspec takes the last of two; another reader may have taken the first (RFC 7519, section 4)
        json.loads(text, object_pairs_hook=_each_once)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _refused("malformed") from None
    return document


def _decode(part: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except ValueError:
        raise _refused("malformed") from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a name is there twice")
    return document


def _as_key(claims: Claims, digest: str) -> ApiKey:
    words = {
        word.removeprefix(_PREFIX)
        for claim in (claims.scope, claims.scp)
        for word in (claim.split() if isinstance(claim, str) else claim)
    }
    if claims.models is not None and not claims.models:
        # an empty list of a key means every model, that of a token none
        words = set()
    return ApiKey(
        name=claims.sub[:_MAX_NAME] or "token",
        digest=digest,
        scopes=tuple(scope for scope in Scope if scope.value in words),
        models=tuple(claims.models or ()),
    )


def _refused(reason: str) -> InvalidTokenError:
    return InvalidTokenError(f"the token is not accepted: {reason}", reason=reason)
