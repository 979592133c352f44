"""What the admin API needs of the process that it lives in.

Invariant: nothing here waits for a worker or for the database, but where it says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from headway.dashboard.documents import StatusDocument
    from headway.security.issuing import KeyIssuer
    from headway.security.keys import ApiKey, Scope


class Reply(NamedTuple):
    """What is answered where something went wrong.

    Attributes:
        status: HTTP status.
        body: A problem document (RFC 9457).
        headers: That belong to it.
    """

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]


class Problems(Protocol):
    """Says what went wrong, as every server of Headway does."""

    def reply(self, error: Exception, *, path: str, request_id: str) -> Reply:
        """Return what is answered to an error."""
        ...

    def no_such_path(self, path: str) -> Exception:
        """Return the error of a path that is nothing here."""
        ...

    def method_not_allowed(self, method: str, allowed: tuple[str, ...]) -> Exception:
        """Return the error of a path that is asked for with the wrong method."""
        ...


class Administration(Protocol):
    """The server that is looked after."""

    problems: Problems

    def verify(self, key: bytes | None, scope: Scope) -> ApiKey | None:
        """Accept a key, or refuse it; `None` where none is asked for.

        Raises:
            AuthenticationError: A key is asked for, and this one is absent or unknown.
            PermissionDeniedError: The key is not for this.
            OverloadedError: It is not known yet who may ask.
        """
        ...

    def status(self, *, tells_all: bool) -> StatusDocument:
        """Return how things stand.

        Args:
            tells_all: Whether the reason of a refusal is told, which may name folders.

        Raises:
            OverloadedError: It is not known yet.
        """
        ...

    def plan(self) -> bytes:
        """Return what is live, as JSON.

        Raises:
            OverloadedError: It is not known yet.
        """
        ...

    async def propose(self, plan: bytes) -> int:
        """Make another plan live, wait for the workers, and return the revision that is live then.

        Raises:
            PlanRefusedError: It cannot be read or served; what was live stays live.
            ChangeRefusedError: Its revision is not above the live one.
            DeadlineExceededError: The workers did not say in time.
        """
        ...

    def issuer(self) -> KeyIssuer:
        """Return what makes keys, lists and revokes them. It waits for the database.

        Raises:
            StoreError: There is no database.
        """
        ...

    async def refresh_keys(self) -> None:
        """Let the workers know now, rather than at the next look, that keys have changed."""
        ...
