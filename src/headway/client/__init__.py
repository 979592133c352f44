"""How a program talks to a server: `Client`, and `AsyncClient` for asynchronous code.

Below it lies only `headway.errors`: neither numpy nor any library of tables is imported here.
"""

from __future__ import annotations

from headway.client.async_client import AsyncClient
from headway.client.client import Client
from headway.client.reply import Reply

__all__ = ["AsyncClient", "Client", "Reply"]
