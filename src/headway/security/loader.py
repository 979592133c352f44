"""Makes what checks tokens. What that imports is imported only where tokens are accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.errors import MissingExtraError

if TYPE_CHECKING:
    from headway.core.clock import Clock
    from headway.security.token_settings import TokenSettings
    from headway.security.tokens import TokenVerifier


def load_token_verifier(settings: TokenSettings | None, clock: Clock) -> TokenVerifier | None:
    """Return what checks tokens; `None` where none are accepted.

    Raises:
        MissingExtraError: The extra `jwt` is not installed.
    """
    if settings is None:
        return None
    try:
        from headway.security.joserfc import PublicKeys  # noqa: PLC0415 (see the module's docstring)
        from headway.security.tokens import TokenVerifier  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtraError("jwt", "checking tokens") from error
    from headway.security.key_source import KeySource, make_place  # noqa: PLC0415

    place, pause_s = make_place(settings)
    return TokenVerifier(
        settings, KeySource(place, PublicKeys, pause_s=pause_s, clock=clock), clock
    )
