from __future__ import annotations

import contextlib
import http.server
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.errors import (
    AddressError,
    ConfigError,
    RegistryError,
    RegistryUnavailableError,
)
from headway.registry.mlflow.registry import MlflowRegistry
from headway.registry.port import VersionRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD = VersionRecord(digest="ab", form="native")


class Broken(http.server.BaseHTTPRequestHandler):
    """Answers everything with the status of its server."""

    def answer(self) -> None:
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(b"<html>no registry here</html>")

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def server(status: int) -> Iterator[str]:
    """A server that is no registry."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken) as running:
        running.status = status  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.mark.parametrize("uri", ["", "mlflow", "./mlruns", "/srv/mlruns", "sqlite", "host:5000"])
def test_what_is_no_uri_is_a_bad_setting(uri: str) -> None:
    with pytest.raises(ConfigError, match="is not the URI of a registry") as caught:
        MlflowRegistry(uri)
    assert "sqlite:///FILE" in str(caught.value.hint)


def test_a_database_needs_a_place_for_files() -> None:
    with pytest.raises(ConfigError, match="needs a place for its files"):
        MlflowRegistry("postgresql+psycopg://db/mlflow")


def test_nothing_is_connected_or_made_before_the_first_call(tmp_path: Path) -> None:
    registry = MlflowRegistry(f"sqlite:///{tmp_path}/deep/registry.db")
    MlflowRegistry("http://127.0.0.1:1")
    assert registry.uri == f"sqlite:///{tmp_path}/deep/registry.db"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["http://{}", "postgresql+psycopg://me:secret@{}/mlflow"])
def test_a_registry_that_is_not_there_is_told_within_seconds(uri: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    started_s = time.monotonic()
    with pytest.raises(RegistryUnavailableError, match="Connection refused") as caught:
        MlflowRegistry(uri.format(address), "s3://bucket").models()
    assert time.monotonic() - started_s < 5
    assert "secret" not in caught.value.message


def test_a_server_that_is_overloaded_is_unavailable() -> None:
    with server(503) as uri, pytest.raises(RegistryUnavailableError, match="503"):
        MlflowRegistry(uri).versions("credit")


@pytest.mark.parametrize("status", [200, 404])
def test_a_server_that_is_no_registry_is_an_error_in_one_line(status: int) -> None:
    with server(status) as uri, pytest.raises(RegistryError) as caught:
        MlflowRegistry(uri).models()
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("my model", RECORD),
        ("a/b", RECORD),
        ("credit", VersionRecord(digest="ab", form="native", alias="latest")),
    ],
)
def test_a_bad_name_or_alias_is_refused_before_anything_is_connected(
    tmp_path: Path, name: str, record: VersionRecord
) -> None:
    registry = MlflowRegistry(f"sqlite:///{tmp_path}/registry.db")
    with pytest.raises(AddressError):
        registry.register(tmp_path, name, record)
    assert list(tmp_path.iterdir()) == []
