"""A server is asked where one is named, for what a server knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headway.cli.invocation import Invocation
from headway.cli.remote import connect, find_served, served_address
from headway.errors import AddressError, ModelNotFoundError

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


SERVED = [
    {"name": "credit", "version": "3", "versions": [{"version": "3"}, {"version": "4"}]},
    {"name": "flights", "version": "1", "versions": [{"version": "1"}]},
]


@pytest.mark.parametrize(
    ("name", "version", "found"),
    [("credit", None, "3"), ("credit", "4", "4"), ("flights", "1", "1")],
)
def test_a_served_version_is_found(name: str, version: str | None, found: str) -> None:
    assert find_served(SERVED, name, version) == {"version": found}


@pytest.mark.parametrize(
    ("served", "name", "version", "hint"),
    [
        (SERVED, "credit", "1", "it serves `credit:3`, `credit:4`, `flights:1`"),
        (SERVED, "other", None, "it serves `credit:3`, `credit:4`, `flights:1`"),
        ([], "credit", None, None),
    ],
)
def test_what_is_not_served_names_what_is(
    served: list[dict[str, Any]], name: str, version: str | None, hint: str | None
) -> None:
    with pytest.raises(ModelNotFoundError, match=f"`{name}.*` is not served") as caught:
        find_served(served, name, version)
    assert caught.value.hint == hint
