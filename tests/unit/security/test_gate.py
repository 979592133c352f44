from __future__ import annotations

import asyncio

import pytest

from headway.errors import (
    AuthenticationError,
    InvalidTokenError,
    PermissionDeniedError,
    RateLimitedError,
)
from headway.security.gate import Gate
from headway.security.keys import ApiKey, KeyRing, Scope, hash_key
from headway.security.tokens import TokenVerifier
from tokens import token
from unit_tokens import verifier


def ring(*keys: ApiKey, is_open: bool = False) -> KeyRing:
    return KeyRing(keys, is_open=is_open)


def admit(gate: Gate, credential: bytes | None, scope: Scope = Scope.PREDICT) -> ApiKey | None:
    return asyncio.run(gate.admit(credential, scope))


BATCH = ApiKey("batch", hash_key("secret"), scopes=(Scope.PREDICT,), rate_per_s=2)
DOTTED = ApiKey("dotted", hash_key("a.b.c"))


@pytest.fixture
def tokens() -> TokenVerifier:
    return verifier()


def test_an_open_gate_asks_for_nothing() -> None:
    gate = Gate(ring(is_open=True))
    assert gate.is_open
    assert admit(gate, None) is None
    assert admit(gate, b"whatever", Scope.ADMIN) is None


def test_a_key_is_let_in_by_its_own_name() -> None:
    assert admit(Gate(ring(BATCH)), b"secret") == BATCH


@pytest.mark.parametrize("credential", [None, b"", b"Secret", b"a.b.c"])
def test_what_is_unknown_is_refused(credential: bytes | None) -> None:
    with pytest.raises(AuthenticationError) as caught:
        admit(Gate(ring(BATCH)), credential)
    assert not isinstance(caught.value, InvalidTokenError)


def test_a_rate_holds_for_whatever_is_asked() -> None:
    gate = Gate(ring(BATCH))
    with pytest.raises(PermissionDeniedError):
        admit(gate, b"secret", Scope.READ)
    admit(gate, b"secret")
    with pytest.raises(RateLimitedError):
        admit(gate, b"secret")


def test_a_gate_for_other_keys_goes_on_counting() -> None:
    gate = Gate(ring(BATCH))
    admit(gate, b"secret")
    other = gate.with_keys(ring(BATCH, DOTTED))
    admit(other, b"secret")
    with pytest.raises(RateLimitedError):
        admit(other, b"secret")
    assert admit(other, b"a.b.c") == DOTTED
    with pytest.raises(AuthenticationError):
        admit(gate, b"a.b.c")


def test_three_parts_are_a_token_unless_they_are_a_key(tokens: TokenVerifier) -> None:
    gate = Gate(ring(BATCH, DOTTED), tokens=tokens)
    gate.start()
    accepted = admit(gate, token())
    assert accepted is not None
    assert (accepted.name, accepted.scopes) == ("ada", (Scope.PREDICT, Scope.READ))
    assert admit(gate, b"a.b.c") == DOTTED
    assert admit(gate, b"secret") == BATCH
    with pytest.raises(InvalidTokenError):
        admit(gate, b"a.b.d")
    with pytest.raises(AuthenticationError, match="unknown here"):
        admit(gate, b"a.b.c.d")
    with pytest.raises(PermissionDeniedError, match="`ada` does not have the scope `admin`"):
        admit(gate, token(), Scope.ADMIN)
    gate.close()
