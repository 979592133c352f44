from __future__ import annotations

import hashlib

import pytest

from headway.errors import AuthenticationError, ConfigError
from headway.security.keys import KeyRing, hash_key


def test_a_key_is_known_by_its_sha256() -> None:
    assert hash_key("secret") == hashlib.sha256(b"secret").hexdigest() == hash_key(b"secret")


def test_without_hashes_everybody_may_ask() -> None:
    ring = KeyRing(())
    assert ring.is_open
    ring.verify(None)
    ring.verify(b"whatever")


@pytest.mark.parametrize("key", ["first", "second", "schlüssel"])
def test_each_known_key_is_accepted(key: str) -> None:
    ring = KeyRing([hash_key("first"), hash_key("second"), hash_key("schlüssel")])
    assert not ring.is_open
    ring.verify(key.encode())


@pytest.mark.parametrize(
    "key", [None, b"", b"First", b"first ", b"\xff", hash_key("first").encode()]
)
def test_anything_else_is_refused_and_never_repeated(key: bytes | None) -> None:
    ring = KeyRing([hash_key("first")])
    with pytest.raises(AuthenticationError) as caught:
        ring.verify(key)
    assert caught.value.hint is not None
    assert "X-API-Key" in caught.value.hint
    assert "first" not in caught.value.message.lower()


@pytest.mark.parametrize("value", ["secret", "", "A" * 64, "0" * 63])
def test_a_key_in_the_clear_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        KeyRing([value])
    assert not value or value not in str(caught.value)
