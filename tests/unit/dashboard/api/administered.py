"""A server that is looked after, in the memory of a test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headway.controller.problems import ServingProblems
from headway.dashboard.documents import ModelStatus, StatusDocument, VersionStatus, WorkerStatus
from headway.errors import OverloadedError, StoreError

if TYPE_CHECKING:
    from headway.dashboard.ports import Problems
    from headway.security.issuing import KeyIssuer
    from headway.security.keys import ApiKey, KeyRing, Scope


class Administered:
    """What the admin API asks."""

    def __init__(self, ring: KeyRing, issuer: KeyIssuer) -> None:
        self.problems: Problems = ServingProblems()
        self.ring = ring
        self.known_issuer = issuer
        self.is_known = True
        self.is_silent = False
        self.n_refreshed = 0
        self.proposed: list[bytes] = []
        self.refusal: Exception | None = None

    def verify(self, key: bytes | None, scope: Scope) -> ApiKey | None:
        return self.ring.verify(key, scope)

    def status(self, *, tells_all: bool) -> StatusDocument:
        version = VersionStatus(version="3", digest="abc", role="champion", weight_bp=10_000)
        worker = WorkerStatus(slot=0, pid=1, state="ready", revision=1, n_restarts=0, last_end="")
        return StatusDocument(
            url="http://127.0.0.1:8000",
            headway="1",
            revision=1,
            asks_for_key=not self.ring.is_open,
            database="answers",
            refusal="/srv/x is damaged" if tells_all else "refused",
            models=[ModelStatus(name=name, versions=[version]) for name in ("credit", "flights")],
            workers=[worker],
        )

    def plan(self) -> bytes:
        if not self.is_known:
            raise OverloadedError("not known yet", retry_after_s=1)
        return json.dumps({"revision": 1, "path": "/srv/x"}).encode()

    async def propose(self, plan: bytes) -> int:
        self.proposed.append(plan)
        if self.refusal is not None:
            raise self.refusal
        return 2

    def issuer(self) -> KeyIssuer:
        if self.is_silent:
            raise StoreError("the database `/srv/headway.db` does not answer")
        return self.known_issuer

    async def refresh_keys(self) -> None:
        self.n_refreshed += 1
