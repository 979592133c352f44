"""The keys as the controller knows them, and whether the database has others by now.

Invariant: while the database does not answer, the keys that were known last stay valid, and nobody else
is let in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.errors import AuthenticationError, OverloadedError, StoreError
from headway.security.exposure import is_loopback
from headway.security.keys import KeyRing, Scope
from headway.serving.control import SetKeys

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.controller.settings import ControllerSettings
    from headway.security.issuing import KeyIssuer
    from headway.security.keys import ApiKey
    from headway.serving.plan import ServingPlan


class KnownKeys:
    """The keys that were known last.

    Args:
        settings: Of the controller: they hold a key of their own, and say who may be let in without.
        issuer: Of the database.
        tell: Is called with lines for people.

    Attributes:
        is_silent: Whether the database did not answer at the last look.
    """

    def __init__(
        self, settings: ControllerSettings, issuer: KeyIssuer, tell: Callable[[str], None]
    ) -> None:
        self.is_silent = False
        self._settings = settings
        self._issuer = issuer
        self._tell = tell
        self._is_needed = False
        self._version: tuple[int, int] | None = None
        self._ring: KeyRing | None = None
        self._may_be_open = settings.insecure or is_loopback(settings.host)

    @property
    def is_open(self) -> bool:
        """Whether no key is asked for."""
        return self._ring is not None and self._ring.is_open

    def look(self) -> SetKeys | None:
        """Ask the database; return the keys where they are others than at the last look.

        It waits for the database. What goes wrong there is told once, and that it answers again, too.
        """
        try:
            version = self._issuer.version()
            if version == self._version:
                self._note(None)
                return None
            keys, is_needed = self._issuer.keys()
        except StoreError as error:
            self._note(error)
            return None
        self._note(None)
        self._version = version
        # a database that was made anew knows of no key, and lets nobody in for that
        self._is_needed |= is_needed
        self._ring = self._ring_of(keys)
        return SetKeys(keys, asks_for_key=self._is_needed)

    def take(self, plan: ServingPlan) -> None:
        """Take the keys of the plan that is live, where the database has not said any yet."""
        self._is_needed |= plan.asks_for_key
        if self._version is None:
            self._ring = KeyRing(plan.keys, is_open=not plan.asks_for_key)

    def verify(self, key: bytes | None, scope: Scope) -> ApiKey | None:
        """Accept a key, or refuse it; `None` where none is asked for.

        Raises:
            AuthenticationError: A key is asked for, and this one is absent or unknown.
            PermissionDeniedError: The key is not for this.
            OverloadedError: The keys are not known yet.
        """
        if self._ring is None:
            raise OverloadedError("it is not known yet who may ask", retry_after_s=1)
        if self._ring.is_open and not self._may_be_open:
            raise AuthenticationError(
                "the admin API is reached from a network, and there is no key yet",
                hint="make one on the machine itself: `headway keys create NAME --scope admin`",
            )
        return self._ring.verify(key, scope)

    def _ring_of(self, keys: tuple[ApiKey, ...]) -> KeyRing:
        own = self._settings.keys
        return KeyRing((*own, *keys), is_open=not (own or self._is_needed))

    def _note(self, error: StoreError | None) -> None:
        if error is not None and not self.is_silent:
            hint = f" ({error.hint})" if error.hint else ""
            self._tell(f"{error.message}{hint}; the keys that were known last stay valid")
        if error is None and self.is_silent:
            self._tell("the database answers again")
        self.is_silent = error is not None
