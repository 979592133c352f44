"""The admin API listens where it is told to, or says why it cannot."""

from __future__ import annotations

import asyncio
import ssl
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from headway.controller.settings import ControllerSettings, ControllerTls
from headway.controller.uvicorn import AdminServer
from headway.errors import ConfigError, ServerError

if TYPE_CHECKING:
    from pathlib import Path


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"there"})


def ask(settings: ControllerSettings, context: ssl.SSLContext | None = None) -> bytes:
    async def main() -> bytes:
        server = AdminServer(app, settings)
        listening = asyncio.create_task(server.listen())

        def read() -> bytes:
            with urllib.request.urlopen(server.url, context=context, timeout=10) as reply:
                body: bytes = reply.read()
                return body

        try:
            return await asyncio.to_thread(read)
        finally:
            server.stop()
            await listening

    return asyncio.run(main())


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", ""])
def test_it_answers(host: str) -> None:
    assert ask(ControllerSettings(store_url="", host=host, port=0)) == b"there"


def test_it_speaks_https(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "server.pem"
    )
    context = ssl.create_default_context()
    authority.configure_trust(context)
    tls = ControllerTls(str(tmp_path / "server.pem"))
    assert ask(ControllerSettings(store_url="", port=0, tls=tls), context) == b"there"


def test_a_certificate_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "wrong.pem").write_text("a letter")
    for name, says in (("gone.pem", "No such file"), ("wrong.pem", "cannot be used")):
        tls = ControllerTls(str(tmp_path / name))
        with pytest.raises(ConfigError, match=says):
            AdminServer(app, ControllerSettings(store_url="", port=0, tls=tls))


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(ServerError, match=f"cannot listen on `{host}`"):
        AdminServer(app, ControllerSettings(store_url="", host=host, port=0))
