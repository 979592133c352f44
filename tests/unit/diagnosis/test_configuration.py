"""Settings tell where they come from; broken ones are told, and the rest goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.config.settings import Settings
from headway.diagnosis.configuration import check_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_every_source_is_named(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").write_text("[server]\nport = 1\nhost = 'h'")
    settings, (finding,) = check_settings({"registry": {"uri": "http://m"}}, tmp_path)
    assert settings.server.port == 1
    assert finding.state == "ok"
    for told in ("HEADWAY_HOME (1)", f"{tmp_path}/headway.toml (2)", "command line (1)"):
        assert told in finding.measured


def test_defaults_are_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADWAY_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    _, (finding,) = check_settings({}, tmp_path)
    assert finding.measured == "all defaults"


def test_broken_settings_leave_the_defaults_and_the_home(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").write_text("[sever]\nport = 1")
    settings, (finding,) = check_settings({}, tmp_path)
    assert settings == Settings(home=tmp_path / "home")
    assert finding.state == "failed"
    assert "headway.toml:1:sever" in finding.measured
    assert finding.hint


def test_a_home_that_nobody_knows_does_not_end_it(tmp_path: Path) -> None:
    settings, (finding,) = check_settings({"home": "~no-such-user/x"}, tmp_path)
    assert finding.state == "failed"
    assert settings.home.is_absolute()
