from __future__ import annotations

import msgspec
import pytest

from headway.security.keys import ApiKey, hash_key
from headway.serving import control
from headway.serving.plan import ServingPlan

PLAN = ServingPlan(3, (), (ApiKey("ci", hash_key("secret")),), asks_for_key=True)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (control.Propose("p1", PLAN), control.FromController),
        (control.SetKeys(PLAN.keys, asks_for_key=True), control.FromController),
        (control.AdminReady("http://127.0.0.1:1"), control.FromController),
        (control.AdminFailed("store.unavailable", "no database"), control.FromController),
        (control.Outcome("p1", 3, "bundle.corrupt", "damaged"), control.FromSupervisor),
        (
            control.ServerStatus("", PLAN, (control.WorkerStatus(0, 12, "ready", 3),)),
            control.FromSupervisor,
        ),
    ],
)
def test_what_is_said_is_what_is_heard(message: msgspec.Struct, kind: object) -> None:
    assert msgspec.json.decode(msgspec.json.encode(message), type=kind) == message
