"""A server is asked where one is named, for what a server knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.cli.invocation import Invocation
from headway.cli.remote import connect, served_address
from headway.errors import AddressError

if TYPE_CHECKING:
    from scripted_server import ScriptedServer


def test_without_a_server_there_is_no_client() -> None:
    assert connect(Invocation()) is None


def test_the_option_names_a_server_and_the_environment_its_key(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_CLIENT__URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HEADWAY_CLIENT__KEY", "s3cret")
    client = connect(Invocation(url=server.url))
    assert client is not None
    with client:
        client.predict("credit", {"age": 1})
    assert server.asked[0][2]["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("credit", ("credit", None)),
        ("credit@champion", ("credit", None)),
        ("credit:7", ("credit", "7")),
        ("models:/credit/7", ("credit", "7")),
    ],
)
def test_a_server_knows_names_and_versions(text: str, expected: tuple[str, str | None]) -> None:
    assert served_address(text) == expected


@pytest.mark.parametrize("text", ["./credit", "/credit", "credit@challenger", "runs:/1/m", "a:b"])
def test_a_server_knows_nothing_else(text: str) -> None:
    with pytest.raises(AddressError):
        served_address(text)
