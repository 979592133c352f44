"""The public keys of an identity provider, and the signatures that they are asked about.

Invariant: a key is asked only about an algorithm of its own kind, so that a public key never becomes
the secret of a symmetric one (RFC 8725, section 3.1).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import import_key
from joserfc.jws import JWSRegistry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from joserfc.jwk import Key

MAX_KEYS = 64
LEAST_RSA_BITS = 2048

# algorithm of a token -> type and curve of its key
ALGORITHMS: dict[str, tuple[str, str | None]] = {
    **{f"{kind}{bits}": ("RSA", None) for kind in ("RS", "PS") for bits in (256, 384, 512)},
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "Ed25519": ("OKP", "Ed25519"),
    # the older name of the same (RFC 9864)
    "EdDSA": ("OKP", "Ed25519"),
}
_KINDS = frozenset(ALGORITHMS.values())
_PUBLIC = frozenset({"kty", "kid", "alg", "crv", "x", "y", "n", "e"})


class KeyDocumentError(Exception):
    """A document that holds no usable key."""


class PublicKeys:
    """What one key document (JWKS) holds. It is immutable.

    Args:
        document: The document, as the provider wrote it.

    Raises:
        KeyDocumentError: It is none, or holds no key that a token may be signed with.
    """

    def __init__(self, document: bytes) -> None:
        self.document = document
        try:
            read = msgspec.json.decode(document, type=_KeyDocument)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise KeyDocumentError("it is no key document (JWKS)") from error
        self._keys = tuple(_usable(read.keys[:MAX_KEYS]))
        if not self._keys:
            raise KeyDocumentError("it holds no public key that a token may be signed with")

    def find(self, key_id: str | None, algorithm: str) -> list[Key]:
        """Return the keys that may have signed a token.

        Args:
            key_id: Of its header; without one, the document must have one key only that fits.
            algorithm: Of its header; one of `ALGORITHMS`.
        """
        fitting = [
            key
            for key in self._keys
            if _kind(key.as_dict(private=False)) == ALGORITHMS[algorithm]
            and key.get("alg", algorithm) == algorithm
            and (key_id is None or key.get("kid") == key_id)
        ]
        return fitting if key_id is not None or len(fitting) == 1 else []


def is_signed(signed: bytes, signature: bytes, algorithm: str, keys: Iterable[Key]) -> bool:
    """Whether one of the keys has signed something."""
    verify = JWSRegistry.algorithms[algorithm].verify
    return any(verify(signed, signature, key) for key in keys)


class _KeyDocument(msgspec.Struct):
    keys: list[dict[str, Any]]


def _usable(documents: Iterable[dict[str, Any]]) -> Iterator[Key]:
    """Import the keys for signatures, and leave out what is for something else (RFC 7517, section 5)."""
    for document in documents:
        try:
            if _is_usable(document):
                # whatever is private in it is not even read
                yield import_key({name: document[name] for name in _PUBLIC & document.keys()})
        except (JoseError, ValueError, TypeError):
            continue


def _is_usable(document: dict[str, Any]) -> bool:
    return (
        _kind(document) in _KINDS
        and document.get("use", "sig") == "sig"
        and "verify" in document.get("key_ops", ["verify"])
        and (document["kty"] != "RSA" or _n_bits(document.get("n", "")) >= LEAST_RSA_BITS)
    )


def _kind(document: dict[str, Any]) -> tuple[Any, Any]:
    return document.get("kty"), document.get("crv")


def _n_bits(number: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(number + "==")).bit_length()
