"""Which tokens (JWT) are accepted, as a worker is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from headway.errors import ConfigError
from headway.security.exposure import is_loopback

if TYPE_CHECKING:
    from headway.config.settings import JwtSettings


class TokenSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which tokens are accepted.

    Attributes:
        issuer: What `iss` must be.
        audience: What `aud` must be, or hold.
        jwks: URL or absolute path of the provider's key document.
        refresh_s: How often it is read again from a URL.

    Raises:
        ConfigError: The URL is not one that keys may come from.
    """

    issuer: str
    audience: str
    jwks: str
    refresh_s: float = 300.0

    def __post_init__(self) -> None:
        if not self.is_url:
            return
        url = urlsplit(self.jwks)
        if url.username is not None or url.password is not None:
            # it is not shown: it is a secret
            raise ConfigError("`jwt.jwks` holds a password", hint="key documents are public")
        if url.scheme != "https" and not is_loopback(url.hostname or ""):
            raise ConfigError(
                f"`jwt.jwks` is `{self.jwks}`; keys from another machine come by HTTPS only",
                hint="give an `https://` URL, or a file",
            )

    @property
    def is_url(self) -> bool:
        """Whether the keys come over HTTP; from a file otherwise."""
        return self.jwks.lower().startswith(("https://", "http://"))


def token_settings(settings: JwtSettings) -> TokenSettings | None:
    """Return which tokens are accepted; `None` for none.

    Raises:
        ConfigError: Tokens are turned on, and it is not said whose and for whom (RFC 8725, sections
            3.8 and 3.9), or something is said of them and they are not on.
    """
    if settings.jwks is None:
        if settings.issuer is None and settings.audience is None:
            return None
        raise ConfigError(
            "`[jwt]` says whose tokens are accepted, and not where the keys are",
            hint="set `jwt.jwks` to the URL or the file of the provider's keys",
        )
    given = {"issuer": settings.issuer, "audience": settings.audience}
    if missing := [f"`jwt.{name}`" for name, value in given.items() if not value]:
        raise ConfigError(
            f"tokens are accepted, and not said is {' and '.join(missing)}",
            hint="the provider may issue tokens for others too; name it, and what it calls this server",
        )
    settings_of = TokenSettings(
        settings.issuer or "", settings.audience or "", settings.jwks, settings.refresh_s
    )
    if settings_of.is_url:
        return settings_of
    path = Path(settings.jwks).expanduser().absolute()
    return msgspec.structs.replace(settings_of, jwks=str(path))
