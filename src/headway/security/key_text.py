"""How a key is spelled: a mark, 256 random bits, and a checksum that tells a typing error from a wrong key."""

from __future__ import annotations

import base64
import os
import re
import zlib

_MARK = "hw_"
_SECRET_BYTES = 32
_SECRET_CHARACTERS = 43
_CHECK_CHARACTERS = 6
# of these 6 are random: enough to recognise a key, and of no help to guess it
SHOWN_CHARACTERS = len(_MARK) + 6
_KEY = re.compile(rf"{_MARK}[A-Za-z0-9_-]{{{_SECRET_CHARACTERS + _CHECK_CHARACTERS}}}")


def new_key() -> str:
    """Return a key: 256 random bits, and a checksum, so that a typing error is told from a wrong key."""
    secret = _MARK + _text(os.urandom(_SECRET_BYTES))
    return secret + _checksum(secret)


def is_mistyped(key: str) -> bool:
    """Whether a text begins as a key of ours and is none, so that no server can know it.

    Examples:
        >>> key = new_key()
        >>> is_mistyped(key), is_mistyped(key[:-1]), is_mistyped("a key of somebody else")
        (False, True, False)
    """
    if not key.startswith(_MARK):
        return False
    secret, checksum = key[:-_CHECK_CHARACTERS], key[-_CHECK_CHARACTERS:]
    return _KEY.fullmatch(key) is None or checksum != _checksum(secret)


def _checksum(secret: str) -> str:
    return _text(zlib.crc32(secret.encode()).to_bytes(4))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
