"""`headway models export` and `import` say what happened, and how to undo it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from archives import Bench
from headway import wiring
from headway.cli.main import main
from headway.releases.export import Exporter
from headway.releases.importing import Importer

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
