"""Tokens that are accepted, and every way to forge or misuse one that we know of (RFC 8725)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwk

from headway.errors import InvalidTokenError, ProviderUnavailableError
from headway.security.keys import Scope, hash_key
from headway.security.tokens import LEEWAY_S, MAX_REMEMBERED, MAX_TOKEN_BYTES, TokenVerifier
from tokens import AUDIENCE, EC, ED, ISSUER, OTHER_RSA, RSA, claims, encoded, key_document, token
from unit_tokens import MovedClock, Shelf, verifier

if TYPE_CHECKING:
    from headway.security.keys import ApiKey

NOW_S = int(time.time())


def started(document: Any = None, clock: MovedClock | None = None) -> TokenVerifier:
    if clock is None:
        clock = MovedClock()
        # the limits of these tests were worked out when they were collected
        clock.moved_s = NOW_S - time.time()
    tokens = verifier(document, clock)
    tokens._source.read()
    return tokens


def check(sent: bytes, tokens: TokenVerifier | None = None) -> ApiKey:
    return asyncio.run((tokens or started()).verify(sent, hash_key(sent)))


def refusal(sent: bytes, tokens: TokenVerifier | None = None) -> str:
    with pytest.raises(InvalidTokenError) as caught:
        check(sent, tokens)
    for part in sent.split(b".")[1:]:
        assert len(part) < 3 or part.decode("latin-1") not in caught.value.message
    assert caught.value.message == f"the token is not accepted: {caught.value.reason}"
    return caught.value.reason


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        *[(RSA, f"{kind}{n}") for kind in ("RS", "PS") for n in (256, 384, 512)],
        (EC, "ES256"),
        (ED, "EdDSA"),
        (ED, "Ed25519"),
    ],
)
def test_a_token_of_each_algorithm_is_accepted(key: Any, alg: str) -> None:
    accepted = check(token(key=key, alg=alg))
    assert (accepted.name, accepted.scopes, accepted.models) == (
        "ada",
        (Scope.PREDICT, Scope.READ),
        (),
    )


@pytest.mark.parametrize(
    ("changes", "scopes", "models"),
    [
        ({"scope": None}, (), ()),
        ({"scope": ""}, (), ()),
        ({"scope": "openid profile"}, (), ()),
        ({"scope": "PREDICT headway:write predictor"}, (), ()),
        ({"scope": ["headway:admin", "x"]}, (Scope.ADMIN,), ()),
        ({"scope": None, "scp": "read"}, (Scope.READ,), ()),
        ({"scope": "read", "scp": ["predict"]}, (Scope.PREDICT, Scope.READ), ()),
        ({"models": ["credit"]}, (Scope.PREDICT, Scope.READ), ("credit",)),
        ({"models": []}, (), ()),
    ],
)
def test_the_claims_say_what_is_allowed(
    changes: dict[str, Any], scopes: tuple[Scope, ...], models: tuple[str, ...]
) -> None:
    accepted = check(token(claims(**changes)))
    assert (accepted.scopes, accepted.models) == (scopes, models)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["other", AUDIENCE]},
        {"exp": NOW_S - LEEWAY_S + 30},
        {"nbf": NOW_S + LEEWAY_S - 30},
        {"exp": NOW_S + 600.5},
        {"exp": 10**30},
        {"sub": None},
        {"whatever": {"deep": [1, 2]}},
    ],
)
def test_what_is_not_quite_usual_is_accepted(changes: dict[str, Any]) -> None:
    assert check(token(claims(**changes))).scopes


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": NOW_S - LEEWAY_S - 30}, "expired"),
        ({"exp": 0}, "expired"),
        ({"exp": -1e300}, "expired"),
        ({"nbf": NOW_S + LEEWAY_S + 30}, "not yet valid"),
        ({"iss": "https://id.example.org"}, "wrong issuer"),
        ({"iss": "https://evil.example.org/"}, "wrong issuer"),
        ({"aud": "other"}, "wrong audience"),
        ({"aud": []}, "wrong audience"),
        ({"aud": AUDIENCE.upper()}, "wrong audience"),
        ({"exp": None}, "malformed"),
        ({"exp": str(NOW_S + 600)}, "malformed"),
        ({"exp": True}, "malformed"),
        ({"iss": [ISSUER]}, "malformed"),
        ({"iss": None}, "malformed"),
        ({"aud": None}, "malformed"),
        ({"aud": {AUDIENCE: 1}}, "malformed"),
        ({"scope": 7}, "malformed"),
        ({"models": "credit"}, "malformed"),
    ],
)
def test_claims_that_do_not_hold_are_refused_with_a_word(
    changes: dict[str, Any], reason: str
) -> None:
    assert refusal(token(claims(**changes))) == reason


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps(claims())[:-1].encode() + b',"aud":"headway"}',
        b'{"aud":"other",' + json.dumps(claims())[1:].encode(),
        json.dumps(claims()).encode().replace(b'"exp": ', b'"exp": NaN, "x": '),
        json.dumps(claims()).encode()[:-1],
        json.dumps([claims()]).encode(),
        b"\xff\xfe",
        b"[" * 3000,
        b'{"a":' * 700 + b"1" + b"}" * 700,
    ],
)
def test_claims_that_two_readers_would_read_differently_are_refused(payload: bytes) -> None:
    assert refusal(token(payload)) == "malformed"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_a_token_without_a_signature_is_refused(alg: str) -> None:
    unsigned = encoded({"alg": alg, "kid": "rsa"}) + b"." + encoded(claims()) + b"."
    assert refusal(unsigned) == "malformed"
    assert refusal(unsigned + b"AA") == "wrong algorithm"


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512", "hs256"])
@pytest.mark.parametrize("form", ["pem", "der", "n", "document"])
def test_a_public_key_is_no_secret(alg: str, form: str) -> None:
    public = RSA.as_dict(private=False)
    secret = {
        "pem": RSA.as_pem(private=False),
        "der": RSA.as_der(private=False),
        "n": public["n"].encode(),
        "document": key_document(RSA),
    }[form]
    signed = encoded({"alg": alg, "kid": "rsa"}) + b"." + encoded(claims())
    digest = getattr(hashlib, f"sha{alg[2:]}")
    sent = signed + b"." + encoded(hmac.new(secret, signed, digest).digest())
    assert refusal(sent) == "wrong algorithm"


def test_a_symmetric_key_of_a_document_is_not_used() -> None:
    oct_key = {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "rsa"}
    tokens = started(key_document(oct_key, RSA))
    secret = jwk.import_key(oct_key)
    assert refusal(token(key=secret, alg="HS256"), tokens) == "wrong algorithm"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (token(key=OTHER_RSA), "wrong signature"),
        (token(header={"kid": "ec"}), "unknown key"),
        (token(header={"kid": "../../dev/null"}), "unknown key"),
        (token(header={"kid": "' OR 1=1 --"}), "unknown key"),
        (token(header={"kid": ""}), "unknown key"),
        (token(header={"kid": ["rsa"]}), "malformed"),
        (token(header={"kid": 7}), "malformed"),
        (token(header={"alg": "RS512"}), "wrong signature"),
        (token(header={"alg": "PS256"}), "wrong signature"),
        (token(header={"alg": "ES256"}), "unknown key"),
        (token(key=EC, alg="ES256", header={"alg": "ES384"}), "unknown key"),
        (token(header={"alg": ["RS256"]}), "malformed"),
        (token(header={"alg": "RS1"}), "wrong algorithm"),
        (token(header={"alg": "ES256K"}), "wrong algorithm"),
        (token(header={"crit": ["exp"]}), "unknown extension"),
        (token(header={"crit": []}), "unknown extension"),
        (token(header={"crit": ["b64"], "b64": False}), "unknown extension"),
    ],
)
def test_a_header_chooses_no_key_and_no_algorithm_of_its_own(sent: bytes, reason: str) -> None:
    assert refusal(sent) == reason


@pytest.mark.parametrize(
    "more",
    [
        {"jku": "http://127.0.0.1:1/jwks"},
        {"x5u": "http://127.0.0.1:1/cert"},
        {"jwk": OTHER_RSA.as_dict(private=False)},
        {"x5c": ["MIIB"]},
    ],
)
def test_keys_that_a_token_brings_along_are_never_looked_at(more: dict[str, Any]) -> None:
    assert check(token(header=more)).name == "ada"
    assert refusal(token(key=OTHER_RSA, header=more)) == "wrong signature"


def test_a_header_with_a_name_twice_is_refused() -> None:
    _, payload, signature = token().split(b".")
    double = encoded(b'{"alg":"none","alg":"RS256","kid":"rsa"}')
    assert refusal(b".".join([double, payload, signature])) == "malformed"


def test_a_changed_or_exchanged_part_is_refused() -> None:
    head, payload, signature = token().split(b".")
    _, other_payload, other_signature = token(claims(sub="eve")).split(b".")
    assert refusal(b".".join([head, other_payload, signature])) == "wrong signature"
    assert refusal(b".".join([head, payload, other_signature])) == "wrong signature"
    assert refusal(b".".join([head, payload, signature[:-8]])) == "wrong signature"
    assert refusal(b".".join([head, payload, encoded(bytes(256))])) == "wrong signature"


def test_an_empty_ecdsa_signature_is_refused() -> None:
    """Psychic signatures: r = s = 0 (CVE-2022-21449)."""
    head, payload, _ = token(key=EC, alg="ES256").split(b".")
    assert refusal(b".".join([head, payload, encoded(bytes(64))])) == "wrong signature"
    assert refusal(b".".join([head, payload, encoded(b"0" * 63)])) == "wrong signature"


@pytest.mark.parametrize(
    "sent",
    [
        b"..",
        b"a.b.c",
        b".a.b",
        token() + b".AAAA",
        token() + b"." + token().rpartition(b".")[2],
        token() + b"=",
        token().replace(b".", b"..", 1),
        b" " + token(),
        token() + b"\n",
        token()[:40] + b"*" + token()[40:],
        json.dumps({"payload": "x", "signatures": [{}, {}]}).encode(),
        b"\xff.\xff.\xff",
        encoded([]) + b"." + encoded(claims()) + b".AAAA",
        encoded(b"[" * 3000) + b".e30.AAAA",
        b"A.A.A",
    ],
)
def test_what_is_no_token_of_three_parts_is_refused(sent: bytes) -> None:
    assert refusal(sent) == "malformed"


def test_a_huge_token_is_not_read() -> None:
    assert check(token(claims(x="x" * 4000)))
    huge = token(claims(x="x" * MAX_TOKEN_BYTES))
    assert refusal(huge) == "too long"


def test_a_name_is_cut_and_empty_where_there_is_none() -> None:
    assert check(token(claims(sub="x" * 500))).name == "x" * 100
    assert check(token(claims(sub=""))).name == "token"


def test_without_a_key_id_the_only_key_that_fits_is_meant() -> None:
    plain = jwk.import_key({n: v for n, v in RSA.as_dict(private=True).items() if n != "kid"})
    assert check(token(key=plain)).name == "ada"
    assert refusal(token(key=plain), started(key_document(RSA, OTHER_RSA))) == "unknown key"


def test_a_token_is_checked_once_until_it_expires() -> None:
    clock = MovedClock()
    tokens = started(clock=clock)
    sent = token(claims(exp=int(time.time()) + 100))
    first = check(sent, tokens)
    assert check(sent, tokens) is first
    clock.moved_s = 100 + LEEWAY_S + 1
    assert refusal(sent, tokens) == "expired"
    assert refusal(sent, tokens) == "expired"


def test_a_key_that_was_withdrawn_takes_its_tokens_with_it() -> None:
    tokens = started(key_document(RSA, EC))
    check(token(), tokens)
    place = tokens._source._place
    assert isinstance(place, Shelf)
    place.document = key_document(EC)
    tokens._source.read()
    assert refusal(token(), tokens) == "unknown key"
    assert check(token(key=EC, alg="ES256"), tokens).name == "ada"


def test_only_so_many_are_remembered() -> None:
    tokens = started(key_document(ED))
    sent = [token(claims(sub=str(n)), ED, alg="EdDSA") for n in range(MAX_REMEMBERED + 10)]

    async def one_after_the_other() -> None:
        for one in sent:
            await tokens.verify(one, hash_key(one))

    asyncio.run(one_after_the_other())
    assert len(tokens._accepted) == MAX_REMEMBERED


def test_an_unknown_key_is_looked_for_once_in_a_while_however_many_ask() -> None:
    clock = MovedClock()
    tokens = started(key_document(RSA), clock)
    place = tokens._source._place
    assert isinstance(place, Shelf)
    sent = token(key=EC, alg="ES256")
    assert refusal(sent, tokens) == "unknown key"
    assert place.n_read == 1, "they were just read"
    place.document = key_document(RSA, EC)
    clock.moved_s = 11

    async def many() -> list[ApiKey]:
        return await asyncio.gather(*(tokens.verify(sent, hash_key(sent)) for _ in range(20)))

    assert {key.name for key in asyncio.run(many())} == {"ada"}
    assert place.n_read == 2


def test_where_no_key_was_had_yet_nobody_is_called_unknown() -> None:
    clock = MovedClock()
    tokens = started(OSError("no route"), clock)
    with pytest.raises(ProviderUnavailableError):
        check(token(), tokens)
    place = tokens._source._place
    assert isinstance(place, Shelf)
    place.document = key_document(RSA)
    clock.moved_s = 11
    assert check(token(), tokens).name == "ada"
