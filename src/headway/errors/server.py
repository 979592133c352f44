"""A server does not answer, or not this request."""

from __future__ import annotations

from headway.errors.root import HeadwayError


class OverloadedError(HeadwayError):
    """There was no room for the request.

    What to do: Try again after the seconds in `Retry-After`; the clients do so twice by themselves.

    Attributes:
        retry_after_s: Seconds after which it is worth trying again.
        reason: What there was none of, in a word, by which refusals are counted: `queue`, `wait`,
            `concurrency` or `stuck`; empty where another server did not say.
    """

    code = "server.overloaded"

    def __init__(
        self, message: str, *, retry_after_s: float, hint: str | None = None, reason: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s
        self.reason = reason


class DeadlineExceededError(HeadwayError):
    """The time limit passed before the reply was ready.

    The limit is `server.timeout_ms` in a server, or `timeout_ms` of the model, and `timeout_s` in a
    client.

    What to do: Send fewer rows, or raise the limit.
    """

    code = "server.deadline"


class AuthenticationError(HeadwayError):
    """The server asks for a key, and none or an unknown one was sent.

    What to do: Send `Authorization: Bearer KEY` or `X-API-Key: KEY`. See
    `docs/how-to/serve-behind-a-key.md`.
    """

    code = "auth.unauthenticated"


class PermissionDeniedError(HeadwayError):
    """The key is known, and is not for this.

    A key has scopes (`predict`, `read`, `admin`) and may be for some models only.

    What to do: Send another key, or have one made: `headway keys create NAME --scope predict`.
    """

    code = "auth.forbidden"


class RateLimitedError(HeadwayError):
    """The key has sent more requests in a second than it may.

    What to do: Try again after the seconds in `Retry-After`; the clients do so twice by themselves.

    Attributes:
        retry_after_s: Seconds after which it is worth trying again.
    """

    code = "auth.rate_limited"

    def __init__(self, message: str, *, retry_after_s: float, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class StoreError(HeadwayError):
    """The database of Headway does not answer, or is not as this version needs it.

    What to do: Start the database that `store.url` names; `headway db upgrade` brings an older one up
    to date, and a newer Headway reads a newer one.
    """

    code = "store.unavailable"


class ServerError(HeadwayError):
    """A server did not start, or did not answer as a Headway server does.

    Nothing answers at the address, the connection broke, or what answers is no Headway server. A
    server that does not start raises it too, with its last words.

    What to do: Start a server with `headway serve NAME`, or give its address.
    """

    code = "server.unreachable"
