"""The tree of settings. Every quantity has its unit in its name, its bounds and a description.

Invariant: a `Settings` object is immutable and complete; parts are given the section that they need,
never the root.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

from headway.config.paths import expanded

MAX_PORT = 65_535
MAX_WORKERS = 256


def _as_text(value: Any) -> Any:
    """Return a date or time of TOML as a request spells it."""
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


Scalar = Annotated[bool | int | float | str, BeforeValidator(_as_text)]
_Written = Annotated[str, Field(pattern=r"^-?[0-9]")]
# text is a decimal, a date or a time
Bound = Annotated[float | _Written, Field(union_mode="left_to_right"), BeforeValidator(_as_text)]


class Section(BaseModel):
    """One table of the configuration file: frozen, and without room for unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=()
    )


class ServerSettings(Section):
    """How `headway serve` answers."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=MAX_PORT, description="TCP port; 0 takes a free one.")
    workers: Annotated[int, Field(ge=1, le=MAX_WORKERS)] | Literal["auto"] = Field(
        "auto", description="Processes that answer; `auto` for one on each core."
    )
    admin: bool = Field(
        default=True, description="Whether `headway serve` runs the controller with its admin API."
    )
    admin_host: str = Field("127.0.0.1", description="Address of the admin API.")
    admin_port: int = Field(
        8002, ge=0, le=MAX_PORT, description="TCP port of the admin API; 0 takes a free one."
    )
    max_connections: int = Field(
        4096, ge=1, description="Most open connections of one worker; what comes above waits."
    )
    max_body_bytes: int = Field(
        8 * 1024 * 1024, ge=1, description="Largest request body, in bytes; above it 413."
    )
    max_rows: int = Field(50_000, ge=1, description="Most rows in one request; above it 413.")
    timeout_ms: float = Field(
        30_000, ge=0, description="Time for one prediction, in milliseconds; 0 for no limit."
    )
    drain_timeout_s: float = Field(
        20, ge=0, description="Time that requests in flight get at a stop, in seconds."
    )
    hang_timeout_s: float = Field(
        30,
        ge=2,
        description="Time after which a worker whose event loop stands still is replaced, in seconds.",
    )
    api_key: SecretStr | None = Field(
        None, min_length=1, description="Key that clients must send; never in a TOML file."
    )
    trusted_hosts: tuple[str, ...] = Field(
        (),
        description="Values of the header `Host` that are answered, `*.example.org` included; "
        "empty for any.",
    )
    cors_origins: tuple[str, ...] = Field(
        (), description="Origins of web pages whose scripts may ask; empty for none."
    )
    metrics: Literal["open", "locked"] = Field(
        "open", description="`locked` asks at `/metrics` for a key with the scope `read`."
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of the log lines.")
    device: Literal["cpu", "cuda"] = Field(
        "cpu", description="What executes nets: the processor, or a GPU that is installed."
    )


class TlsSettings(Section):
    """HTTPS, where no proxy in front of the server speaks it."""

    cert_file: Path | None = Field(None, description="Certificate and its chain, in PEM.")
    key_file: Path | None = Field(None, description="Private key of the certificate, in PEM.")
    key_password: SecretStr | None = Field(
        None, min_length=1, description="Password of the key; never in a TOML file."
    )


class JwtSettings(Section):
    """Tokens (JWT) of an identity provider, beside keys."""

    issuer: str | None = Field(None, description="Who must have issued a token: its `iss`.")
    audience: str | None = Field(None, description="Whom a token must be for: its `aud`.")
    jwks: str | None = Field(
        None, description="URL or file of the provider's keys (JWKS); it turns tokens on."
    )
    refresh_s: float = Field(
        300, gt=0, description="How long keys from a URL are kept, in seconds."
    )


class CacheSettings(Section):
    """Answers that are kept, so that the same rows are not computed again."""

    ttl_s: float = Field(600, gt=0, description="How long an answer is kept, in seconds.")
    max_bytes: int = Field(
        64 * 1024 * 1024, ge=0, description="Most bytes of one model's answers in one worker."
    )
    redis_url: str | None = Field(
        None,
        pattern=r"^(rediss?|unix)://",
        description="Redis or Valkey that servers share answers in; `redis://`, `rediss://` or "
        "`unix://`.",
    )
    redis_timeout_ms: float = Field(
        20, gt=0, description="Longest time to wait for it, in milliseconds."
    )


class StoreSettings(Section):
    """Where Headway remembers what is no model: API keys."""

    url: str = Field(
        "sqlite",
        min_length=1,
        description="`sqlite` for a database below the home folder, or "
        "`postgresql+psycopg://USER@HOST/NAME`.",
    )


class RegistrySettings(Section):
    """Where versions of models are kept."""

    uri: str = Field(
        "sqlite",
        min_length=1,
        description="`sqlite` for a database below the home folder, or the URI of an MLflow server "
        "or of its database.",
    )
    artifacts: str | None = Field(
        None, description="Where a registry that we create keeps its files, for example `s3://...`."
    )
    trust_code: bool = Field(
        default=False,
        description="Whether code that comes from this registry (pickle) may run here.",
    )
    poll_interval_s: float = Field(
        1, gt=0, description="How often a server looks whether other versions are live, in seconds."
    )


class ClientSettings(Section):
    """How the command line reaches a server."""

    url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Server that `predict`, `models` and `schema` ask; without it they work on this "
        "machine.",
    )
    admin_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Admin API that `keys` and `status` ask; without it `keys` works on the database, "
        "and `status` asks at `server.admin_host` and `server.admin_port`.",
    )
    key: SecretStr | None = Field(
        None, min_length=1, description="Key to send; never in a TOML file."
    )
    timeout_s: float = Field(30, gt=0, description="Time to wait for a reply, in seconds.")


class ConstraintSettings(Section):
    """What one feature of a served model may hold. It may tighten the contract, never loosen it."""

    ge: Bound | None = Field(None, description="Least allowed value.")
    gt: Bound | None = Field(None, description="Bound that a value must be above.")
    le: Bound | None = Field(None, description="Greatest allowed value.")
    lt: Bound | None = Field(None, description="Bound that a value must be below.")
    one_of: tuple[Scalar, ...] | None = Field(None, min_length=1, description="Allowed values.")
    multiple_of: float | None = Field(
        None, gt=0, description="Number that a value must be a whole multiple of."
    )
    regex: tuple[str, ...] | None = Field(
        None, description="Pattern that a string must match from end to end; several in a list."
    )
    min_length: int | None = Field(
        None, ge=0, description="Least number of characters of a string."
    )
    max_length: int | None = Field(
        None, ge=0, description="Greatest number of characters of a string."
    )
    unique_items: bool = Field(default=False, description="Refuse a vector with an item twice.")
    not_null: bool = Field(default=False, description="Refuse null.")
    policy: Literal["refuse"] | None = Field(
        None, description="Refuse what the contract lets through with a warning, or clips."
    )
    pii: bool = Field(default=False, description="Keep values out of messages and documents.")

    @field_validator("regex", mode="before")
    @classmethod
    def _listed(cls, regex: object) -> object:
        return [regex] if isinstance(regex, str) else regex


class RuleSettings(Section):
    """What must hold between the values of one row, beside the rules of the contract."""

    name: str = Field(description="Name of the rule in violations.")
    expression: str = Field(description="What must hold, such as `amount <= 10 * income`.")
    message: str = Field("", description="What a violation says; without it the expression.")


class OutputSettings(Section):
    """What a served model may answer. Limits may tighten the contract, never loosen it."""

    threshold: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Probability from which on the label is the positive class, instead of the "
        "release's; for two classes.",
    )
    positive: Scalar | None = Field(
        None, description="The positive class, where the release declares none."
    )
    ge: float | None = Field(None, description="Least number that may be answered.")
    gt: float | None = Field(None, description="Bound that a number must be above.")
    le: float | None = Field(None, description="Greatest number that may be answered.")
    lt: float | None = Field(None, description="Bound that a number must be below.")


class ModelSettings(Section):
    """How one model is served; what is absent here comes from `[server]`."""

    timeout_ms: float | None = Field(
        None, ge=0, description="Time for one prediction, in milliseconds; 0 for no limit."
    )
    max_rows: int | None = Field(None, ge=1, description="Most rows in one request.")
    max_batch_size: int = Field(
        64,
        ge=1,
        description="Most rows that requests share one call of the model with; 1 for none.",
    )
    max_queue_delay_ms: float = Field(
        0,
        ge=0,
        description="How long a batch may wait for company while the model is idle, in "
        "milliseconds.",
    )
    max_waiting: int = Field(
        64, ge=1, description="Most requests that wait for the model in one worker; above it 503."
    )
    max_wait_ms: float = Field(
        0,
        ge=0,
        description="Longest time that a request may have waited before it is begun, in "
        "milliseconds; above it 503. 0: until the timeout, and in an overload as long as four calls "
        "of the model take, and 10 ms at least.",
    )
    max_concurrency: int = Field(
        0, ge=0, description="Most requests that one worker answers at once; 0 for no limit."
    )
    cache: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether answers are kept; `auto` where a look-up was measured to be "
        "cheaper than the model.",
    )
    cache_ttl_s: float | None = Field(
        None, gt=0, description="How long an answer is kept, in seconds."
    )
    constraints: dict[str, ConstraintSettings] = Field(
        {}, description="By feature, what is refused beside what the contract refuses."
    )
    rules: tuple[RuleSettings, ...] = Field(
        (), description="Rules that refuse rows beside those that the contract refuses."
    )
    output: OutputSettings = Field(OutputSettings(), description="What the model may answer.")


class Settings(Section):
    """Everything that was configured."""

    home: Path = Field(description="Folder of Headway's files.")
    server: ServerSettings = Field(ServerSettings(), description="How `headway serve` answers.")
    tls: TlsSettings = Field(TlsSettings(), description="HTTPS of the server.")
    jwt: JwtSettings = Field(JwtSettings(), description="Tokens of an identity provider.")
    cache: CacheSettings = Field(CacheSettings(), description="Answers that are kept.")
    store: StoreSettings = Field(StoreSettings(), description="Where API keys are remembered.")
    registry: RegistrySettings = Field(
        RegistrySettings(), description="Where versions of models are kept."
    )
    client: ClientSettings = Field(
        ClientSettings(), description="How the command line reaches a server."
    )
    models: dict[Annotated[str, Field(min_length=1)], ModelSettings] = Field(
        {}, description="By name of a model, how it is served."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return expanded(home).absolute()
