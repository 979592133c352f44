from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from headway.security import key_source as module
from headway.security.joserfc import PublicKeys
from headway.security.key_source import (
    MAX_DOCUMENT_BYTES,
    FilePlace,
    KeySource,
    UrlPlace,
    make_place,
)
from headway.security.token_settings import TokenSettings
from running import wait_until
from tokens import EC, RSA, key_document, providing
from unit_tokens import MovedClock, Shelf, source

if TYPE_CHECKING:
    from pathlib import Path


def test_keys_are_read_and_kept_while_the_provider_is_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    place = Shelf(key_document(RSA))
    keys = source(place)
    keys.read()
    known = keys.keys
    assert known is not None
    for trouble in (
        OSError("no route"),
        b"<html>",
        b'{"keys": []}',
        RuntimeError(),
        OSError("no route"),
    ):
        place.document = trouble
        keys.read()
        keys.read()
        assert keys.keys is known
    place.document = key_document(EC)
    keys.read()
    assert keys.keys is not None
    assert keys.keys.find("ec", "ES256")
    said = [record.message for record in caplog.records]
    assert len(said) == 6, "each trouble is said once, and its end"
    assert "no route; those that are known are kept" in said[0]
    assert "read again" in said[-1]


def test_the_same_document_is_parsed_once() -> None:
    keys = source(Shelf(key_document(RSA)))
    keys.read()
    known = keys.keys
    keys.read()
    assert keys.keys is known


def test_without_keys_it_says_that_no_token_is_accepted(caplog: pytest.LogCaptureFixture) -> None:
    keys = source(Shelf(OSError("no route")))
    keys.read()
    assert keys.keys is None
    assert "no token is accepted" in caplog.text


def test_a_reading_may_follow_the_last_after_a_while_only() -> None:
    clock = MovedClock()
    keys = source(Shelf(key_document(RSA)), clock)
    assert keys.may_read
    keys.read()
    assert not keys.may_read
    clock.moved_s = 10
    assert keys.may_read


def test_a_thread_reads_again_and_ends(tmp_path: Path) -> None:
    place = Shelf(key_document(RSA))
    keys = KeySource(place, PublicKeys, pause_s=0.01, clock=MovedClock())
    keys.start()
    keys.start()
    assert keys.keys is not None
    place.document = key_document(EC)
    wait_until(lambda: keys.keys and keys.keys.find("ec", "ES256"))
    keys.close()
    thread = keys._thread
    assert thread is not None
    thread.join(5)
    assert not thread.is_alive()


def test_a_file_is_read_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    place = FilePlace(path)
    with pytest.raises(OSError, match=r"keys\.json.*No such file"):
        place.read()
    path.write_bytes(b"one")
    assert place.read() == b"one"
    assert place.read() is None
    draft = tmp_path / "draft"
    draft.write_bytes(b"two")
    os.utime(draft, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    draft.replace(path)
    assert place.read() == b"two", "of the same size and time"
    path.unlink()
    with pytest.raises(OSError, match="No such file"):
        place.read()
    path.write_bytes(b"x" * (MAX_DOCUMENT_BYTES + 1))
    with pytest.raises(OSError, match="more than"):
        place.read()


def test_a_url_is_asked_and_a_redirection_is_not_followed() -> None:
    with providing(key_document(RSA)) as provider, providing(key_document(EC)) as elsewhere:
        place = UrlPlace(provider.url)
        assert json.loads(place.read())["keys"][0]["kid"] == "rsa"
        provider.status, provider.location = 302, elsewhere.url
        with pytest.raises(OSError, match="answers 302"):
            place.read()
        provider.status = 500
        with pytest.raises(OSError, match="answers 500"):
            place.read()
        provider.status, provider.document = 200, b"x" * (MAX_DOCUMENT_BYTES + 1)
        with pytest.raises(OSError, match="more than"):
            place.read()
        assert elsewhere.n_asked == 0


def test_a_url_where_nobody_answers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(OSError, match=r"127\.0\.0\.1.*refused"):
        UrlPlace(url).read()


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with providing(key_document(RSA)) as provider, providing(b"proxy") as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert UrlPlace(provider.url).read() == provider.document
        assert proxy.n_asked == 0


def test_the_place_is_as_the_settings_say() -> None:
    place, pause_s = make_place(TokenSettings("i", "a", "https://id.example.org/jwks", 60))
    assert isinstance(place, UrlPlace)
    assert pause_s == 60
    place, pause_s = make_place(TokenSettings("i", "a", "/keys.json", 60))
    assert isinstance(place, FilePlace)
    assert pause_s == 1


@pytest.mark.parametrize(
    ("head", "trouble"),
    [
        (b"", r"not whole within 0\.2 s"),
        (b"content-length: 9\r\n", "bytes of the answer are missing"),
    ],
)
def test_who_gives_its_answer_in_drops_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, head: bytes, trouble: str
) -> None:
    monkeypatch.setattr(module, "FETCH_TIMEOUT_S", 0.2)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            end, _ = server.accept()
            with end, contextlib.suppress(OSError):
                end.recv(65536)
                end.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
                end.sendall(b"{")
                while not head and not over.wait(0.02):
                    end.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        place = UrlPlace(f"http://127.0.0.1:{server.getsockname()[1]}/keys")
        with pytest.raises(OSError, match=trouble):
            place.read()
        over.set()
        thread.join()
