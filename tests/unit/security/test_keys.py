from __future__ import annotations

import hashlib

import pytest

from headway.errors import AuthenticationError, ConfigError, PermissionDeniedError
from headway.security.key_text import new_key
from headway.security.keys import ApiKey, KeyRing, Scope, hash_key


def ring(*keys: str, **fields: object) -> KeyRing:
    return KeyRing([ApiKey(key, hash_key(key), **fields) for key in keys], is_open=False)  # type: ignore[arg-type]


def test_a_key_is_known_by_its_sha256() -> None:
    assert hash_key("secret") == hashlib.sha256(b"secret").hexdigest() == hash_key(b"secret")


def test_where_no_key_is_asked_for_everybody_may_ask() -> None:
    open_ring = KeyRing((), is_open=True)
    assert open_ring.verify(None, Scope.PREDICT) is None
    assert open_ring.verify(b"whatever", Scope.ADMIN) is None


def test_without_any_key_left_nobody_may_ask() -> None:
    with pytest.raises(AuthenticationError):
        ring().verify(b"whatever", Scope.PREDICT)


@pytest.mark.parametrize("key", ["first", "second", "schlüssel"])
def test_each_known_key_is_accepted(key: str) -> None:
    found = ring("first", "second", "schlüssel").verify(key.encode(), Scope.PREDICT)
    assert found is not None
    assert found.name == key


@pytest.mark.parametrize(
    "key", [None, b"", b"First", b"first ", b"\xff", hash_key("first").encode()]
)
def test_anything_else_is_refused_and_never_repeated(key: bytes | None) -> None:
    with pytest.raises(AuthenticationError) as caught:
        ring("first").verify(key, Scope.PREDICT)
    assert caught.value.hint is not None
    assert "X-API-Key" in caught.value.hint
    assert "first" not in caught.value.message.lower()


@pytest.mark.parametrize(
    ("scopes", "models", "scope", "model", "is_allowed"),
    [
        ((Scope.PREDICT,), (), Scope.PREDICT, "credit", True),
        ((Scope.PREDICT,), (), Scope.READ, None, False),
        ((Scope.READ,), (), Scope.PREDICT, "credit", False),
        ((Scope.PREDICT,), ("credit",), Scope.PREDICT, "credit", True),
        ((Scope.PREDICT,), ("credit",), Scope.PREDICT, "other", False),
        ((Scope.PREDICT,), ("credit",), Scope.PREDICT, None, True),
        ((Scope.ADMIN,), (), Scope.PREDICT, None, False),
    ],
)
def test_a_key_is_for_its_scopes_and_models(
    scopes: tuple[Scope, ...],
    models: tuple[str, ...],
    scope: Scope,
    model: str | None,
    *,
    is_allowed: bool,
) -> None:
    keys = ring("first", scopes=scopes, models=models)
    if is_allowed:
        keys.verify(b"first", scope, model)
    else:
        with pytest.raises(PermissionDeniedError, match=f"{scope}|{model}"):
            keys.verify(b"first", scope, model)


def test_a_model_that_a_key_is_not_for_is_refused_without_saying_more() -> None:
    keys = ring("first", models=("credit",))
    with pytest.raises(PermissionDeniedError) as caught:
        keys.verify(b"first", Scope.PREDICT, "x" * 500)
    assert "credit" not in f"{caught.value} {caught.value.hint}"
    assert len(caught.value.message) < 200


def test_a_key_is_found_by_its_digest_only() -> None:
    keys = ring("first", "second")
    found = keys.find(hash_key("second"))
    assert found is not None
    assert found.name == "second"
    assert keys.find(hash_key("third")) is None
    assert keys.find(hash_key("second").upper()) is None


@pytest.mark.parametrize("value", ["secret", "", "A" * 64, "0" * 63])
def test_a_key_in_the_clear_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        KeyRing([ApiKey("test", value)], is_open=False)
    assert not value or value not in str(caught.value)


def test_a_typing_error_is_told_from_a_wrong_key() -> None:
    key = new_key()
    ring = KeyRing([ApiKey("ci", hash_key(key))], is_open=False)
    for sent, says in ((key[:-1], "mistyped"), (new_key(), "unknown"), ("another", "unknown")):
        with pytest.raises(AuthenticationError, match=says):
            ring.verify(sent.encode(), Scope.PREDICT)
