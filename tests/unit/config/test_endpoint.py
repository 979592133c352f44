"""The server of `[client]` is read as the whole tree would read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.config.endpoint import (
    DEFAULT_TIMEOUT_S,
    KEYS,
    SECTIONS,
    read_admin_endpoint,
    read_endpoint,
)
from headway.config.load import load_settings
from headway.config.settings import ClientSettings, ServerSettings, Settings
from headway.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_configured_is_no_server(tmp_path: Path) -> None:
    assert read_endpoint(directory=tmp_path, environ={}) is None


def test_it_agrees_with_the_whole_tree(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").write_text("[client]\nurl = 'https://models:1'\ntimeout_s = 3")
    environ = {"HEADWAY_CLIENT__KEY": "s3cret", "HEADWAY_HOME": str(tmp_path)}
    overrides = {"client": {"timeout_s": 5}}
    endpoint = read_endpoint(overrides, directory=tmp_path, environ=environ)
    client = load_settings(overrides, directory=tmp_path, environ=environ).client
    assert endpoint is not None
    assert client.key is not None
    assert (endpoint.url, endpoint.key, endpoint.timeout_s) == (
        client.url,
        client.key.get_secret_value(),
        client.timeout_s,
    )


def test_the_default_time_is_that_of_the_tree(tmp_path: Path) -> None:
    assert load_settings(directory=tmp_path, environ={}).client.timeout_s == DEFAULT_TIMEOUT_S


def test_the_key_does_not_show(tmp_path: Path) -> None:
    environ = {"HEADWAY_CLIENT__KEY": "s3cret", "HEADWAY_CLIENT__URL": "http://a"}
    assert "s3cret" not in repr(read_endpoint(directory=tmp_path, environ=environ))


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("client.url = 'models:8000'", "client.url: should begin with http"),
        ("client = { url = 'http://a', timeout_s = 'soon' }", "client.timeout_s: should be"),
        ("client = { url = 'http://a', key = 's3cret' }", "client.key: a secret does not belong"),
    ],
)
def test_what_is_not_usable_is_named(tmp_path: Path, toml: str, problem: str) -> None:
    (tmp_path / "headway.toml").write_text(toml)
    with pytest.raises(ConfigError, match=problem) as caught:
        read_endpoint(directory=tmp_path, environ={})
    assert "s3cret" not in caught.value.message


def test_the_password_of_a_wrong_address_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ftp://u:\*\*\*@h") as caught:
        read_endpoint(directory=tmp_path, environ={"HEADWAY_CLIENT__URL": "ftp://u:s3cret@h"})
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize("url", ["http://u:s3cret@h", "http://u@h", "http://:s3cret@h"])
def test_a_user_in_an_address_is_refused_and_told_where_a_key_is_given(
    tmp_path: Path, url: str
) -> None:
    with pytest.raises(ConfigError, match="HEADWAY_CLIENT__URL: holds a user") as caught:
        read_endpoint(directory=tmp_path, environ={"HEADWAY_CLIENT__URL": url})
    assert "HEADWAY_CLIENT__KEY_FILE" in str(caught.value.hint)
    assert "s3cret" not in caught.value.message


def test_it_knows_what_the_whole_tree_knows() -> None:
    assert set(Settings.model_fields) == SECTIONS
    assert set(ClientSettings.model_fields) == KEYS


@pytest.mark.parametrize(
    ("toml", "environ", "problem"),
    [
        (
            "",
            {"HEADWAY_CLIENT__URL": "http://a", "HEADWAY_CLIENT__KEY_FILE": "/dev/null"},
            "HEADWAY_CLIENT__KEY_FILE: is empty",
        ),
        ("[clint]\nurl = 'http://a'", {}, "headway.toml:1:clint.*did you mean `client`"),
        (
            "[client]\nurls = 'http://a'",
            {},
            "headway.toml:2:client.urls.*did you mean `client.url`",
        ),
        ("", {"HEADWAY_FOO": "1"}, "HEADWAY_FOO: unknown setting; known are HEADWAY_HOME"),
        ("", {"HEADWAY_SERVR__PORT": "1"}, r"did you mean HEADWAY_SERVER__PORT\?"),
        ("", {"HEADWAY_URL": "1"}, "HEADWAY_CLIENT__URL or HEADWAY_CLIENT__ADMIN_URL"),
        ("client = 3", {}, "headway.toml:1:client: should be a table, not 3"),
        ("", {"HEADWAY_CLIENT": "1"}, "HEADWAY_CLIENT: should be a table, not '1'"),
        ("", {"HEADWAY_CLIENT__KEYS": "1"}, "did you mean HEADWAY_CLIENT__KEY"),
    ],
)
def test_what_is_unknown_is_refused_here_too(
    tmp_path: Path, toml: str, environ: dict[str, str], problem: str
) -> None:
    (tmp_path / "headway.toml").write_text(toml)
    with pytest.raises(ConfigError, match=problem):
        read_endpoint(directory=tmp_path, environ=environ)


@pytest.mark.parametrize("timeout", ["soon", "0", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_refused(tmp_path: Path, timeout: str) -> None:
    environ = {"HEADWAY_CLIENT__URL": "http://a", "HEADWAY_CLIENT__TIMEOUT_S": timeout}
    with pytest.raises(
        ConfigError, match="HEADWAY_CLIENT__TIMEOUT_S: should be a number"
    ) as caught:
        read_endpoint(directory=tmp_path, environ=environ)
    assert repr(timeout) in caught.value.message


@pytest.mark.parametrize("key", ["ключ", "s3cret\nX-Other: 1", "s3cret\x7f"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    environ = {"HEADWAY_CLIENT__URL": "http://a", "HEADWAY_CLIENT__KEY": key}
    with pytest.raises(ConfigError, match="HEADWAY_CLIENT__KEY: holds characters") as caught:
        read_endpoint(directory=tmp_path, environ=environ)
    assert "s3cret" not in caught.value.message
    assert "ключ" not in caught.value.message


def test_the_admin_api_of_this_machine_is_asked_by_default(tmp_path: Path) -> None:
    server = ServerSettings()
    endpoint = read_admin_endpoint(directory=tmp_path, environ={})
    assert endpoint.url == f"http://{server.admin_host}:{server.admin_port}"
    assert read_endpoint(setting="admin_url", directory=tmp_path, environ={}) is None


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:81"), ("::", "http://[::1]:81"), ("a.b", "http://a.b:81")],
)
def test_the_admin_api_is_asked_where_it_listens(tmp_path: Path, host: str, url: str) -> None:
    environ = {
        "HEADWAY_SERVER__ADMIN_HOST": host,
        "HEADWAY_SERVER__ADMIN_PORT": "81",
        "HEADWAY_CLIENT__KEY": "k",
    }
    endpoint = read_admin_endpoint(directory=tmp_path, environ=environ)
    assert (endpoint.url, endpoint.key) == (url, "k")
    given = {"client": {"admin_url": "https://admin"}}
    assert read_admin_endpoint(given, directory=tmp_path, environ=environ).url == "https://admin"


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_nobody_can_ask_is_named(tmp_path: Path, port: str) -> None:
    environ = {"HEADWAY_SERVER__ADMIN_PORT": port}
    with pytest.raises(ConfigError, match=f"admin_port` is {port}"):
        read_admin_endpoint(directory=tmp_path, environ=environ)
