"""How a program talks to a server: `Client`, and `AsyncClient` for asynchronous code.

Below it lies only `headway.errors`: neither numpy nor pandas is imported here.
"""

from __future__ import annotations

from headway.client.httpx2 import AsyncClient, Client
from headway.client.reply import Reply

__all__ = ["AsyncClient", "Client", "Reply"]
