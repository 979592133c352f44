"""How a program talks to a server: `Client`, and `AsyncClient` for asynchronous code.

Below it lies only `headway.errors`: neither numpy nor any library of tables is imported here.

A client keeps its connections and may be used from several threads. Proxies of the environment are not
used. Rows may be Python's own or those of numpy, pandas, polars, pyarrow, dataclasses and pydantic, and the
answers come back in the same shape; `Reply` says which. `None`, NaN and every other word for a missing value
are sent as null. Decimals are sent as strings with all their digits, dates and times as RFC 3339 writes
them, arrays in a cell as lists. What JSON cannot hold (an infinity, bytes, a duration, nanoseconds) is
refused before it is sent, all of it at once, with row and feature.

A refusal of the server is raised as the error that it is there: `InvalidInputError` with `violations`,
`ModelNotFoundError`, `AuthenticationError`, ... with the `request_id` that the server logged and the
`status` that it answered. Where nothing answers it is `ServerError`, where no reply comes in time
`DeadlineExceededError`. `timeout_s` holds for the whole call. A prediction is sent again by itself only where
the server cannot have begun it: the connection could not be made or broke before the whole request was
handed over, or the server said 429 or 503 with `Retry-After` (three times at most, five seconds apart at
most).
"""

from __future__ import annotations

from headway.client.async_client import AsyncClient
from headway.client.client import Client
from headway.client.reply import Reply

__all__ = ["AsyncClient", "Client", "Reply"]
