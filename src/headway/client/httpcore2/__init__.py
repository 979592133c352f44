"""The connections of a client, over httpcore2."""

from __future__ import annotations

from headway.client.httpcore2.transport import AsyncTransport, Transport

__all__ = ["AsyncTransport", "Transport"]
