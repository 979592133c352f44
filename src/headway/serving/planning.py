"""Makes the serving plan of releases that were resolved, with the settings of each model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headway.contract.model import Declaration, RowRule
from headway.contract.output import ServedOutput
from headway.errors import ConfigError
from headway.security.keys import ApiKey, Scope, hash_key
from headway.serving.plan import CachePolicy, Limits, Route, ServedModel, ServingPlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.config.settings import ModelSettings, Settings
    from headway.releases.resolve import ResolvedRelease

FIRST_REVISION = 1
# name of the key that the settings hold
SETTINGS_KEY = "settings"


def plan_of(
    releases: Sequence[ResolvedRelease],
    settings: Settings,
    keys: tuple[ApiKey, ...] = (),
    *,
    asks_for_key: bool = False,
) -> ServingPlan:
    """Return the plan that serves each release as the champion of its name.

    Args:
        releases: What is served.
        settings: How.
        keys: Who may ask, beside who knows the key of the settings.
        asks_for_key: Whether a key is needed even where there is none in the settings.

    Raises:
        ConfigError: Two releases have one name.
    """
    names = [release.name for release in releases]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigError(
            f"`{repeated[0]}` would be served twice", hint="name each model once in one server"
        )
    return ServingPlan(
        revision=FIRST_REVISION,
        models=tuple(_served(release, settings) for release in releases),
        keys=(*keys_in(settings), *keys),
        asks_for_key=asks_for_key
        or settings.server.api_key is not None
        or settings.jwt.jwks is not None,
    )


def declared_in(settings: ModelSettings | None) -> dict[str, Declaration]:
    """Return what `[models.NAME.constraints]` declares, by feature."""
    if settings is None:
        return {}
    return {
        feature: msgspec.convert(constraints.model_dump(exclude_none=True), Declaration)
        for feature, constraints in settings.constraints.items()
    }


def rules_in(settings: ModelSettings | None) -> tuple[RowRule, ...]:
    """Return what `[models.NAME] rules` declares."""
    rules = () if settings is None else settings.rules
    return tuple(RowRule(rule.name, rule.expression, rule.message) for rule in rules)


def keys_in(settings: Settings) -> tuple[ApiKey, ...]:
    """Return the key that the settings hold, if they do."""
    key = settings.server.api_key
    if key is None:
        return ()
    return (ApiKey(SETTINGS_KEY, hash_key(key.get_secret_value()), scopes=tuple(Scope)),)


def _batching(model: ModelSettings | None) -> dict[str, Any]:
    if model is None:
        return {}
    return model.model_dump(
        include={
            *("max_batch_size", "max_queue_delay_ms"),
            *("max_waiting", "max_wait_ms", "max_concurrency"),
        }
    )


def _cache(model: ModelSettings | None, settings: Settings) -> CachePolicy:
    mode = None if model is None else model.cache
    ttl_s = None if model is None else model.cache_ttl_s
    return CachePolicy(
        mode="auto" if mode is None else mode,
        ttl_s=settings.cache.ttl_s if ttl_s is None else ttl_s,
        max_bytes=settings.cache.max_bytes,
    )


def _served(release: ResolvedRelease, settings: Settings) -> ServedModel:
    model = settings.models.get(release.name)
    server = settings.server
    timeout_ms = None if model is None else model.timeout_ms
    max_rows = None if model is None else model.max_rows
    return ServedModel(
        name=release.name,
        routes=(
            Route(
                version=release.version,
                digest=release.bundle.digest,
                path=str(release.bundle.path.absolute()),
                trust_code=release.is_trusted,
            ),
        ),
        limits=Limits(
            max_body_bytes=server.max_body_bytes,
            max_rows=server.max_rows if max_rows is None else max_rows,
            timeout_ms=server.timeout_ms if timeout_ms is None else timeout_ms,
            **_batching(model),
        ),
        cache=_cache(model, settings),
        constraints=declared_in(model),
        rules=rules_in(model),
        output=ServedOutput()
        if model is None
        else ServedOutput(**model.output.model_dump(exclude_none=True)),
    )
