"""The diagnosis goes on, whatever it meets, and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crafted import write_crafted_bundle
from headway.diagnosis import doctor
from headway.diagnosis.doctor import DiagnosisRequest, diagnose
from headway.diagnosis.finding import Finding
from headway.registry.port import ModelSummary
from registries import NOW

if TYPE_CHECKING:
    from pathlib import Path


def run(*addresses: str) -> dict[str, Finding]:
    steps: list[str] = []
    found = diagnose(DiagnosisRequest(addresses=addresses), steps.append)
    assert steps
    return {finding.check: finding for finding in found}


def test_an_empty_home_is_fine_and_stays_empty(tmp_path: Path) -> None:
    found = run()
    assert "failed" not in {finding.state for finding in found.values()}
    assert {"python", "headway", "settings", "home", "disk", "server.port", "registry"} <= set(
        found
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_loaded_and_measured(tmp_path: Path) -> None:
    write_crafted_bundle(tmp_path / "credit")
    found = run("./credit")
    assert found["credit:local load"].state == "ok"
    assert "us of CPU for one row" in found["credit:local speed"].measured


def test_every_address_is_looked_at_whatever_the_first_one_is(tmp_path: Path) -> None:
    write_crafted_bundle(tmp_path / "credit")
    write_crafted_bundle(tmp_path / "broken")
    (tmp_path / "broken/headway/contract.json").write_text("{}")
    found = run("./nothing", "a:b:c", "./broken", "./credit")
    assert [found[name].state for name in ("./nothing", "a:b:c", "./broken")] == ["failed"] * 3
    assert "`headway/contract.json` has 2 bytes" in found["./broken"].measured
    assert found["credit:local speed"].state == "ok"


def test_broken_settings_do_not_end_it(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").write_text("[broken")
    write_crafted_bundle(tmp_path / "credit")
    found = run("./credit")
    assert found["settings"].state == "failed"
    assert found["credit:local speed"].state == "ok"


def test_a_release_that_does_not_load_is_a_failed_check(tmp_path: Path) -> None:
    write_crafted_bundle(tmp_path / "credit")
    (tmp_path / "headway.toml").write_text("[models.credit.constraints]\nnothing = { ge = 1 }")
    found = run("./credit")
    assert found["credit:local load"].state == "failed"
    assert "nothing" in found["credit:local load"].measured


@pytest.mark.parametrize(
    ("latest", "hint"),
    [("4", "headway models alias credit:4 champion"), (None, "register one")],
)
def test_a_model_without_a_champion_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, latest: str | None, hint: str
) -> None:
    model = ModelSummary(
        name="credit", latest_version=latest, aliases={}, created_at=NOW, updated_at=NOW
    )
    monkeypatch.setattr(doctor, "check_registry", lambda _settings, trust: ([model], []))
    finding = run()["credit"]
    assert finding.state == "warning"
    assert hint in str(finding.hint)
