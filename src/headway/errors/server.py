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


class InvalidTokenError(AuthenticationError):
    """The token (JWT) that was sent is not accepted: it is expired, for others, or not signed as it should be.

    The reason is in the message and in the header `WWW-Authenticate`, in one or two words.

    What to do: Get a new token from the identity provider; `docs/how-to/accept-tokens.md` says what it
    must hold.

    Attributes:
        reason: Why, in one or two words.
    """

    code = "auth.invalid_token"

    def __init__(self, message: str, *, reason: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class ProviderUnavailableError(HeadwayError):
    """A token cannot be checked, because the keys of its provider were not had yet.

    What to do: Try again after the seconds in `Retry-After`, or send a key. The server's log says why
    the keys of `jwt.jwks` cannot be read.

    Attributes:
        retry_after_s: Seconds after which it is worth trying again.
    """

    code = "auth.provider_unavailable"

    def __init__(
        self, message: str, *, retry_after_s: float = 10.0, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


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


class KeyNotFoundError(HeadwayError):
    """No key has that name, or it is revoked already.

    What to do: Look at the names: `headway keys ls --all` lists those too that were revoked.
    """

    code = "auth.no_such_key"


class PlanRefusedError(HeadwayError):
    """A serving plan cannot be read, or a worker could not load what it names.

    What was live before stays live.

    What to do: Correct what the message names, and send the plan again with a higher revision.
    """

    code = "plan.refused"


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
