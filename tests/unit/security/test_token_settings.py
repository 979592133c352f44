from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from headway.config.settings import JwtSettings
from headway.errors import ConfigError
from headway.security.token_settings import TokenSettings, token_settings

URL = "https://id.example.org/jwks"


def test_without_keys_there_are_no_tokens() -> None:
    assert token_settings(JwtSettings()) is None


@pytest.mark.parametrize("said", [{"issuer": "i"}, {"audience": "a"}])
def test_what_is_said_of_tokens_that_are_off_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="not where the keys are"):
        token_settings(JwtSettings(**said))


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ({}, "`jwt.issuer` and `jwt.audience`"),
        ({"issuer": "i"}, "not said is `jwt.audience`"),
        ({"audience": "a"}, "not said is `jwt.issuer`"),
        ({"issuer": "", "audience": "a"}, "`jwt.issuer`"),
    ],
)
def test_whose_tokens_and_for_whom_must_be_said(said: dict[str, str], missing: str) -> None:
    with pytest.raises(ConfigError, match=missing):
        token_settings(JwtSettings(jwks=URL, **said))


@pytest.mark.parametrize(
    "jwks",
    [
        URL,
        "HTTPS://id.example.org",
        "http://127.0.0.1:8080/j",
        "http://localhost/j",
        "http://[::1]:1/",
    ],
)
def test_keys_come_over_https_or_from_this_machine(jwks: str) -> None:
    settings = token_settings(JwtSettings(jwks=jwks, issuer="i", audience="a", refresh_s=5))
    assert settings == TokenSettings("i", "a", jwks, 5)
    assert settings is not None
    assert settings.is_url


@pytest.mark.parametrize(
    "jwks",
    [
        "http://id.example.org/jwks",
        "http://10.0.0.1/",
        "http://127.0.0.1.example.org/",
        "http:///x",
    ],
)
def test_keys_of_another_machine_do_not_come_unencrypted(jwks: str) -> None:
    with pytest.raises(ConfigError, match="HTTPS only"):
        TokenSettings("i", "a", jwks)


def test_a_password_in_the_url_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        TokenSettings("i", "a", "https://me:swordfish@id.example.org/")
    assert "swordfish" not in f"{caught.value} {caught.value.hint}"


def test_a_file_is_known_by_its_whole_path() -> None:
    settings = token_settings(JwtSettings(jwks="keys.json", issuer="i", audience="a"))
    assert settings is not None
    assert settings.jwks == str(Path.cwd() / "keys.json")
    assert not settings.is_url


def test_they_travel_to_a_worker_as_json() -> None:
    settings = TokenSettings("i", "a", URL)
    assert msgspec.json.decode(msgspec.json.encode(settings), type=TokenSettings) == settings
