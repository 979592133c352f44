from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crafted import write_crafted_bundle
from headway.config.load import load_settings
from headway.contract.model import Declaration, RowRule
from headway.contract.output import ServedOutput
from headway.errors import ConfigError
from headway.releases.resolve import ResolvedRelease
from headway.security.keys import ApiKey, hash_key
from headway.serving.planning import SETTINGS_KEY, plan_of

if TYPE_CHECKING:
    from pathlib import Path


def resolved(folder: Path, name: str = "credit", *, trusted: bool = False) -> ResolvedRelease:
    bundle = write_crafted_bundle(folder / name, name)
    return ResolvedRelease(name=name, version="3", bundle=bundle, is_trusted=trusted, record=None)


def test_a_route_names_version_digest_folder_and_trust(tmp_path: Path) -> None:
    release = resolved(tmp_path, trusted=True)
    plan = plan_of([release], load_settings())
    (route,) = plan.models[0].routes
    assert (route.version, route.digest, route.role) == ("3", release.bundle.digest, "champion")
    assert (route.path, route.trust_code) == (str(tmp_path / "credit"), True)
    assert (plan.keys, plan.asks_for_key) == ((), False)


def test_limits_come_from_the_server_and_the_model_stands_over_it(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "server": {"max_body_bytes": 1_000, "max_rows": 7, "timeout_ms": 5},
            "models": {"credit": {"max_rows": 3, "timeout_ms": 0}},
        }
    )
    releases = [resolved(tmp_path, "credit"), resolved(tmp_path, "fraud")]
    credit, fraud = (model.limits for model in plan_of(releases, settings).models)
    assert (credit.max_body_bytes, credit.max_rows, credit.timeout_ms) == (1_000, 3, 0)
    assert (fraud.max_body_bytes, fraud.max_rows, fraud.timeout_ms) == (1_000, 7, 5)


def test_constraints_of_the_model_are_in_the_plan(tmp_path: Path) -> None:
    settings = load_settings({"models": {"credit": {"constraints": {"age": {"ge": 21}}}}})
    plan = plan_of([resolved(tmp_path)], settings)
    assert plan.models[0].constraints == {"age": Declaration(ge=21)}


def test_a_key_is_in_the_plan_only_as_its_hash(tmp_path: Path) -> None:
    plan = plan_of([resolved(tmp_path)], load_settings({"server": {"api_key": "a" * 32}}))
    assert [key.digest for key in plan.keys] == [hash_key("a" * 32)]
    assert plan.asks_for_key


def test_tokens_ask_for_a_key_too(tmp_path: Path) -> None:
    tokens = {"issuer": "i", "audience": "a", "jwks": "https://id.example.org/jwks"}
    plan = plan_of([resolved(tmp_path)], load_settings({"jwt": tokens}))
    assert (plan.keys, plan.asks_for_key) == ((), True)


def test_keys_of_the_database_stand_beside_that_of_the_settings(tmp_path: Path) -> None:
    key = ApiKey("ci", hash_key("b"))
    settings = load_settings({"server": {"api_key": "a" * 32}})
    release = resolved(tmp_path)
    plan = plan_of([release], settings, (key,), asks_for_key=True)
    assert [known.name for known in plan.keys] == [SETTINGS_KEY, "ci"]
    plan = plan_of([release], load_settings(), (), asks_for_key=True)
    assert (plan.keys, plan.asks_for_key) == ((), True)


def test_a_model_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    release = resolved(tmp_path)
    with pytest.raises(ConfigError, match="`credit` would be served twice"):
        plan_of([release, release], load_settings())


def test_everything_that_tightens_is_in_the_plan(tmp_path: Path) -> None:
    rule = {"name": "grown", "expression": "age > 20"}
    constraints = {"purpose": {"regex": "[a-z]+", "policy": "refuse", "pii": True}}
    settings = load_settings({"models": {"credit": {"constraints": constraints, "rules": [rule]}}})
    (model,) = plan_of([resolved(tmp_path)], settings).models
    assert model.constraints == {
        "purpose": Declaration(regex=("[a-z]+",), policy="refuse", pii=True)
    }
    assert model.rules == (RowRule("grown", "age > 20"),)


def test_what_is_changed_of_the_answers_is_in_the_plan(tmp_path: Path) -> None:
    settings = load_settings(
        {"models": {"credit": {"output": {"threshold": 0.3, "positive": "bad"}}}}
    )
    releases = [resolved(tmp_path, "credit"), resolved(tmp_path, "fraud")]
    credit, fraud = (model.output for model in plan_of(releases, settings).models)
    assert credit == ServedOutput(threshold=0.3, positive="bad")
    assert fraud == ServedOutput()
