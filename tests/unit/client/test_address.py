"""Where a server is, and the headers that it gets."""

from __future__ import annotations

from typing import Any

import pytest

from headway.client.address import read_address, request_headers
from headway.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "host", "port", "prefix", "authority"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1", 8000, "", "127.0.0.1:8000"),
        ("http://127.0.0.1:8000/", "127.0.0.1", 8000, "", "127.0.0.1:8000"),
        ("http://models/behind/proxy/", "models", 80, "/behind/proxy", "models"),
        ("HTTP://Models", "models", 80, "", "models"),
        ("https://models", "models", 443, "", "models"),
        ("https://models:443/v%201", "models", 443, "/v%201", "models"),
        ("https://models:80", "models", 80, "", "models:80"),
        ("http://[::1]:8000/", "::1", 8000, "", "[::1]:8000"),
        ("http://[::1]", "::1", 80, "", "[::1]"),
        ("http://m\u00f6dels.example", "xn--mdels-jua.example", 80, "", "xn--mdels-jua.example"),
    ],
)
def test_a_url_is_read(url: str, host: str, port: int, prefix: str, authority: str) -> None:
    address = read_address(url)
    assert (address.host, address.port, address.prefix) == (host, port, prefix)
    assert address.authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "localhost",
        "ftp://models",
        "http://",
        "http://:8000",
        "http://models:port",
        "http://models:99999",
        "http://[::1",
        "http://models?a=1",
        "http://models/#part",
        "http://models/a b",
        "http://models\n",
        "http://models/\u00e9",
        "http://" + "a" * 64 + "\u00e9.example",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="is not the address of a server"):
        read_address(url)


@pytest.mark.parametrize("url", [3, None, b"http://models", ["http://models"]])
def test_an_address_that_is_no_string_is_refused(url: Any) -> None:
    with pytest.raises(ConfigError, match="is a string, not a `") as caught:
        read_address(url)
    assert caught.value.hint


def test_a_key_that_is_no_string_is_refused_and_not_shown() -> None:
    key: Any = b"s3cret"
    with pytest.raises(ConfigError, match="is a string, not a `bytes`") as caught:
        request_headers(read_address("http://models"), key)
    assert "s3cret" not in str(caught.value)


def test_an_address_that_cannot_be_read_shows_no_password() -> None:
    with pytest.raises(ConfigError, match="is not the address of a server") as caught:
        read_address("http://user:s3cret@models:port")
    assert "s3cret" not in str(caught.value)


def test_a_user_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="holds a user") as caught:
        read_address("http://user:s3cret@models")
    assert "s3cret" not in str(caught.value)


def test_the_key_is_sent_as_a_bearer_token() -> None:
    address = read_address("http://models:8000")
    assert (b"Authorization", b"Bearer s3cret") in request_headers(address, "s3cret")
    assert (b"Host", b"models:8000") in request_headers(address, None)
    assert not [name for name, _ in request_headers(address, None) if name == b"Authorization"]


@pytest.mark.parametrize("key", ["", "s3cret\n", "s3 cret", "s3cr\u00e9t", "s3cret\r\nX-Evil: 1"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        request_headers(read_address("http://models"), key)
    assert "s3cr" not in str(caught.value)
