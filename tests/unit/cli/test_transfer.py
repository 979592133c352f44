"""`headway models export` and `import` say what happened, and how to undo it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from archives import Bench
from headway import wiring
from headway.bundle.bundle import read_bundle
from headway.cli.main import main
from headway.releases.aliasing import Aliaser
from headway.releases.export import Exporter
from headway.releases.importing import Importer
from headway.releases.removal import Remover

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path)
    exporter = Exporter(bench.registry, bench.cache)
    monkeypatch.setattr(wiring, "make_exporter", lambda _settings: exporter)
    importer = Importer(bench.registry, bench.cache)
    monkeypatch.setattr(wiring, "make_importer", lambda _settings: importer)
    return bench


def test_an_export_says_where_it_went_and_how_to_take_it_in(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "export", "credit", "a.tar.gz"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "exported credit:1 to a.tar.gz",
        f"digest {bench.bundle.digest}",
    ]
    assert "headway models import a.tar.gz" in captured.err
    assert main(["models", "export", "credit", "b.tar.gz", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["path"], document["version"]) == ("b.tar.gz", "1")
    assert len(document["sha256"]) == 64


def test_an_exported_folder_says_how_it_is_served(
    bench: Bench,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, place in (("out", "./out/bundle"), (f"{tmp_path}/b", f"{tmp_path}/b/bundle")):
        assert main(["models", "export", "credit", folder]) == 0
        assert f"serve it as it is: headway serve {place}\n" in capsys.readouterr().err
        assert read_bundle(tmp_path / place).digest == bench.bundle.digest


def test_an_import_says_what_it_made_and_how_to_undo_it(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["models", "export", "credit", "a.tar.gz"])
    capsys.readouterr()
    assert main(["models", "import", "a.tar.gz", "--name", "other", "--alias", "blue"]) == 0
    captured = capsys.readouterr()
    assert "imported credit:1 as other:1, lowered" in captured.out
    assert "alias other@blue" in captured.out
    assert "it was champion" in captured.err
    assert "undo: headway models rm other:1 --force" in captured.err


def test_an_alias_that_moves_is_told_and_its_undo_restores_it(
    bench: Bench,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wiring, "make_aliaser", lambda _settings: Aliaser(bench.registry))
    monkeypatch.setattr(wiring, "make_remover", lambda _settings: Remover(bench.registry))
    main(["models", "export", "credit", "a.tar.gz"])
    capsys.readouterr()
    take = ["models", "import", "a.tar.gz", "--again", "--alias", "champion"]
    assert main([*take, "--dry-run"]) == 0
    captured = capsys.readouterr()
    assert "alias credit@champion 1 -> (next)" in captured.out
    assert "undo" not in captured.err
    assert main([*take, "--home", str(tmp_path / "home")]) == 0
    captured = capsys.readouterr()
    assert "alias credit@champion 1 -> 2" in captured.out
    undo = captured.err.split("undo: ")[1]
    for command in undo.strip().split(" && "):
        assert command.endswith(f" --home {tmp_path / 'home'}")
        assert main([*command.split()[1:], *(["--yes"] if " rm " in command else [])]) == 0
    assert bench.registry.aliases == {("credit", "champion"): "1"}
    assert list(bench.registry.records) == [("credit", "1")]


def test_what_is_here_already_is_told(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    main(["models", "export", "credit", "a.tar.gz"])
    capsys.readouterr()
    assert main(["models", "import", "a.tar.gz"]) == 0
    captured = capsys.readouterr()
    assert "credit:1 is this release already" in captured.out
    assert "--again" in captured.err
    assert main(["models", "import", "a.tar.gz", "--again", "--dry-run"]) == 0
    assert "would import credit:1 as the next version of credit" in capsys.readouterr().out
    assert main(["models", "import", "a.tar.gz", "--again", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["is_new"], document["dry_run"]) == ("2", True, False)
