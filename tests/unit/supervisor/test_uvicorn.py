from __future__ import annotations

import asyncio
import signal
import threading
import urllib.request
from typing import Any

from headway.serving.asgi import send_reply
from headway.supervisor.listener import bind_listener, listener_url
from headway.supervisor.uvicorn import HttpServer


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send_reply(send, 200, b"text/plain", scope["path"].encode())


def test_it_answers_until_it_is_told_to_stop_and_leaves_signals_alone() -> None:
    listener = bind_listener("127.0.0.1", 0)
    url = listener_url(listener)
    server = HttpServer(app)
    loop = server.new_event_loop()
    before = signal.getsignal(signal.SIGTERM)
    answers: list[bytes] = []

    def ask() -> None:
        with urllib.request.urlopen(f"{url}/x", timeout=10) as reply:
            answers.append(reply.read())
            assert "server" not in reply.headers
        server.stop(1)

    client = threading.Thread(target=ask)

    async def serve() -> None:
        listening = asyncio.create_task(server.listen(listener))
        client.start()
        await listening

    loop.run_until_complete(serve())
    client.join()
    loop.close()
    assert answers == [b"/x"]
    assert signal.getsignal(signal.SIGTERM) is before
