from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import msgspec

from headway.contract.model import Contract
from headway.serving.description import describe_contract, describe_model, list_versions

if TYPE_CHECKING:
    from headway.serving.app import ServingApp


def test_a_description_says_what_is_served_and_why(app: ServingApp) -> None:
    model = app.releases.service.model("credit")
    described = msgspec.to_builtins(describe_model(model))
    (version,) = described["versions"]
    assert (described["name"], described["version"]) == ("credit", "3")
    assert version["form"] == "lowered"
    assert version["reason"] == "parity holds"
    assert version["digest"] == model.champion.digest
    assert version["methods"] == ("predict", "predict_proba", "decision_function")
    assert version["modules"] == ()
    assert version["execution"]["mode"] == "inline"
    assert "ms in a batch of 64" in version["execution"]["reason"]
    assert "contract" not in described


def test_a_lossy_version_says_so(app: ServingApp) -> None:
    model = app.releases.service.model("credit")
    assert describe_model(model).versions[0].lossy == ""
    release = dataclasses.replace(model.champion, lossy="int8")
    lossy = dataclasses.replace(model, versions={"3": release})
    assert describe_model(lossy).versions[0].lossy == "int8"


def test_modules_that_a_version_ships_are_named(app: ServingApp) -> None:
    model = app.releases.service.model("credit")
    release = dataclasses.replace(model.champion, modules=("rates", "steps"))
    shipping = dataclasses.replace(model, versions={"3": release})
    assert describe_model(shipping).versions[0].modules == ("rates", "steps")


def test_the_contract_can_be_read_back(app: ServingApp) -> None:
    model = app.releases.service.model("credit")
    described = json.loads(msgspec.json.encode(describe_contract(model)))
    assert msgspec.convert(described["contract"], Contract) == model.champion.contract


def test_versions_are_listed_by_model(app: ServingApp) -> None:
    assert list_versions(app.releases.service) == {"credit": ["3"]}
