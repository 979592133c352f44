from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from headway.core.clock import SystemClock
from headway.errors import ConfigError, HeadwayError, ServerError
from headway.serving.plan import ServingPlan, write_plan
from headway.serving.settings import Tls, WorkerSettings
from headway.supervisor.supervise import SupervisorSettings, supervise
from headway.supervisor.supervisor import Audience


def refuse_to_be_told(said: str) -> None:
    raise AssertionError(said)


AUDIENCE = Audience(refuse_to_be_told, refuse_to_be_told)
NO_TLS = WorkerSettings(tls=Tls("/nowhere.pem"))


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"host": "0.0.0.0"}, ConfigError, "no key is asked for"),
        ({"host": "nowhere.invalid", "insecure": True}, ServerError, "no address of this machine"),
        ({"worker": NO_TLS}, ConfigError, "cannot be read"),
    ],
)
def test_nothing_is_started_where_nothing_may_be_listened_on(
    tmp_path: Path, fields: dict[str, Any], error: type[HeadwayError], message: str
) -> None:
    plan = tmp_path / "plan.json"
    write_plan(plan, ServingPlan(1, ()))
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(error, match=message):
        supervise(SupervisorSettings(plan, **fields), AUDIENCE, SystemClock())
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


def test_a_missing_plan_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    settings = SupervisorSettings(tmp_path / "nowhere.json")
    with pytest.raises(ConfigError, match="no serving plan"):
        supervise(settings, AUDIENCE, SystemClock())
