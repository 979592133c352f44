from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from headway.errors import ConfigError
from headway.security.keys import ApiKey
from headway.serving.plan import Limits, Route, ServedModel, ServingPlan, read_plan, write_plan

if TYPE_CHECKING:
    from pathlib import Path

PLAN = ServingPlan(
    revision=4,
    models=(
        ServedModel(
            "credit",
            (Route("3", "ab" * 32, "/bundles/3", trust_code=True),),
            Limits(max_rows=10),
        ),
    ),
    keys=(ApiKey("test", "ef" * 32),),
    asks_for_key=True,
)


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, PLAN)
    assert read_plan(path) == PLAN
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_plan_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, PLAN)
    write_plan(path, ServingPlan(revision=5, models=()))
    assert read_plan(path).revision == 5


def test_a_missing_plan_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no serving plan at .*nowhere\.json"):
        read_plan(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"{}", b'{"revision": 1, "models": [], "other": 1}', b"\xff"],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(text)
    with pytest.raises(ConfigError, match="is not a serving plan"):
        read_plan(path)


ROUTE = Route("3", "ab" * 32, "/x")


@pytest.mark.parametrize(
    ("routes", "asked"),
    [
        ((), "none"),
        ((ROUTE, ROUTE), "champion with 10000, champion with 10000"),
        ((Route("3", "ab" * 32, "/x", role="canary"),), "canary with 10000"),
        ((Route("3", "ab" * 32, "/x", weight_bp=0),), "champion with 0"),
    ],
)
def test_routes_that_would_not_be_followed_are_refused(
    tmp_path: Path, routes: tuple[Route, ...], asked: str
) -> None:
    with pytest.raises(ConfigError, match=f"routes `credit` to: {asked}; .* exactly one"):
        ServedModel("credit", routes)
    path = tmp_path / "plan.json"
    model = {"name": "credit", "routes": routes}
    path.write_bytes(msgspec.json.encode({"revision": 1, "models": [model]}))
    with pytest.raises(ConfigError, match=f"routes `credit` to: {asked}; .* exactly one"):
        read_plan(path)
