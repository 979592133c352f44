"""How a program talks to a server: `Client`, and `AsyncClient` for asynchronous code.

Below it lies only `headway.errors`: neither numpy nor pandas is imported here.

A client keeps its connections and may be used from several threads. Proxies of the environment are not
used. NaN and `None` are sent as null; an infinity, a date or any other object is refused before it is
sent. What comes back has the kind of what was sent:

| Rows | `reply.prediction` | `reply.probabilities` |
|---|---|---|
| a dict, a Series, a list of values, an array of one dimension | one answer | a list, in the order of `reply.classes` |
| a list of rows, a dict of columns | a list | a list of lists |
| a DataFrame | a Series with its index | a DataFrame with its index |
| an array of two dimensions | an array | an array |

A refusal of the server is raised as the error that it is there: `InvalidInputError` with `violations`,
`ModelNotFoundError`, `AuthenticationError`, ... Where nothing answers it is `ServerError`, where no reply
comes in time `DeadlineExceededError`. A request is sent again by itself only where the server cannot have
begun it: the connection could not be made, or the server said 503 with `Retry-After` (three times at most,
five seconds apart at most).
"""

from __future__ import annotations

from headway.client.httpx2 import AsyncClient, Client
from headway.client.reply import Reply

__all__ = ["AsyncClient", "Client", "Reply"]
