"""What the admin API takes and answers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from headway.security.keys import Scope

if TYPE_CHECKING:
    from headway.security.port import KeyRecord


class VersionStatus(BaseModel):
    """One version that is live."""

    version: str
    digest: str = Field(description="Of the bundle: it is the release's identity.")
    role: str
    weight_bp: int = Field(description="Share of the traffic in basis points, 0 to 10,000.")


class ModelStatus(BaseModel):
    """One model and its live versions."""

    name: str
    versions: list[VersionStatus]


class WorkerStatus(BaseModel):
    """One worker."""

    slot: int = Field(description="Its place; a replacement takes the same.")
    pid: int | None
    state: Literal["starting", "loading", "ready", "draining", "dead"]
    revision: int = Field(description="Of the plan that it answers by; 0 before it has loaded one.")
    n_restarts: int
    last_end: str = Field(description="How its predecessor ended; empty where there was none.")


class StatusDocument(BaseModel):
    """How a server stands."""

    url: str = Field(description="Where predictions are answered.")
    headway: str = Field(description="Version of Headway.")
    revision: int = Field(description="Of the plan that is live.")
    asks_for_key: bool
    database: Literal["answers", "silent"] = Field(
        description="`silent`: the keys that were known last stay valid."
    )
    refusal: str | None = Field(description="Why the last plan was not taken.")
    models: list[ModelStatus]
    workers: list[WorkerStatus]


class NewKey(BaseModel):
    """A key that is to be made."""

    model_config = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False)

    name: str = Field(description="By which people and logs know it.")
    scopes: list[Scope] = Field([Scope.PREDICT, Scope.READ], description="What it allows.")
    models: list[str] = Field([], description="Models that it is for; empty for every model.")
    rate_per_s: float = Field(
        0, ge=0, description="Requests that it may send each second; 0 for no limit."
    )


class KeyDocument(BaseModel):
    """A key, as those see it who look after keys."""

    name: str
    prefix: str = Field(description="The first characters of the key.")
    scopes: list[Scope]
    models: list[str]
    rate_per_s: float
    created_at: dt.datetime
    revoked_at: dt.datetime | None


class CreatedKey(KeyDocument):
    """A key that has just been made."""

    key: str = Field(description="The key; it is shown this once.")


class KeyList(BaseModel):
    """The keys, in the order in which they were made."""

    keys: list[KeyDocument]


class Activated(BaseModel):
    """A plan that is live now."""

    revision: int


class ProblemDocument(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable word for programs.")
    hint: str | None = None
    instance: str
    request_id: str


def key_document(record: KeyRecord) -> KeyDocument:
    """Return what is shown of a key."""
    return KeyDocument(
        name=record.name,
        prefix=record.prefix,
        scopes=list(record.scopes),
        models=list(record.models),
        rate_per_s=record.rate_per_s,
        created_at=record.created_at,
        revoked_at=record.revoked_at,
    )
