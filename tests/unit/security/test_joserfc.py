from __future__ import annotations

import base64
from typing import Any

import pytest
from joserfc import jwk

from headway.security.joserfc import ALGORITHMS, KeyDocumentError, PublicKeys, is_signed
from tokens import EC, ED, RSA, encoded, key_document, token

P384 = jwk.generate_key("EC", "P-384", {"kid": "p384"})
P521 = jwk.generate_key("EC", "P-521", {"kid": "p521"})
SHORT_RSA = {
    "kty": "RSA",
    "kid": "short",
    "e": "AQAB",
    "n": encoded(b"\xc1" + bytes(126) + b"\x01").decode(),
}


def public(key: Any, **more: Any) -> dict[str, Any]:
    return key.as_dict(private=False) | more


def found(document: bytes, key_id: str | None, algorithm: str) -> int:
    return len(PublicKeys(document).find(key_id, algorithm))


def test_nothing_symmetric_and_nothing_unsigned_is_an_algorithm() -> None:
    assert {name[:2] for name in ALGORITHMS} == {"RS", "PS", "ES", "Ed"}


@pytest.mark.parametrize(
    ("key_id", "algorithm", "n_found"),
    [
        ("rsa", "RS256", 1),
        ("rsa", "PS512", 1),
        ("rsa", "ES256", 0),
        ("ec", "ES256", 1),
        ("ec", "ES384", 0),
        ("p384", "ES384", 1),
        ("p521", "ES512", 1),
        ("ed", "EdDSA", 1),
        ("ed", "Ed25519", 1),
        ("ed", "RS256", 0),
        (None, "RS256", 1),
        (None, "ES384", 1),
        ("", "RS256", 0),
    ],
)
def test_a_key_is_found_by_its_id_and_only_for_its_own_kind(
    key_id: str | None, algorithm: str, n_found: int
) -> None:
    assert found(key_document(RSA, EC, P384, P521, ED), key_id, algorithm) == n_found


def test_a_key_that_names_its_algorithm_is_for_no_other() -> None:
    document = key_document(public(RSA, alg="RS256"))
    assert found(document, "rsa", "RS256") == 1
    assert found(document, "rsa", "RS512") == found(document, "rsa", "PS256") == 0


@pytest.mark.parametrize(
    "useless",
    [
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "rsa2", "use": "enc"} | {n: public(RSA)[n] for n in "ne"},
        public(RSA, key_ops=["encrypt"]),
        SHORT_RSA,
        {"kty": "RSA"},
        {"kty": "RSA", "n": "*", "e": "AQAB"},
        {"kty": "RSA", "n": 7, "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        {"kty": ["RSA"]},
        {"kty": "new"},
        {},
    ],
)
def test_what_is_of_no_use_is_left_out(useless: dict[str, Any]) -> None:
    with pytest.raises(KeyDocumentError, match="no public key"):
        PublicKeys(key_document(useless))
    assert found(key_document(useless, ED), "ed", "EdDSA") == 1


@pytest.mark.parametrize(
    "document",
    [b"", b"{}", b"[]", b'{"keys": {}}', b'{"keys": [1]}', b"\xff", b"<html>", b"[" * 5000],
)
def test_what_is_no_key_document_is_refused(document: bytes) -> None:
    with pytest.raises(KeyDocumentError, match="no key document"):
        PublicKeys(document)


def test_what_is_private_in_a_document_is_dropped() -> None:
    keys = PublicKeys(key_document(RSA.as_dict(private=True)))
    (key,) = keys.find("rsa", "RS256")
    assert not key.is_private


def test_a_signature_is_one_of_any_of_the_keys() -> None:
    signed, _, signature = token().rpartition(b".")
    raw = base64.urlsafe_b64decode(signature + b"==")
    other = jwk.generate_key("RSA", 2048)
    assert is_signed(signed, raw, "RS256", [other, RSA])
    assert not is_signed(signed, raw, "RS256", [other])
    assert not is_signed(signed, raw, "RS256", [])
